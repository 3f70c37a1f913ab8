/** The texts of scenarios, by the names of scenario and part. */
import { type TextKey, t } from '../i18n/index.js';

export type ScenarioPart = 'title' | 'text' | 'watch' | 'rule';

export function scenarioText(scenario: string, part: ScenarioPart): string {
  return t(`gallery.${scenario}.${part}` as TextKey);
}
