/** All scenarios, each with what happens in it and a link of its own. */
import { For, type JSX, Show } from 'solid-js';
import { t } from '../i18n/index.js';
import { storyOf } from '../lessons/story.js';
import { Dialog } from '../page/Dialog.js';
import type { Session } from '../session/session.js';
import type { Scenario } from './scenario.js';
import { SCENARIOS } from './scenarios.js';
import { scenarioText } from './text-of.js';

export function GalleryDialog(props: {
  readonly session: Session;
  readonly onClose: () => void;
}): JSX.Element {
  const open = (scenario: Scenario, broken: boolean): void => {
    props.onClose();
    void storyOf(props.session).openScenario(scenario, broken);
  };
  return (
    <Dialog title={t('gallery.heading')} testId="gallery" onClose={props.onClose}>
      <p>{t('gallery.intro')}</p>
      <ul class="gallery-list">
        <For each={SCENARIOS}>
          {(scenario) => (
            <li>
              <h3>{scenarioText(scenario.id, 'title')}</h3>
              <p>{scenarioText(scenario.id, 'text')}</p>
              <div class="gallery-buttons">
                <a
                  href={`#gallery=${scenario.id}`}
                  class="button"
                  data-testid={`gallery-${scenario.id}`}
                  onClick={(event) => {
                    // A plain click stays on the page; the address is for copying and for other tabs.
                    event.preventDefault();
                    open(scenario, false);
                  }}
                >
                  {t('gallery.open')}
                </a>
                <Show when={scenario.broken !== undefined}>
                  <button
                    type="button"
                    data-testid={`gallery-${scenario.id}-broken`}
                    onClick={() => open(scenario, true)}
                  >
                    {t('gallery.broken', { rule: scenarioText(scenario.id, 'rule') })}
                  </button>
                </Show>
              </div>
            </li>
          )}
        </For>
      </ul>
    </Dialog>
  );
}
