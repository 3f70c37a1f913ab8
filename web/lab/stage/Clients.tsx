/** Clients outside the ring, each beside the member it asked: what it wants, and how that ended. */
import { createMemo, For, type JSX, Show } from 'solid-js';
import type { OperationView } from '../../../src/lab/index.js';
import { operationText } from '../inspector/operation-text.js';
import type { Session } from '../session/session.js';
import { clientPoint, memberPoint, STAGE_WIDTH } from './geometry.js';

/** An answer stays on the stage so long, simulated. */
const SHOWN_MS = 600;
const WIDTH = 116;
const LETTERS = 16;

export function Clients(props: {
  readonly session: Session;
  readonly places: readonly number[];
}): JSX.Element {
  /** The newest request at each member that is open or was answered just now. */
  const shown = createMemo(() => {
    const latest = new Map<number, OperationView>();
    const { operations, timeMs } = props.session.view();
    for (let i = operations.length - 1; i >= 0 && i >= operations.length - 50; i--) {
      const operation = operations[i]!;
      const fresh = operation.answeredMs === undefined || timeMs - operation.answeredMs < SHOWN_MS;
      if (fresh && !latest.has(operation.via)) latest.set(operation.via, operation);
    }
    return [...latest.values()];
  });
  return (
    <g class="clients">
      <For each={shown()}>
        {(operation) => (
          <Client
            session={props.session}
            operation={operation}
            place={props.places.indexOf(operation.via)}
            size={props.places.length}
          />
        )}
      </For>
    </g>
  );
}

function Client(props: {
  readonly session: Session;
  readonly operation: OperationView;
  readonly place: number;
  readonly size: number;
}): JSX.Element {
  const here = () => {
    const point = clientPoint(props.place, props.size);
    // A pill may not leave the drawing.
    return { x: Math.min(STAGE_WIDTH - WIDTH / 2 - 2, Math.max(WIDTH / 2 + 2, point.x)), y: point.y };
  };
  const member = () => memberPoint(props.place, props.size);
  const status = () => (props.operation.stale ? 'stale' : props.operation.status);
  const select = () => props.session.select({ kind: 'operation', id: props.operation.id });
  return (
    <Show when={props.place >= 0}>
      <path class="client-line" d={`M${here().x} ${here().y}L${member().x} ${member().y}`} />
      {/* biome-ignore lint/a11y/useSemanticElements: a button element cannot be part of a drawing. */}
      <g
        class={`client status-${status()}`}
        transform={`translate(${here().x.toFixed(1)} ${here().y.toFixed(1)})`}
        role="button"
        tabindex="0"
        aria-label={operationText(props.operation)}
        data-testid="client"
        data-operation={props.operation.id}
        data-status={props.operation.status}
        onClick={select}
        onKeyDown={(event) => {
          if (event.key === 'Enter') select();
        }}
      >
        <rect class="client-body" x={-WIDTH / 2} y="-13" width={WIDTH} height="26" rx="13" />
      </g>
      {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: a text takes no focus. */}
      <text class="client-text" aria-hidden="true" x={here().x} y={here().y + 4}>
        {shorten(label(props.operation), LETTERS)}
      </text>
    </Show>
  );
}

/** `put x=1 …` while open, `x → 1 ✓` once a read is answered. */
function label(operation: OperationView): string {
  const asked =
    operation.kind === 'put' || operation.kind === 'compare-and-put'
      ? `put ${operation.key}=${operation.value}`
      : operation.kind === 'compact'
        ? 'compact'
        : `${operation.kind === 'delete' ? 'del' : 'get'} ${operation.key}`;
  switch (operation.status) {
    case 'open':
      return `${asked} …`;
    case 'answered':
      return operation.kind === 'read' || operation.kind === 'serializable-read'
        ? `${operation.key} → ${operation.result} ✓`
        : `${asked} ✓`;
    default:
      return `${asked} ✕`;
  }
}

const shorten = (text: string, letters: number): string =>
  text.length <= letters ? text : `${text.slice(0, letters - 1)}…`;
