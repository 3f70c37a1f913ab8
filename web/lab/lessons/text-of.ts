/** The texts of lessons, by the names of lesson, card and part. */
import { type TextKey, t } from '../i18n/index.js';
import type { Notes } from './card.js';

export type CardPart = 'before' | 'control' | 'why';

export function lessonTitle(lesson: string): string {
  return t(`lesson.${lesson}.title` as TextKey);
}

export function lessonPanel(lesson: string): string {
  return t(`lesson.${lesson}.panel` as TextKey);
}

export function cardText(lesson: string, card: string, part: CardPart, notes: Notes): string {
  return t(`lesson.${lesson}.${card}.${part}` as TextKey, notes);
}
