/** The story: a lesson's card or a scenario, with what lets it happen; otherwise the list of what there is. */
import { For, type JSX, Match, Show, Switch } from 'solid-js';
import { ScenarioCard } from '../gallery/ScenarioCard.js';
import { t } from '../i18n/index.js';
import type { Session } from '../session/session.js';
import { LESSON_IDS } from './courses.js';
import { LessonCard } from './LessonCard.js';
import { storyOf } from './story.js';
import { lessonTitle } from './text-of.js';

export function StoryPanel(props: { readonly session: Session }): JSX.Element {
  const story = () => storyOf(props.session);
  const current = () => story().lesson().lesson;
  return (
    <div class="story" data-testid="story">
      <Show when={story().notice() !== ''}>
        <p class="story-notice" role="alert" data-testid="story-notice">
          {story().notice()}{' '}
          <button type="button" onClick={() => story().setNotice('')}>
            {t('share.close')}
          </button>
        </p>
      </Show>
      <Switch>
        <Match when={story().scenario()}>
          {(open) => <ScenarioCard story={story()} session={props.session} open={open()} />}
        </Match>
        <Match when={current() !== ''}>
          <LessonCard story={story()} session={props.session} />
        </Match>
      </Switch>
      <nav class="lesson-menu" aria-label={t('lesson.menu')} data-testid="lesson-menu">
        <h2>{t('lesson.heading')}</h2>
        <ol>
          <For each={LESSON_IDS}>
            {(id) => (
              <li>
                <button
                  type="button"
                  classList={{ current: current() === id }}
                  aria-current={current() === id ? 'step' : undefined}
                  data-testid={`begin-${id}`}
                  onClick={() => void story().startLesson(id)}
                >
                  {lessonTitle(id)}
                </button>
              </li>
            )}
          </For>
        </ol>
      </nav>
    </div>
  );
}
