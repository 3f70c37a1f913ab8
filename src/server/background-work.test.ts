import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BackgroundWork } from './background-work.js';
import { BACKGROUND_REST_FACTOR, BACKGROUND_REST_MS_MAX } from './limits.js';

/** A clock that jumps to whatever comes next. */
function setUp() {
  const now = { ms: 0, pending: 0, rests: [] as number[] };
  const due: (() => void)[] = [];
  const clock = {
    now: () => now.ms,
    wallTime: () => 0,
    defer: (fn: () => void) => void due.push(fn),
    setTimer: (ms: number, fn: () => void) => {
      now.rests.push(ms);
      now.ms += ms;
      due.push(fn);
      return { cancel: () => {} };
    },
  };
  const work = new BackgroundWork(clock, () => now.pending);
  /** Slices whose writes leave at the end of the turn, which takes as long again. */
  const slices = (count: number, ms: number): void => {
    for (let i = 0; i < count; i++) {
      work.run(() => {
        now.ms += ms / 2;
        due.push(() => {
          now.ms += ms / 2;
        });
      });
      while (due.length > 0) due.shift()!();
    }
  };
  return { now, slices };
}

test('nobody waits: slice after slice', () => {
  const { now, slices } = setUp();
  slices(100, 2);
  assert.deepEqual(now.rests, []);
  assert.equal(now.ms, 200);
});

test('while clients wait it rests in proportion to what it has worked', () => {
  const { now, slices } = setUp();
  now.pending = 1;
  slices(101, 2);
  assert.deepEqual(now.rests, Array(100).fill(2 * BACKGROUND_REST_FACTOR));
});

test('short slices run at a stretch before there is a rest', () => {
  const { now, slices } = setUp();
  now.pending = 1;
  slices(41, 0.125);
  assert.deepEqual(now.rests, Array(10).fill(BACKGROUND_REST_FACTOR / 2));
});

test('a slice that took long does not make the work stand still', () => {
  const { now, slices } = setUp();
  now.pending = 1;
  slices(2, 1000);
  assert.deepEqual(now.rests, [BACKGROUND_REST_MS_MAX]);
});
