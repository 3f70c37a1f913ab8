import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageView } from '../../../src/lab/index.js';
import { flightOf, isResponse, shapeOf } from './message-look.js';

const message = (lost: boolean): MessageView => ({
  id: 1,
  from: 1,
  to: 2,
  kind: 'append',
  term: 1,
  sentMs: 100,
  sentEvent: 3,
  arrivesMs: 120,
  lost,
  fields: [],
});

test('a message flies at constant speed from its sender to its receiver', () => {
  assert.deepEqual(
    [90, 100, 105, 110, 120, 500].map((ms) => flightOf(message(false), ms).part),
    [0, 0, 0.25, 0.5, 1, 1],
  );
});

test('a lost message stops half-way and fades there', () => {
  assert.deepEqual(flightOf(message(true), 105), { part: 0.25, opacity: 1 });
  const fading = flightOf(message(true), 112);
  assert.equal(fading.part, 0.5);
  assert.ok(fading.opacity < 1 && fading.opacity > 0);
  assert.equal(flightOf(message(true), 120).opacity, 0);
});

test('requests and their answers share a shape', () => {
  assert.equal(shapeOf('vote'), shapeOf('vote-response'));
  assert.ok(isResponse('vote-response') && !isResponse('vote'));
});
