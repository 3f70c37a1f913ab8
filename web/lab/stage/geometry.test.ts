import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CENTRE,
  clientPoint,
  isInside,
  lane,
  memberPoint,
  STAGE_HEIGHT,
  STAGE_WIDTH,
  TIMER_RADIUS,
} from './geometry.js';

test('members of every size stand apart from one another, and all within the drawing', () => {
  for (let size = 1; size <= 9; size++) {
    for (let place = 0; place < size; place++) {
      const here = memberPoint(place, size);
      for (const point of [here, clientPoint(place, size)]) {
        assert.ok(point.x > 30 && point.x < STAGE_WIDTH - 30, `${size}: ${point.x}`);
        assert.ok(point.y > 10 && point.y < STAGE_HEIGHT - 10, `${size}: ${point.y}`);
      }
      for (let other = 0; other < place; other++) {
        const there = memberPoint(other, size);
        assert.ok(Math.hypot(here.x - there.x, here.y - there.y) > 2 * TIMER_RADIUS + 20);
      }
    }
  }
});

test('the two lanes of a link are parallel and on different sides', () => {
  const a = memberPoint(0, 3);
  const b = memberPoint(1, 3);
  const [from, to] = lane(a, b, 5);
  const [backFrom, backTo] = lane(b, a, 5);
  assert.ok(Math.abs(Math.hypot(from.x - backTo.x, from.y - backTo.y) - 10) < 1e-9);
  assert.ok(Math.abs(Math.hypot(to.x - backFrom.x, to.y - backFrom.y) - 10) < 1e-9);
});

test('a lasso holds what it surrounds', () => {
  const square = [
    { x: 0, y: 0 },
    { x: 10, y: 0 },
    { x: 10, y: 10 },
    { x: 0, y: 10 },
  ];
  assert.ok(isInside({ x: 5, y: 5 }, square));
  assert.ok(!isInside({ x: 15, y: 5 }, square));
  assert.ok(!isInside(CENTRE, square));
  const horseshoe = [...square, { x: 0, y: 8 }, { x: 8, y: 8 }, { x: 8, y: 2 }, { x: 0, y: 2 }];
  assert.ok(!isInside({ x: 5, y: 5 }, horseshoe));
});
