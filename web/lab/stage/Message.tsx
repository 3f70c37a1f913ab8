/** A message on its way: what it is for by its shape, requests filled and answers hollow, its term by its colour. */
import { createMemo, type JSX, Match, Show, Switch } from 'solid-js';
import type { MessageView } from '../../../src/lab/index.js';
import { t } from '../i18n/index.js';
import type { Session } from '../session/session.js';
import { classes } from '../theme/classes.js';
import { termClass } from '../theme/term-style.js';
import { reducedMotion } from '../theme/theme.js';
import { between, lane, type Point } from './geometry.js';
import { fieldOf, flightOf, isResponse, labelOf, nameKeyOf, shapeOf } from './message-look.js';

/** Messages keep to the right of their direction, so that requests and answers pass each other. */
const ASIDE = 5;
const READABLE_SPEED = 0.2;

export function Message(props: {
  readonly session: Session;
  readonly message: MessageView;
  readonly from: Point;
  readonly to: Point;
}): JSX.Element {
  const ends = createMemo(() => lane(props.from, props.to, ASIDE));
  // Without motion a message waits in the middle of its way, and the arrow says where it goes.
  const flight = createMemo(() =>
    reducedMotion() ? { part: 0.5, opacity: 1 } : flightOf(props.message, props.session.now()),
  );
  const place = () => {
    const point = between(ends()[0], ends()[1], flight().part);
    return `translate(${point.x.toFixed(1)} ${point.y.toFixed(1)})`;
  };
  const angle = () => (Math.atan2(props.to.y - props.from.y, props.to.x - props.from.x) * 180) / Math.PI;
  // Nobody reads what flies by.
  const label = () =>
    props.session.playing() && props.session.speed() > READABLE_SPEED ? '' : labelOf(props.message);
  return (
    <g transform={place()} opacity={flight().opacity}>
      <Body session={props.session} message={props.message} angle={reducedMotion() ? angle() : null} />
      {/* Beside the button, not in it: its name for screen readers says more than these. */}
      <Show when={countOf(props.message) > 0}>
        <text class="message-count" y="3.5">
          {countOf(props.message)}
        </text>
      </Show>
      <Show when={label() !== ''}>
        <text class="message-label" y="18">
          {label()}
        </text>
      </Show>
    </g>
  );
}

/** How many entries an append carries. */
const countOf = (message: MessageView): number =>
  message.kind === 'append' ? Number(fieldOf(message, 'count')) : 0;

function Body(props: {
  readonly session: Session;
  readonly message: MessageView;
  /** Where it goes, if an arrow has to tell. */
  readonly angle: number | null;
}): JSX.Element {
  const selected = () => {
    const selection = props.session.selection();
    return selection?.kind === 'message' && selection.id === props.message.id;
  };
  const select = () => props.session.select({ kind: 'message', id: props.message.id });
  return (
    // biome-ignore lint/a11y/useSemanticElements: a button element cannot be part of a drawing.
    <g
      class={classes(`message shape-${shapeOf(props.message.kind)} ${termClass(props.message.term)}`, {
        answer: isResponse(props.message.kind),
        rejected: fieldOf(props.message, 'reject') === true,
        selected: selected(),
      })}
      role="button"
      tabindex={props.session.playing() ? -1 : 0}
      aria-label={t('stage.message', {
        kind: t(nameKeyOf(props.message.kind)),
        from: props.message.from,
        to: props.message.to,
      })}
      data-testid="message"
      data-message={props.message.id}
      data-type={props.message.kind}
      data-from={props.message.from}
      data-to={props.message.to}
      data-term={props.message.term}
      data-lost={props.message.lost}
      onClick={select}
      onKeyDown={(event) => {
        if (event.key === 'Enter') select();
      }}
    >
      <circle class="message-touch" r="12" />
      <Show when={props.angle !== null}>
        <path class="message-arrow" d="M9 -4L17 0L9 4" transform={`rotate(${props.angle?.toFixed(0)})`} />
      </Show>
      <Shape message={props.message} />
    </g>
  );
}

function Shape(props: { readonly message: MessageView }): JSX.Element {
  const shape = () => shapeOf(props.message.kind);
  return (
    <Switch>
      <Match when={shape() === 'vote'}>
        <path class="message-body" d="M0 -7L7 0L0 7L-7 0Z" />
      </Match>
      <Match when={shape() === 'append'}>
        <rect class="message-body" x="-6" y="-6" width="12" height="12" rx="2" />
      </Match>
      <Match when={shape() === 'heartbeat'}>
        <circle class="message-body" r="4" />
      </Match>
      <Match when={shape() === 'read'}>
        <path class="message-body" d="M0 -7L7 5.5L-7 5.5Z" />
      </Match>
      <Match when={shape() === 'snapshot'}>
        <rect class="message-body" x="-9" y="-9" width="18" height="18" rx="2" />
        <path class="message-detail" d="M-5 -3H5M-5 1H5M-5 5H1" />
      </Match>
      <Match when={shape() === 'request'}>
        <path class="message-body" d="M-6 -5H2L7 0L2 5H-6Z" />
      </Match>
    </Switch>
  );
}
