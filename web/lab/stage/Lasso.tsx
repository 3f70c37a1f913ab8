/** Drawing around members cuts them off from the others. Starts on the empty ground; a click without a way clears. */
import { createSignal, type JSX, onCleanup, onMount, Show } from 'solid-js';
import type { Session } from '../session/session.js';
import { isInside, type Point } from './geometry.js';

/** Shorter ways are clicks. */
const WAY_MIN = 24;

export function Lasso(props: {
  readonly session: Session;
  readonly drawing: () => SVGSVGElement;
  readonly members: () => readonly { readonly id: number; readonly at: Point }[];
  readonly onChange: (active: boolean) => void;
}): JSX.Element {
  const [way, setWay] = createSignal<readonly Point[]>([]);
  const toDrawing = (event: PointerEvent): Point => {
    const matrix = props.drawing().getScreenCTM();
    if (matrix === null) return { x: 0, y: 0 };
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
    return { x: point.x, y: point.y };
  };
  const inside = () => props.members().filter((member) => isInside(member.at, way()));
  const length = () =>
    way().reduce((sum, point, i) => {
      const last = way()[Math.max(0, i - 1)]!;
      return sum + Math.hypot(point.x - last.x, point.y - last.y);
    }, 0);
  const start = (event: PointerEvent) => {
    if (event.button !== 0 || event.target !== props.drawing()) return;
    props.drawing().setPointerCapture(event.pointerId);
    setWay([toDrawing(event)]);
    props.onChange(true);
  };
  const move = (event: PointerEvent) => {
    if (way().length > 0) setWay([...way(), toDrawing(event)]);
  };
  const end = () => {
    if (way().length === 0) return;
    const held = inside().map((member) => member.id);
    const others = props
      .members()
      .map((member) => member.id)
      .filter((id) => !held.includes(id));
    if (length() < WAY_MIN) props.session.select(null);
    else if (held.length > 0 && others.length > 0)
      props.session.act({ kind: 'partition', groups: [held, others] });
    cancel();
  };
  const cancel = () => {
    setWay([]);
    props.onChange(false);
  };
  onMount(() => {
    const drawing = props.drawing();
    drawing.addEventListener('pointerdown', start);
    drawing.addEventListener('pointermove', move);
    drawing.addEventListener('pointerup', end);
    drawing.addEventListener('pointercancel', cancel);
    onCleanup(() => {
      drawing.removeEventListener('pointerdown', start);
      drawing.removeEventListener('pointermove', move);
      drawing.removeEventListener('pointerup', end);
      drawing.removeEventListener('pointercancel', cancel);
    });
  });
  const path = () =>
    `M${way()
      .map((point) => `${point.x.toFixed(1)} ${point.y.toFixed(1)}`)
      .join('L')}Z`;
  return (
    <Show when={way().length > 1}>
      <path class="lasso" d={path()} />
    </Show>
  );
}
