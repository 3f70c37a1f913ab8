/** The scenario on the stage: what happens, what to watch, and the switch that breaks its rule. */
import { type JSX, Show } from 'solid-js';
import { t } from '../i18n/index.js';
import type { OpenScenario, Story } from '../lessons/story.js';
import type { Session } from '../session/session.js';
import { scenarioText } from './text-of.js';

export function ScenarioCard(props: {
  readonly story: Story;
  readonly session: Session;
  readonly open: OpenScenario;
}): JSX.Element {
  const scenario = () => props.open.scenario;
  const reopen = (broken: boolean): void => void props.story.openScenario(scenario(), broken);
  return (
    <section
      class="scenario"
      data-testid="scenario"
      data-scenario={scenario().id}
      data-broken={props.open.broken ? 'true' : 'false'}
      data-paused={props.open.paused ? 'true' : 'false'}
      data-ended={props.open.ended ? 'true' : 'false'}
    >
      <h2>{scenarioText(scenario().id, 'title')}</h2>
      <p class="scenario-text">{scenarioText(scenario().id, 'text')}</p>
      <p class="quiet">{t('gallery.watch', { text: scenarioText(scenario().id, 'watch') })}</p>
      <Show when={props.open.paused}>
        <p class="lesson-why">{t('gallery.paused')}</p>
        <button
          type="button"
          class="primary"
          data-testid="scenario-go-on"
          onClick={() => props.session.play()}
        >
          {t('lesson.continue')}
        </button>
      </Show>
      <Show when={props.open.broken}>
        <p>{t('gallery.expectBroken')}</p>
      </Show>
      <Show when={props.open.ended && props.session.view().violations.length === 0}>
        <p data-testid="scenario-sound">{t('gallery.sound')}</p>
      </Show>
      <div class="scenario-tools">
        <button type="button" data-testid="scenario-again" onClick={() => reopen(props.open.broken)}>
          {t('gallery.again')}
        </button>
        <Show when={scenario().broken !== undefined}>
          <button
            type="button"
            data-testid="scenario-break"
            aria-pressed={props.open.broken}
            onClick={() => reopen(!props.open.broken)}
          >
            {props.open.broken
              ? t('gallery.mended')
              : t('gallery.broken', { rule: scenarioText(scenario().id, 'rule') })}
          </button>
        </Show>
        <button type="button" data-testid="scenario-leave" onClick={() => props.story.closeScenario()}>
          {t('gallery.leave')}
        </button>
      </div>
    </section>
  );
}
