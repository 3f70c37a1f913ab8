/** One card of a lesson: what is about to happen, the control, and why it happened. */
import { createSignal, type JSX, Match, Show, Switch } from 'solid-js';
import { t } from '../i18n/index.js';
import type { Session } from '../session/session.js';
import { lessonAfter } from './courses.js';
import type { Story } from './story.js';
import { cardText, lessonPanel, lessonTitle } from './text-of.js';

interface CardProps {
  readonly story: Story;
  readonly session: Session;
}

export function LessonCard(props: CardProps): JSX.Element {
  const [panelOf, setPanelOf] = createSignal('');
  const state = () => props.story.lesson();
  const machine = () => props.story.machine;
  const isPanelOpen = () => panelOf() === state().lesson;
  return (
    <section
      class="lesson"
      aria-live="polite"
      data-testid="lesson-card"
      data-lesson={state().lesson}
      data-card={machine().lesson?.cards[state().card]?.id}
      data-phase={state().phase}
    >
      <header class="lesson-head">
        <h2>{lessonTitle(state().lesson)}</h2>
        <p class="quiet">
          {t('lesson.progress', { card: state().card + 1, cards: machine().lesson?.cards.length ?? 0 })}
        </p>
      </header>
      <Show when={!isPanelOpen()} fallback={<p data-testid="lesson-panel">{lessonPanel(state().lesson)}</p>}>
        <CardBody {...props} />
      </Show>
      <p class="lesson-tools">
        <button
          type="button"
          data-testid="lesson-why"
          aria-expanded={isPanelOpen()}
          onClick={() => setPanelOf(isPanelOpen() ? '' : state().lesson)}
        >
          {isPanelOpen() ? t('lesson.whyClose') : t('lesson.why')}
        </button>
        <Show when={state().phase !== 'free' && state().phase !== 'loading'}>
          <button type="button" data-testid="lesson-free-play" onClick={() => machine().freePlay()}>
            {t('lesson.freePlay')}
          </button>
        </Show>
        <button
          type="button"
          data-testid="lesson-again"
          onClick={() => void props.story.startLesson(state().lesson)}
        >
          {t('lesson.again')}
        </button>
      </p>
    </section>
  );
}

function CardBody(props: CardProps): JSX.Element {
  const state = () => props.story.lesson();
  const machine = () => props.story.machine;
  const card = () => machine().lesson?.cards[state().card];
  const say = (part: 'before' | 'control'): string =>
    cardText(state().lesson, card()?.id ?? '', part, state().notes);
  return (
    <Switch>
      <Match when={state().phase === 'loading'}>
        <p>{t('lesson.loading')}</p>
      </Match>
      <Match when={state().phase === 'free'}>
        <p>{t('lesson.freeText')}</p>
        <button
          type="button"
          class="primary"
          data-testid="lesson-return"
          onClick={() => void machine().back()}
        >
          {t('lesson.return')}
        </button>
      </Match>
      <Match when={true}>
        <p class="lesson-before">{say('before')}</p>
        <Switch>
          <Match when={state().phase === 'ready'}>
            <button
              type="button"
              class="primary"
              data-testid="lesson-control"
              onClick={() => void machine().perform()}
            >
              {say('control')}
            </button>
          </Match>
          <Match when={state().phase === 'running'}>
            <p class="quiet">{t('lesson.waiting')}</p>
            <button type="button" data-testid="lesson-pause" onClick={() => props.session.togglePlaying()}>
              {props.session.playing() ? t('lesson.pause') : t('lesson.continue')}
            </button>
          </Match>
          <Match when={state().phase === 'overdue'}>
            <p data-testid="lesson-overdue">{t('lesson.overdue')}</p>
            <button type="button" class="primary" data-testid="lesson-wait" onClick={() => machine().wait()}>
              {t('lesson.wait')}
            </button>
          </Match>
          <Match when={state().phase === 'explained'}>
            <Because {...props} />
          </Match>
        </Switch>
      </Match>
    </Switch>
  );
}

/** Why it happened, and the way on. */
function Because(props: CardProps): JSX.Element {
  const state = () => props.story.lesson();
  const machine = () => props.story.machine;
  const card = () => machine().lesson?.cards[state().card];
  const nextText = (): string => {
    if (state().card + 1 < (machine().lesson?.cards.length ?? 0)) return t('lesson.next');
    const following = lessonAfter(state().lesson);
    return following === undefined
      ? t('lesson.finished')
      : t('lesson.nextLesson', { title: lessonTitle(following) });
  };
  return (
    <>
      <p class="lesson-why" data-testid="lesson-because">
        {cardText(state().lesson, card()?.id ?? '', 'why', state().notes)}
      </p>
      <p class="quiet lesson-section">
        {t('lesson.section', { paper: card()?.paper ?? '', thesis: card()?.thesis ?? '' })}
      </p>
      <button type="button" class="primary" data-testid="lesson-next" onClick={() => void machine().next()}>
        {nextText()}
      </button>
    </>
  );
}
