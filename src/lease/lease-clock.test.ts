import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LeaseClock } from './lease-clock.js';

test('lease time runs while it is not held', () => {
  const clock = new LeaseClock(500, 1000);
  assert.equal(clock.read(700), 0);
  clock.hold(false, 800);
  assert.equal(clock.read(900), 100);
  assert.equal(clock.read(950.5), 150.5);
  clock.hold(true, 1000);
  assert.equal(clock.read(1900), 200);
  clock.hold(false, 2500);
  assert.equal(clock.read(2600), 300);
});

test('time in which the process stood still does not count', () => {
  const clock = new LeaseClock(0, 1000);
  clock.hold(false, 0);
  assert.equal(clock.read(999), 999);
  assert.equal(clock.read(60_000), 999);
  assert.equal(clock.read(60_010), 1009);
});
