/** Where the run is shown, over the marks of what happened. */
import { createEffect, createMemo, For, type JSX } from 'solid-js';
import type { LabMark } from '../../../src/lab/index.js';
import { t } from '../i18n/index.js';
import type { Session } from '../session/session.js';

/** So many marks are drawn at most; of several at one place the gravest is. */
const MARK_PLACES = 240;
const GRAVITY: Readonly<Record<LabMark['kind'], number>> = {
  violation: 9,
  crash: 8,
  partition: 7,
  leader: 6,
  restart: 5,
  heal: 5,
  membership: 5,
  'step-down': 4,
  snapshot: 4,
  election: 3,
  pause: 3,
  resume: 3,
  commit: 1,
};

export function Scrubber(props: { readonly session: Session }): JSX.Element {
  const { session } = props;
  let slider!: HTMLInputElement;
  const end = createMemo(() => {
    session.grown();
    return session.run().eventCount;
  });
  /** By place on the bar; rebuilt when the run has grown by a place. */
  const marks = createMemo(() => {
    const count = Math.max(1, end());
    const gravest = new Map<number, LabMark>();
    for (const mark of session.run().history().marks) {
      const place = Math.round((mark.event / count) * MARK_PLACES);
      const there = gravest.get(place);
      if (there === undefined || GRAVITY[mark.kind] > GRAVITY[there.kind]) gravest.set(place, mark);
    }
    return [...gravest].map(([place, mark]) => ({ place: place / MARK_PLACES, kind: mark.kind }));
  });
  // In this order: a value above the old end would be cut to it.
  createEffect(() => {
    slider.max = String(Math.max(end(), session.view().event));
    slider.value = String(session.view().event);
  });
  return (
    <div class="scrubber">
      <svg class="scrubber-marks" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">
        <For each={marks()}>
          {(mark) => <path class={`mark mark-${mark.kind}`} d={`M${(mark.place * 1000).toFixed(1)} 0V10`} />}
        </For>
      </svg>
      <input
        ref={slider}
        type="range"
        min="0"
        aria-label={t('transport.position')}
        data-testid="scrubber"
        onInput={(event) => session.seek(Number(event.currentTarget.value))}
      />
    </div>
  );
}
