/** The checks are checked: histories that are right pass, and each way of being wrong is noticed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeUtf8 } from '../../stdx/index.js';
import {
  CompactionRequest,
  CompactionResponse,
  DeleteRangeRequest,
  DeleteRangeResponse,
  Event,
  EventType,
  KeyValue,
  PutRequest,
  PutResponse,
  RangeRequest,
  RangeResponse,
  type ResponseHeader,
} from '../../wire/index.js';
import { Violation } from '../violation.js';
import { checkHash } from './check-hash.js';
import { OperationCheck } from './check-operations.js';
import { checkWatch } from './check-watch.js';
import type { KvRequest } from './model.js';
import type { Operation, Outcome, WatchDelivery, WatchRecord } from './record.js';
import { Truth } from './truth.js';

const ALL = new Uint8Array([0]);
const LOST: Outcome = { kind: 'lost' };

function kv(key: string, value: string, create: number, mod: number, version: number): KeyValue {
  return KeyValue.create({
    key: encodeUtf8(key),
    value: encodeUtf8(value),
    createRevision: create,
    modRevision: mod,
    version,
  });
}

const A2 = kv('a', '1', 2, 2, 1);
const B3 = kv('b', '2', 3, 3, 1);
const A4 = kv('a', '3', 2, 4, 2);

function put(of: KeyValue, prevKv?: KeyValue): Event {
  return Event.create({ type: EventType.PUT, kv: of, ...(prevKv === undefined ? {} : { prevKv }) });
}

function gone(key: string, revision: number, prevKv?: KeyValue): Event {
  const deleted = KeyValue.create({ key: encodeUtf8(key), modRevision: revision });
  return Event.create({ type: EventType.DELETE, kv: deleted, ...(prevKv === undefined ? {} : { prevKv }) });
}

/** Revision 2 puts a, 3 puts b, 4 puts a, 5 deletes both. */
const HISTORY = [put(A2), put(B3), put(A4, A2), gone('a', 5, A4), gone('b', 5, B3)];

function watch(deliveries: readonly (readonly Event[])[], changes: Partial<WatchRecord> = {}): WatchRecord {
  return {
    key: ALL,
    rangeEnd: ALL,
    wantsPuts: true,
    wantsDeletes: true,
    prevKv: true,
    start: 2,
    deliveries: deliveries.map((events): WatchDelivery => ({ events, revision: 5, compactedCeiling: 0 })),
    compactRevision: undefined,
    next: 6,
    ...changes,
  };
}

const TRUTH = new Truth(watch([HISTORY]));

function header(revision: number): ResponseHeader {
  return { clusterId: 1n, memberId: 1n, revision, raftTerm: 2 };
}

let ids = 0;
function operation(request: KvRequest, outcome: Outcome, changes: Partial<Operation> = {}): Operation {
  const known = { floor: 1, compactedFloor: 0, ceiling: 5, compactedCeiling: 0, rightsChange: false };
  return { id: ids++, request, outcome, ...known, ...changes };
}

function putOf(key: string, value: string): KvRequest {
  return { kind: 'put', put: PutRequest.create({ key: encodeUtf8(key), value: encodeUtf8(value) }) };
}

function putAt(revision: number): Outcome {
  return {
    kind: 'answered',
    bytes: PutResponse.toBytes({ header: header(revision), prevKv: undefined }),
  };
}

const DELETE_ALL: KvRequest = {
  kind: 'delete',
  deletion: DeleteRangeRequest.create({ key: ALL, rangeEnd: ALL }),
};

function deleted(count: number, revision: number): Outcome {
  const answer = { header: header(revision), deleted: count, prevKvs: [] };
  return { kind: 'answered', bytes: DeleteRangeResponse.toBytes(answer) };
}

function range(request: Partial<RangeRequest> = {}): KvRequest {
  return { kind: 'range', range: RangeRequest.create({ key: ALL, rangeEnd: ALL, ...request }) };
}

function found(kvs: readonly KeyValue[], revision: number): Outcome {
  const answer = { header: header(revision), kvs, more: false, count: kvs.length };
  return { kind: 'answered', bytes: RangeResponse.toBytes(answer) };
}

function refused(code: number, message: string): Outcome {
  return { kind: 'refused', code, message };
}

/** The requests that made the history. */
function makers(): Operation[] {
  return [
    operation(putOf('a', '1'), putAt(2)),
    operation(putOf('b', '2'), putAt(3)),
    operation(putOf('a', '3'), putAt(4)),
    operation(DELETE_ALL, deleted(2, 5)),
  ];
}

function check(operations: readonly Operation[]): void {
  new OperationCheck(TRUTH).check(operations);
}

