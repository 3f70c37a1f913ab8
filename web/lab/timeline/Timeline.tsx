/**
 * Three lanes over one time: what role and term each member had, which messages went where (a space-time diagram), and
 * what clients asked until they were answered. A click anywhere goes there.
 */
import { createMemo, createSignal, type JSX, onCleanup, onMount } from 'solid-js';
import { t } from '../i18n/index.js';
import type { Session } from '../session/session.js';
import { Lanes } from './Lanes.js';
import { type LaneTops, laneTops } from './lane-paths.js';

const SPANS_MS: readonly number[] = [500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000];
/** The present stands here, as a share of the window, while it moves on. */
const PRESENT_AT = 0.94;

export function Timeline(props: { readonly session: Session }): JSX.Element {
  const { session } = props;
  let drawing!: SVGSVGElement;
  const [width, setWidth] = createSignal(800);
  const [zoom, setZoom] = createSignal(2);
  onMount(() => {
    const observer = new ResizeObserver(() => setWidth(Math.max(120, drawing.clientWidth)));
    observer.observe(drawing);
    onCleanup(() => observer.disconnect());
  });
  const spanMs = () => SPANS_MS[zoom()]!;
  const pixelsPerMs = () => width() / spanMs();
  /** A row for each number up to the highest in use. */
  const memberCount = createMemo(() =>
    session
      .view()
      .members.reduce((rows, { id, state }) => (state === 'absent' ? rows : Math.max(rows, id)), 0),
  );
  const tops = createMemo(() => laneTops(memberCount()));
  /** Stands still while the present is inside, and follows it when it leaves. */
  const windowStart = createMemo((start: number) => {
    const now = session.now();
    const span = spanMs();
    if (now > start + span * PRESENT_AT) return now - span * PRESENT_AT;
    if (now < start) return Math.max(0, now - span * 0.2);
    return start;
  }, 0);
  const jump = (event: MouseEvent) => {
    const x = event.clientX - drawing.getBoundingClientRect().left;
    session.seekMs(windowStart() + x / pixelsPerMs());
  };
  const xNow = () => (session.now() - windowStart()) * pixelsPerMs();
  const xEnd = () => (Math.max(session.now(), session.run().timeMs) - windowStart()) * pixelsPerMs();
  return (
    <div class="lanes" data-testid="lanes">
      <Labels tops={tops()} />
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the scrubber above does the same with the keyboard. */}
      <svg
        ref={drawing}
        class="lanes-drawing"
        role="img"
        aria-label={t('time.label')}
        style={{ height: `${tops().height}px` }}
        onClick={jump}
      >
        <defs>
          <clipPath id="lanes-past">
            <rect x="0" y="0" width={Math.max(0, Math.min(width(), xEnd()))} height={tops().height} />
          </clipPath>
        </defs>
        <Lanes
          session={session}
          spanMs={spanMs()}
          pixelsPerMs={pixelsPerMs()}
          windowStart={windowStart()}
          memberCount={memberCount()}
        />
        <rect
          class="lanes-future"
          x={xNow()}
          y="0"
          width={Math.max(0, Math.min(width(), xEnd()) - xNow())}
          height={tops().height}
        />
        <path class="lanes-now" d={`M0 0V${tops().height}`} transform={`translate(${xNow().toFixed(1)} 0)`} />
      </svg>
      <Zoom zoom={zoom()} onChange={setZoom} />
    </div>
  );
}

function Labels(props: { readonly tops: LaneTops }): JSX.Element {
  return (
    <div class="lane-labels small quiet" aria-hidden="true">
      <span style={{ top: `${props.tops.roles}px` }}>{t('time.roles')}</span>
      <span style={{ top: `${props.tops.messages}px` }}>{t('time.messages')}</span>
      <span style={{ top: `${props.tops.operations}px` }}>{t('time.requests')}</span>
    </div>
  );
}

function Zoom(props: { readonly zoom: number; readonly onChange: (zoom: number) => void }): JSX.Element {
  return (
    <div class="lane-zoom">
      <button
        type="button"
        class="plain"
        aria-label={t('time.zoom-in')}
        disabled={props.zoom === 0}
        onClick={() => props.onChange(props.zoom - 1)}
      >
        +
      </button>
      <span class="small quiet">{t('time.span', { seconds: SPANS_MS[props.zoom]! / 1_000 })}</span>
      <button
        type="button"
        class="plain"
        aria-label={t('time.zoom-out')}
        disabled={props.zoom === SPANS_MS.length - 1}
        onClick={() => props.onChange(props.zoom + 1)}
      >
        −
      </button>
    </div>
  );
}
