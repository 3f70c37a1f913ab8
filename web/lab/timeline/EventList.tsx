/** The last events up to the place shown, newest first, each with what the core said about its reasons. */
import { createMemo, createSignal, For, type JSX, Show } from 'solid-js';
import type { LabEvent, ViewableRun } from '../../../src/lab/index.js';
import { t } from '../i18n/index.js';
import type { Session } from '../session/session.js';

const LISTED = 40;
/** So far back is looked for events with a decision. */
const SEARCHED = 2_000;
const KNOWN_MAX = 10_000;

export function EventList(props: { readonly session: Session }): JSX.Element {
  const [everything, setEverything] = createSignal(false);
  /** While playing the list follows some times a second; nobody reads faster. */
  const place = createMemo(() => {
    if (!props.session.playing()) return props.session.view().event;
    return Math.min(props.session.grown(), props.session.run().eventCount);
  });
  /** The engine makes an event's text anew at each asking; the same object keeps its row. */
  let known = new Map<number, LabEvent>();
  let knownRun: ViewableRun | undefined;
  const eventOf = (run: ViewableRun, n: number): LabEvent => {
    if (run !== knownRun || known.size > KNOWN_MAX) known = new Map();
    knownRun = run;
    let event = known.get(n);
    if (event === undefined) known.set(n, (event = run.event(n)));
    return event;
  };
  const events = createMemo(() => {
    const run = props.session.run();
    const found: LabEvent[] = [];
    const last = Math.min(place(), run.eventCount);
    for (let n = last; n > run.firstEvent && n > last - SEARCHED && found.length < LISTED; n--) {
      const event = eventOf(run, n);
      if (everything() || event.lines.length > 0 || event.action !== '') found.push(event);
    }
    return found;
  });
  return (
    <section class="events" aria-label={t('page.events')}>
      <header class="panel-head">
        <h2>{t('page.events')}</h2>
        <button
          type="button"
          class="plain small"
          aria-pressed={everything()}
          onClick={() => setEverything(!everything())}
        >
          {t('events.all')}
        </button>
      </header>
      <Show when={events().length > 0} fallback={<p class="small quiet">{t('events.none')}</p>}>
        <ol class="event-list small" tabindex="0" aria-label={t('page.events')}>
          <For each={events()}>
            {(event) => (
              <li data-testid="event" data-event={event.event}>
                <button
                  type="button"
                  class="plain event-jump"
                  onClick={() => props.session.seek(event.event)}
                >
                  {event.event}
                </button>
                <span class="event-text">
                  <Show when={event.action !== ''}>
                    <strong>{event.action}</strong>
                  </Show>
                  <For each={event.lines}>{(line) => <span class="event-line">{line.text}</span>}</For>
                  <Show when={event.action === '' && event.lines.length === 0}>
                    <span class="quiet">{t(`cause.${event.cause}`)}</span>
                  </Show>
                </span>
              </li>
            )}
          </For>
        </ol>
      </Show>
    </section>
  );
}
