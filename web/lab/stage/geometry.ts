/**
 * Where things are on the stage. Units are those of the drawing's view box. Members stand on a ring, the first at the
 * top and the others clockwise; clients stand outside of it, beyond the member they speak to.
 */

export interface Point {
  readonly x: number;
  readonly y: number;
}

export const STAGE_WIDTH = 720;
export const STAGE_HEIGHT = 408;
export const CENTRE: Point = { x: 360, y: 200 };
export const MEMBER_RADIUS = 27;
/** The election timer runs around the member at this distance. */
export const TIMER_RADIUS = 34;
/** A ring as wide as screens are. */
const RING_X = 200;
const RING_Y = 140;
/** From a member to the middle of its client. */
const CLIENT_X = 98;
const CLIENT_Y = 32;

/** The direction of a member from the centre, in radians; the first is at the top. */
function directionOf(place: number, size: number): number {
  return -Math.PI / 2 + (place * 2 * Math.PI) / size;
}

export function memberPoint(place: number, size: number): Point {
  const direction = directionOf(place, size);
  return { x: CENTRE.x + Math.cos(direction) * RING_X, y: CENTRE.y + Math.sin(direction) * RING_Y };
}

/** Where a client of a member stands: to its side, away from the centre; nothing may cover a leader's crown. */
export function clientPoint(place: number, size: number): Point {
  const direction = directionOf(place, size);
  const member = memberPoint(place, size);
  const side = Math.cos(direction) > -0.01 ? 1 : -1;
  return { x: member.x + side * CLIENT_X, y: member.y + Math.sin(direction) * CLIENT_Y };
}

/** A point between two, at `part` of the way from the first. */
export function between(from: Point, to: Point, part: number): Point {
  return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
}

/** The line between two members without the parts that lie under them, moved aside to the right of its direction. */
export function lane(from: Point, to: Point, aside: number): readonly [Point, Point] {
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const length = Math.hypot(dx, dy) || 1;
  const ux = dx / length;
  const uy = dy / length;
  const gap = TIMER_RADIUS + 4;
  return [
    { x: from.x + ux * gap - uy * aside, y: from.y + uy * gap + ux * aside },
    { x: to.x - ux * gap - uy * aside, y: to.y - uy * gap + ux * aside },
  ];
}

/** Whether a point lies inside a polygon: a ray to the right crosses its edges an odd number of times. */
export function isInside(point: Point, polygon: readonly Point[]): boolean {
  let inside = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const a = polygon[i]!;
    const b = polygon[j]!;
    if (a.y > point.y === b.y > point.y) continue;
    if (point.x < ((b.x - a.x) * (point.y - a.y)) / (b.y - a.y) + a.x) inside = !inside;
  }
  return inside;
}
