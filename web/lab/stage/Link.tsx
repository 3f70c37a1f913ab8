/** The link of two members. A click cuts it or heals it; the inspector cuts one way only. */
import { createMemo, type JSX, Show } from 'solid-js';
import { t } from '../i18n/index.js';
import type { Session } from '../session/session.js';
import { classes } from '../theme/classes.js';
import { between, lane, type Point } from './geometry.js';
import { type LinkCut, linkCut, linkText } from './link-look.js';

export function Link(props: {
  readonly session: Session;
  readonly from: number;
  readonly to: number;
  readonly fromPoint: Point;
  readonly toPoint: Point;
}): JSX.Element {
  const cut = createMemo(() => linkCut(props.session.view().cuts, props.from, props.to));
  const ends = createMemo(() => lane(props.fromPoint, props.toPoint, 0));
  const selected = () => {
    const selection = props.session.selection();
    return selection?.kind === 'link' && selection.from === props.from && selection.to === props.to;
  };
  const toggle = () => {
    props.session.select({ kind: 'link', from: props.from, to: props.to });
    props.session.act({
      kind: cut() === 'none' ? 'cut-link' : 'heal-link',
      from: props.from,
      to: props.to,
      oneWay: false,
    });
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a button element cannot be part of a drawing.
    <g
      class={classes(`link cut-${cut()}`, { selected: selected() })}
      role="button"
      // Reached with the keyboard through the inspector of either member: 21 links would drown the members.
      tabindex="-1"
      aria-label={t('stage.link', {
        from: props.from,
        to: props.to,
        state: linkText(cut(), props.from, props.to),
      })}
      data-testid="link"
      data-from={props.from}
      data-to={props.to}
      data-cut={cut()}
      onClick={toggle}
      onKeyDown={(event) => {
        if (event.key === 'Enter') toggle();
      }}
    >
      <Line from={ends()[0]} to={ends()[1]} cut={cut()} />
    </g>
  );
}

/** Whole, or broken in the middle by a sign: two bars, or the arrow of the way that is still open. */
function Line(props: { readonly from: Point; readonly to: Point; readonly cut: LinkCut }): JSX.Element {
  const line = (start: number, end: number) => {
    const a = between(props.from, props.to, start);
    const b = between(props.from, props.to, end);
    return `M${a.x.toFixed(1)} ${a.y.toFixed(1)}L${b.x.toFixed(1)} ${b.y.toFixed(1)}`;
  };
  const sign = () => {
    const middle = between(props.from, props.to, 0.5);
    const turn = (Math.atan2(props.to.y - props.from.y, props.to.x - props.from.x) * 180) / Math.PI;
    const angle = props.cut === 'forward' ? turn + 180 : turn;
    return `translate(${middle.x.toFixed(1)} ${middle.y.toFixed(1)}) rotate(${angle.toFixed(1)})`;
  };
  return (
    <>
      <path class="link-touch" d={line(0, 1)} />
      <path class="link-line" d={props.cut === 'none' ? line(0, 1) : line(0, 0.44) + line(0.56, 1)} />
      <Show when={props.cut !== 'none'}>
        <g class="link-cut" transform={sign()}>
          <path d={props.cut === 'both' ? 'M-5 -6V6M5 -6V6' : 'M-7 0H6M2 -4L7 0L2 4'} />
        </g>
      </Show>
    </>
  );
}
