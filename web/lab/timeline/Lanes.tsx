/** The three lanes themselves: what moves as one when time goes on. */
import { createMemo, For, Index, type JSX, Show } from 'solid-js';
import { operationText } from '../inspector/operation-text.js';
import type { Session } from '../session/session.js';
import { termClass } from '../theme/term-style.js';
import {
  axisTimes,
  laneTops,
  MESSAGE_ROW,
  OPERATION_ROW,
  type OperationBar,
  operationBars,
  ROLE_ROW,
  type SpanBar,
  type Stretch,
  spanBars,
  type TrackGroup,
  trackPaths,
} from './lane-paths.js';

const GROUPS: readonly TrackGroup[] = ['heartbeat', 'append', 'vote', 'other', 'lost'];

export function Lanes(props: {
  readonly session: Session;
  readonly spanMs: number;
  readonly pixelsPerMs: number;
  readonly windowStart: number;
  readonly memberCount: number;
}): JSX.Element {
  /** Half a window more on either side is drawn, so that it need not be drawn anew at every frame. */
  const anchor = createMemo(() => Math.floor((props.windowStart / props.spanMs) * 2) * (props.spanMs / 2));
  const stretch = createMemo(
    (): Stretch => ({
      anchorMs: anchor(),
      fromMs: anchor() - props.spanMs / 2,
      toMs: anchor() + props.spanMs * 2,
      pixelsPerMs: props.pixelsPerMs,
    }),
  );
  const history = () => {
    props.session.grown();
    return props.session.run().history();
  };
  const tops = createMemo(() => laneTops(props.memberCount));
  const bars = createMemo(() => spanBars(history().spans, stretch()));
  const paths = createMemo(() =>
    trackPaths(history().messages, (member) => tops().messages + (member - 0.5) * MESSAGE_ROW, stretch()),
  );
  const requests = createMemo(() => operationBars(history().operations, stretch().toMs, stretch()));
  const shift = () => ((anchor() - props.windowStart) * props.pixelsPerMs).toFixed(1);
  const moved = () => `translate(${shift()} 0)`;
  return (
    <>
      {/* What is not over is drawn without an end, and cut off at the present. */}
      <g clip-path="url(#lanes-past)">
        <g transform={moved()}>
          <Index each={bars()}>
            {(bar) => <SpanRect bar={bar()} top={tops().roles + (bar().member - 1) * ROLE_ROW} />}
          </Index>
          <RequestBars bars={requests()} top={tops().operations} />
        </g>
      </g>
      <g transform={moved()}>
        <path
          class="rows"
          d={rowsPath(props.memberCount, tops().messages, props.spanMs * props.pixelsPerMs)}
        />
        <For each={GROUPS}>{(group) => <path class={`track track-${group}`} d={paths()[group]} />}</For>
        <RequestTexts bars={requests()} top={tops().operations} leftEdge={-Number(shift())} />
        <For each={axisTimes(stretch(), props.spanMs)}>
          {(ms) => (
            <text class="axis-time" x={((ms - anchor()) * props.pixelsPerMs).toFixed(1)} y={tops().axis + 11}>
              {(ms / 1_000).toFixed(props.spanMs <= 5_000 ? 1 : 0)} s
            </text>
          )}
        </For>
      </g>
    </>
  );
}

function RequestBars(props: { readonly bars: readonly OperationBar[]; readonly top: number }): JSX.Element {
  return (
    <Index each={props.bars}>
      {(bar) => (
        <rect
          class={`request status-${bar().operation.stale ? 'stale' : bar().operation.status}`}
          x={bar().x.toFixed(1)}
          y={props.top + bar().row * OPERATION_ROW}
          width={bar().width.toFixed(1)}
          height={OPERATION_ROW - 3}
          rx="2"
        />
      )}
    </Index>
  );
}

function RequestTexts(props: {
  readonly bars: readonly OperationBar[];
  readonly top: number;
  /** The window's left edge: the words of a request that began before it stand there. */
  readonly leftEdge: number;
}): JSX.Element {
  return (
    <Index each={props.bars}>
      {(bar) => (
        <Show when={bar().x + bar().width > props.leftEdge}>
          <text
            class="request-text"
            x={(Math.max(bar().x, props.leftEdge) + 4).toFixed(1)}
            y={props.top + bar().row * OPERATION_ROW + 9}
          >
            {operationText(bar().operation)}
          </text>
        </Show>
      )}
    </Index>
  );
}

/** A leader's span is a full bar, a follower's a line; who campaigns is between. */
const BAR_HEIGHTS: Readonly<Record<string, number>> = {
  leader: 7,
  candidate: 4,
  'pre-candidate': 4,
  follower: 2,
};

function SpanRect(props: { readonly bar: SpanBar; readonly top: number }): JSX.Element {
  const running = () => ['up', 'joining', 'starting', 'paused'].includes(props.bar.state);
  const height = () => (running() ? (BAR_HEIGHTS[props.bar.role] ?? 2) : 1);
  return (
    <rect
      class={`span span-${props.bar.role} span-state-${props.bar.state} ${termClass(props.bar.term)}`}
      x={props.bar.x.toFixed(1)}
      y={props.top + (ROLE_ROW - height()) / 2}
      width={props.bar.width.toFixed(1)}
      height={height()}
    />
  );
}

function rowsPath(members: number, top: number, width: number): string {
  let path = '';
  for (let row = 0; row < members; row++)
    path += `M${-width} ${top + (row + 0.5) * MESSAGE_ROW}H${3 * width}`;
  return path;
}
