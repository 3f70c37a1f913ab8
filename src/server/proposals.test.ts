import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EntryKind } from '../raft/index.js';
import { Reason } from '../state-machine/index.js';
import { encodeUtf8 } from '../stdx/index.js';
import { ReplicatedRequestView, RequestKind } from '../wire/index.js';
import { BATCH_ENTRIES_MAX } from './limits.js';
import { Proposals } from './proposals.js';
import type { Waiter } from './waiter.js';

class RecordingWaiter implements Waiter {
  readonly outcomes: string[] = [];

  reply(): void {
    this.outcomes.push('reply');
  }

  finish(_code: number, message: string): void {
    this.outcomes.push(message);
  }
}

function add(proposals: Proposals, text: string, waiter: Waiter | undefined): void {
  const body = encodeUtf8(`<${text}>`);
  proposals.add(RequestKind.PUT, body, 1, body.length - 1, waiter);
}

function decoded(data: Uint8Array): { id: number; kind: RequestKind; body: string } {
  const view = new ReplicatedRequestView();
  view.decode(data, 0, data.length);
  const body = String.fromCharCode(...view.buf.subarray(view.requestStart, view.requestEnd));
  return { id: view.requestId, kind: view.kind, body };
}

test('a batch holds the requests in order, with ascending ids and their own bytes', () => {
  const proposals = new Proposals(1000);
  for (const text of ['a', 'b', 'c']) add(proposals, text, undefined);
  assert.equal(proposals.queuedCount, 3);
  assert.deepEqual(
    proposals.takeBatch().map((entry) => decoded(entry.data)),
    ['a', 'b', 'c'].map((body, i) => ({ id: 1001 + i, kind: RequestKind.PUT, body })),
  );
  assert.equal(proposals.queuedCount, 0);
  assert.deepEqual(proposals.takeBatch(), []);
});

test('the bytes are copied: the caller may reuse its buffer', () => {
  const proposals = new Proposals(0);
  const body = encodeUtf8('first');
  proposals.add(RequestKind.PUT, body, 0, body.length, undefined);
  body.set(encodeUtf8('other'));
  assert.equal(decoded(proposals.takeBatch()[0]!.data).body, 'first');
});

test('a waiter is given out once, and only to its own request', () => {
  const proposals = new Proposals(10);
  const waiter = new RecordingWaiter();
  add(proposals, 'x', waiter);
  assert.equal(proposals.take(10), undefined);
  assert.equal(proposals.take(11), waiter);
  assert.equal(proposals.take(11), undefined);
  assert.equal(proposals.waitingCount, 0);
});

test('a long queue leaves in batches of bounded length, none lost, none twice', () => {
  const proposals = new Proposals(0);
  const count = 2 * BATCH_ENTRIES_MAX + 5;
  for (let i = 0; i < count; i++) add(proposals, 'x', undefined);
  const ids: number[] = [];
  const sizes: number[] = [];
  while (proposals.queuedCount > 0) {
    const batch = proposals.takeBatch();
    sizes.push(batch.length);
    ids.push(...batch.map((entry) => decoded(entry.data).id));
    // What comes meanwhile stands behind.
    if (sizes.length === 1) add(proposals, 'late', undefined);
  }
  assert.deepEqual(sizes, [BATCH_ENTRIES_MAX, BATCH_ENTRIES_MAX, 6]);
  assert.deepEqual(
    ids,
    Array.from({ length: count + 1 }, (_, i) => i + 1),
  );
});

test('a batch ends once it is large, but always takes one', () => {
  const proposals = new Proposals(0);
  const body = new Uint8Array(5 * 1024 * 1024);
  for (let i = 0; i < 3; i++) proposals.add(RequestKind.PUT, body, 0, body.length, undefined);
  assert.deepEqual([proposals.takeBatch().length, proposals.takeBatch().length], [2, 1]);
});

test('requests beyond the bound are refused, and taken again once a batch has left', () => {
  const proposals = new Proposals(0);
  const body = new Uint8Array(90 * 1024 * 1024);
  for (let i = 0; i < 3; i++) proposals.add(RequestKind.PUT, body, 0, body.length, undefined);
  const refused = new RecordingWaiter();
  add(proposals, 'x', refused);
  assert.deepEqual(refused.outcomes, [Reason.TOO_MANY_REQUESTS.message]);
  assert.deepEqual([proposals.queuedCount, proposals.waitingCount], [3, 0]);
  proposals.takeBatch();
  const taken = new RecordingWaiter();
  add(proposals, 'x', taken);
  assert.deepEqual([taken.outcomes, proposals.waitingCount], [[], 1]);
});

