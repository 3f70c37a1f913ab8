/** The comparison itself must see differences, and look away only where a rule says so. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '../../src/stdx/index.js';
import { decode, encode, type Message, render, type UnaryAnswer } from '../harness/index.js';
import { ACCEPTED_DIFFERENCES } from './accepted-differences.js';
import { comparable } from './answer.js';
import { nextOperation, RANGE, unary } from './generate.js';
import type { Operation } from './operation.js';
import { fromJson, toJson } from './recording.js';
import { describeOperation } from './run.js';
import { shrink } from './shrink.js';
import { countExpected, type WatcherModel } from './watch-model.js';

const key = (text: string): Buffer => Buffer.from(text);
const ok = (type: string, message: Message): UnaryAnswer => ({
  code: 0,
  message: '',
  body: encode(type, message),
});
const header = { cluster_id: 1n, member_id: 2n, revision: 5, raft_term: 2 };
const kv = (name: string, version: number, value = 'v'): Message => ({
  key: key(name),
  create_revision: 2,
  mod_revision: 3,
  version,
  value: key(value),
});

function judge(request: Message, a: UnaryAnswer, b: UnaryAnswer): string {
  const operation = unary('range', RANGE, request);
  const [x, y] = [comparable(operation, a), comparable(operation, b)];
  if (x.text === y.text) return 'equal';
  return ACCEPTED_DIFFERENCES.find((rule) => rule.accepts(operation, x, y))?.id ?? 'different';
}

test('ids do not count, everything else does', () => {
  const range = (message: Message): UnaryAnswer => ok('RangeResponse', message);
  const base = { header, kvs: [kv('a', 1)], count: 1 };
  const same = { ...base, header: { ...header, cluster_id: 9n, member_id: 8n, raft_term: 77 } };
  assert.equal(judge({}, range(base), range(same)), 'equal');
  assert.equal(judge({}, range(base), range({ ...base, more: false })), 'equal');
  for (const other of [
    { ...base, header: { ...header, revision: 6 } },
    { ...base, header: { ...header, raft_term: 0 } },
    { kvs: base.kvs, count: 1 },
    { ...base, count: 2 },
    { ...base, more: true },
    { ...base, kvs: [kv('a', 2)] },
    { ...base, kvs: [kv('a', 1, 'w')] },
    { ...base, kvs: [] },
  ]) {
    assert.equal(judge({}, range(base), range(other)), 'different', render(other));
  }
  assert.equal(
    judge({}, { code: 3, message: 'x', body: undefined }, { code: 3, message: 'y', body: undefined }),
    'different',
  );
  assert.equal(
    judge({}, { code: 3, message: 'x', body: undefined }, { code: 11, message: 'x', body: undefined }),
    'different',
  );
  const unknown = Buffer.concat([encode('RangeResponse', base), Buffer.from([0x78, 1])]);
  assert.equal(judge({}, range(base), { code: 0, message: '', body: unknown }), 'different');
});

test('only the order of equals may differ in a sorted range', () => {
  const answer = (kvs: Message[], more = false): UnaryAnswer =>
    ok('RangeResponse', { header, kvs, more, count: 9 });
  const byVersion = { key: key('a'), range_end: key('z'), sort_order: 1, sort_target: 1 };
  const [a, b, c, d] = [kv('a', 1), kv('b', 1), kv('c', 2), kv('d', 2)];
  assert.equal(judge(byVersion, answer([a, b, c]), answer([b, a, c])), 'order-of-equals');
  assert.equal(judge(byVersion, answer([a, b, c]), answer([a, c, b])), 'different');
  assert.equal(judge(byVersion, answer([a, b, c]), answer([a, b, d])), 'different');
  assert.equal(judge(byVersion, answer([a, b, c], true), answer([a, b, d], true)), 'order-of-equals');
  assert.equal(judge(byVersion, answer([a, c], true), answer([b, c], true)), 'different');
  assert.equal(judge({ key: key('a') }, answer([a, b]), answer([b, a])), 'different');
});

test('an unknown sort order may be refused, a known one may not', () => {
  const refusal = { code: 3, message: 'etcdserver: invalid sort option', body: undefined };
  const fine = ok('RangeResponse', { header });
  assert.equal(judge({ key: key('a'), sort_order: 7 }, fine, refusal), 'unknown-sort-refused');
  assert.equal(judge({ key: key('a'), sort_order: 1 }, fine, refusal), 'different');
  assert.equal(judge({ key: key('a'), sort_order: 7 }, fine, { ...refusal, message: 'no' }), 'different');
});

test('a seed gives one sequence', () => {
  const sequence = (seed: number): string => {
    const prng = new Prng(seed);
    const state = { revision: 30, compacted: 10 };
    return Array.from({ length: 300 }, () => describeOperation(nextOperation(prng, state))).join('\n');
  };
  assert.equal(sequence(4), sequence(4));
  assert.notEqual(sequence(4), sequence(5));
});

test('every kind of operation is generated', () => {
  const prng = new Prng(1);
  const labels = new Set<string>();
  for (let i = 0; i < 3000; i++) labels.add(nextOperation(prng, { revision: 30, compacted: 10 }).label);
  for (const label of [
    'put',
    'delete',
    'range',
    'range, unknown sort',
    'txn',
    'compact',
    'malformed',
    'unknown method',
    'health',
    'hash',
    'watch',
    'watch, shared stream',
    'watch cancel',
    'watch progress',
    'watch, unanswered',
  ]) {
    assert.ok(labels.has(label), label);
  }
});

test('operations survive being written down', () => {
  const prng = new Prng(9);
  const operations = Array.from({ length: 500 }, () => nextOperation(prng, { revision: 30, compacted: 10 }));
  const again = fromJson(toJson(operations));
  assert.deepEqual(again.map(describeOperation), operations.map(describeOperation));
  const bodies = (list: readonly Operation[]): string[] =>
    list.map((each) => ('body' in each ? Buffer.from(each.body).toString('hex') : each.kind));
  assert.deepEqual(bodies(again), bodies(operations));
});

test('shrinking keeps what is needed, and nothing else', async () => {
  const prng = new Prng(10);
  const operations = Array.from({ length: 100 }, () => nextOperation(prng, { revision: 30, compacted: 10 }));
  const needed = [operations[13]!, operations[57]!, operations[58]!, operations[99]!];
  const fails = async (list: readonly Operation[]): Promise<boolean> =>
    needed.every((each) => list.includes(each));
  assert.deepEqual(await shrink(operations, fails, () => {}), needed);
});

test('the model of a watcher: range, start, filters', () => {
  const log = [
    { key: key('a'), modRevision: 2, isDelete: false, text: '' },
    { key: key('b'), modRevision: 3, isDelete: false, text: '' },
    { key: key('a'), modRevision: 4, isDelete: true, text: '' },
    { key: key('c'), modRevision: 5, isDelete: false, text: '' },
  ];
  const expected = (request: Message, startRevision: number): number => {
    const model: WatcherModel = {
      streamIndex: 0,
      id: 0,
      request,
      startRevision,
      createdRevision: 1,
      compactedAtCreation: -1,
      isCompacted: false,
      readsHistory: true,
      createdAtMs: 0,
      isReported: false,
      logAt: 0,
      expected: 0,
      compared: 0,
    };
    return countExpected(model, log);
  };
  assert.equal(expected({ key: key('a') }, 1), 2);
  assert.equal(expected({ key: key('a') }, 3), 1);
  assert.equal(expected({ key: key('a'), filters: [1] }, 1), 1);
  assert.equal(expected({ key: key('a'), filters: [0, 1] }, 1), 0);
  assert.equal(expected({ key: key('a'), range_end: key('c') }, 1), 3);
  assert.equal(expected({ key: key('b'), range_end: Buffer.from([0]) }, 1), 2);
  assert.equal(expected({}, 1), 0);
  assert.equal(expected({ range_end: Buffer.from([0]) }, 1), 4);
});

test('the codec of the proofs keeps what it is given', () => {
  const request = { key: key('k'), limit: -1, revision: 9223372036854775807n, keys_only: true };
  assert.deepEqual(decode('RangeRequest', encode('RangeRequest', request)), request);
  const packed = Buffer.from([0x2a, 0x02, 0x00, 0x01]);
  assert.deepEqual(decode('WatchCreateRequest', packed), { filters: [0, 1] });
  assert.deepEqual(decode('WatchCreateRequest', encode('WatchCreateRequest', { filters: [0, 1] })), {
    filters: [0, 1],
  });
  assert.throws(() => decode('RangeRequest', Buffer.from([0x0a, 0x05, 0x01])));
});