test('right histories pass', () => {
  check([
    ...makers(),
    operation(range(), found([A4, B3], 4), { floor: 4 }),
    operation(range({ revision: 2 }), found([A2], 5)),
    operation(range({ serializable: true }), found([A2, B3], 3), { floor: 5 }),
    operation(DELETE_ALL, deleted(0, 5), { floor: 5 }),
    operation(putOf('c', '9'), LOST),
    operation(
      range({ revision: 9 }),
      refused(11, 'etcdserver: mvcc: required revision is a future revision'),
    ),
  ]);
  // Made by a request whose answer was lost.
  check([...makers().slice(0, 3), operation(DELETE_ALL, LOST), operation(putOf('a', '3'), LOST)]);
  checkWatch(TRUTH, watch([HISTORY.slice(0, 2), HISTORY.slice(2)]), true);
  checkWatch(TRUTH, watch([HISTORY.slice(0, 1)], { next: 3, compactRevision: 4 }), false);
});

const WRONG_OPERATIONS: readonly (readonly [string, () => Operation[]])[] = [
  ['a revision that nobody asked for', () => makers().slice(1)],
  ['a lost write', () => [...makers(), operation(putOf('c', '9'), putAt(6))]],
  [
    'a write acknowledged at another one’s revision',
    () => [...makers(), operation(putOf('c', '9'), putAt(4))],
  ],
  ['a revision used twice', () => [...makers(), operation(putOf('a', '3'), putAt(4))]],
  ['a stale read', () => [...makers(), operation(range(), found([A2], 2), { floor: 4 })]],
  ['a read of what never was', () => [...makers(), operation(range(), found([A2], 4))]],
  ['a wrong past', () => [...makers(), operation(range({ revision: 3 }), found([A2], 5))]],
  [
    'a read below a compaction',
    () => [...makers(), operation(range({ revision: 2 }), found([A2], 5), { compactedFloor: 3 })],
  ],
  [
    'a refusal without a compaction',
    () => [
      ...makers(),
      operation(
        range({ revision: 2 }),
        refused(11, 'etcdserver: mvcc: required revision has been compacted'),
      ),
    ],
  ],
  [
    'a refusal without reason',
    () => [...makers(), operation(putOf('c', '9'), refused(3, 'etcdserver: key not found'))],
  ],
  [
    'a write that was made before it was asked for',
    () => {
      const operations = makers();
      operations[2] = operation(putOf('a', '3'), putAt(4), { floor: 4 });
      return operations;
    },
  ],
  [
    'two changes by one request of unknown fate',
    () => [
      ...makers().slice(1, 2),
      operation(DELETE_ALL, deleted(2, 5)),
      operation(putOf('a', '3'), putAt(4)),
    ],
  ],
  [
    'a compaction answered in the past',
    () => [
      ...makers(),
      operation(
        { kind: 'compact', compaction: CompactionRequest.create({ revision: 2 }) },
        { kind: 'answered', bytes: CompactionResponse.toBytes({ header: header(3) }) },
        { floor: 5 },
      ),
    ],
  ],
];

for (const [name, operations] of WRONG_OPERATIONS) {
  test(`noticed: ${name}`, () => {
    assert.throws(() => check(operations()), Violation);
  });
}

const [a2, b3, a4, goneA, goneB] = HISTORY as [Event, Event, Event, Event, Event];

const WRONG_WATCHES: readonly (readonly [string, WatchRecord])[] = [
  ['a missing event', watch([[a2, a4, goneA, goneB]])],
  ['a missing end', watch([[a2, b3, a4]])],
  ['an event twice', watch([[a2], [a2, b3, a4, goneA, goneB]])],
  ['events out of order', watch([[b3, a2, a4, goneA, goneB]])],
  ['a split revision', watch([[a2, b3, a4, goneA], [goneB]])],
  ['progress ahead of events', watch([[a2], [], [b3, a4, goneA, goneB]])],
  ['an event that is filtered out', watch([HISTORY], { wantsDeletes: false })],
  ['an event of another key', watch([HISTORY], { key: encodeUtf8('b'), rangeEnd: ALL })],
  ['a previous value that was not asked for', watch([HISTORY], { prevKv: false })],
  ['a missing previous value', watch([[a2, b3, put(A4), goneA, goneB]])],
  ['a wrong previous value', watch([[a2, b3, put(A4, B3), goneA, goneB]])],
  ['an end by a compaction that did not reach it', watch([[a2]], { next: 5, compactRevision: 4 })],
];

for (const [name, record] of WRONG_WATCHES) {
  test(`noticed in a watch: ${name}`, () => {
    assert.throws(() => checkWatch(TRUTH, record, true), Violation);
  });
}

test('noticed: a revision that the watch over all keys skips', () => {
  assert.throws(() => new Truth(watch([[a2, a4]])), Violation);
});

test('noticed: a store whose hash is not that of the history', () => {
  assert.throws(() => checkHash(TRUTH, { revision: 5, compactRevision: -1, hash: 1 }), Violation);
  assert.throws(() => checkHash(TRUTH, { revision: 9, compactRevision: -1, hash: 1 }), Violation);
});