test('requests expire by age; those not proposed yet are not proposed any more', () => {
  const proposals = new Proposals(0);
  const old = new RecordingWaiter();
  const young = new RecordingWaiter();
  add(proposals, 'old', old);
  proposals.expire(0, 1000, () => Reason.TIMEOUT);
  add(proposals, 'young', young);
  proposals.expire(500, 1000, () => Reason.TIMEOUT);
  proposals.expire(999, 1000, () => Reason.TIMEOUT);
  assert.deepEqual([old.outcomes, young.outcomes], [[], []]);
  proposals.expire(1000, 1000, () => Reason.TIMEOUT);
  assert.deepEqual([old.outcomes, young.outcomes], [[Reason.TIMEOUT.message], []]);
  const [left, ...others] = proposals.takeBatch();
  assert.deepEqual([decoded(left!.data).body, others], ['young', []]);
  // Raft would not have it.
  proposals.putBack([left!]);
  proposals.expire(1500, 1000, () => Reason.TIMEOUT);
  assert.deepEqual(young.outcomes, [Reason.TIMEOUT.message]);
  assert.deepEqual([proposals.queuedCount, proposals.takeBatch()], [0, []]);
  assert.equal(proposals.take(1), undefined);
});

test('what was proposed is not forgotten with its waiter', () => {
  const proposals = new Proposals(0);
  const waiter = new RecordingWaiter();
  add(proposals, 'under way', waiter);
  proposals.expire(0, 1000, () => Reason.TIMEOUT);
  assert.equal(proposals.takeBatch().length, 1);
  add(proposals, 'behind', undefined);
  proposals.expire(1000, 1000, () => Reason.TIMEOUT);
  assert.deepEqual([waiter.outcomes, proposals.queuedCount], [[Reason.TIMEOUT.message], 1]);
});

test('what nobody waits for any more is not proposed, and makes room', () => {
  const proposals = new Proposals(0);
  const body = new Uint8Array(90 * 1024 * 1024);
  const calls = Array.from({ length: 3 }, () => ({ reply() {}, finish() {}, finished: false }));
  for (const call of calls) proposals.add(RequestKind.PUT, body, 0, body.length, call);
  calls[1]!.finished = true;
  proposals.expire(100, 1000, () => Reason.TIMEOUT);
  assert.deepEqual([proposals.queuedCount, proposals.waitingCount], [2, 2]);
  const taken = new RecordingWaiter();
  add(proposals, 'x', taken);
  assert.deepEqual(taken.outcomes, []);
});

test('what was adopted is passed on in its place, or dropped when it is useless', () => {
  const proposals = new Proposals(0);
  add(proposals, 'own', undefined);
  const data = encodeUtf8('of another member');
  proposals.adopt([{ kind: EntryKind.NORMAL, data }], 300);
  assert.deepEqual([proposals.queuedCount, proposals.waitingCount], [2, 0]);
  proposals.expire(200, 1000, () => Reason.TIMEOUT);
  const batch = proposals.takeBatch();
  assert.equal(batch[1]!.data, data);
  proposals.putBack(batch);
  proposals.expire(300, 1000, () => Reason.TIMEOUT);
  assert.deepEqual(
    proposals.takeBatch().map((entry) => decoded(entry.data).body),
    ['own'],
  );
});

test('what is adopted has a bound', () => {
  const proposals = new Proposals(0);
  const data = new Uint8Array(90 * 1024 * 1024);
  const entries = Array.from({ length: 5 }, () => ({ kind: EntryKind.NORMAL, data }));
  proposals.adopt(entries, 1000);
  assert.equal(proposals.queuedCount, 3);
});

test('a waiter that asks again when it expires is not expired in the same breath', () => {
  const proposals = new Proposals(0);
  let asked = 0;
  const again: Waiter = {
    reply() {},
    finish() {
      asked++;
      add(proposals, 'again', again);
    },
  };
  add(proposals, 'first', again);
  proposals.expire(0, 100, () => Reason.TIMEOUT);
  proposals.expire(100, 100, () => Reason.TIMEOUT);
  assert.deepEqual([asked, proposals.waitingCount], [1, 1]);
});

test('failing everything empties queue and waiters', () => {
  const proposals = new Proposals(0);
  const waiter = new RecordingWaiter();
  add(proposals, 'x', waiter);
  proposals.failAll(Reason.STOPPED);
  assert.deepEqual(waiter.outcomes, [Reason.STOPPED.message]);
  assert.deepEqual([proposals.queuedCount, proposals.waitingCount, proposals.takeBatch()], [0, 0, []]);
});
