/** The sequence of operations of a run: a function of the seed and of the store's revisions as answered so far. */
import type { Prng } from '../../src/stdx/index.js';
import { decode, encode, type Message } from '../harness/index.js';
import { pickKey, pickRangeEnd, pickRevision } from './generate-fields.js';
import {
  compactionRequest,
  deleteRangeRequest,
  putRequest,
  rangeRequest,
  rangeWithUnknownSort,
} from './generate-kv.js';
import { leaseGrantRequest, leaseRequest, leaseTimeToLiveRequest } from './generate-lease.js';
import { txnRequest } from './generate-txn.js';
import { type Operation, SHARED_STREAMS, type StoreState, type UnaryOperation } from './operation.js';

interface Method {
  readonly path: string;
  readonly requestType: string;
  readonly responseType: string;
}

const kv = (name: string, requestType: string, responseType: string): Method => ({
  path: `/etcdserverpb.KV/${name}`,
  requestType,
  responseType,
});

export const RANGE = kv('Range', 'RangeRequest', 'RangeResponse');
export const PUT = kv('Put', 'PutRequest', 'PutResponse');
export const DELETE_RANGE = kv('DeleteRange', 'DeleteRangeRequest', 'DeleteRangeResponse');
export const TXN = kv('Txn', 'TxnRequest', 'TxnResponse');
export const COMPACT = kv('Compact', 'CompactionRequest', 'CompactionResponse');

const lease = (name: string): Method => ({
  path: `/etcdserverpb.Lease/Lease${name}`,
  requestType: `Lease${name}Request`,
  responseType: `Lease${name}Response`,
});

const LEASE_GRANT = lease('Grant');
const LEASE_REVOKE = lease('Revoke');
export const LEASE_TIME_TO_LIVE = lease('TimeToLive');

export const HASH_KV_PATH = '/etcdserverpb.Maintenance/HashKV';

export function unary(label: string, method: Method, request: Message): UnaryOperation {
  return { kind: 'unary', label, ...method, request, body: encode(method.requestType, request) };
}

/** What clients send along; with auth off none of it changes an answer. */
const METADATA: readonly Readonly<Record<string, string>>[] = [
  { hasleader: 'true' },
  { hasleader: 'yes' },
  { token: 'garbage' },
  { authorization: 'Bearer x.7' },
  { 'client-api-version': '3.7', hasleader: 'true' },
];

export function nextOperation(prng: Prng, state: StoreState): Operation {
  const operation = choose(prng, state);
  if (operation.kind !== 'unary') return operation;
  if (prng.chance(0.03)) return { ...operation, gzip: true };
  if (prng.chance(0.04)) return { ...operation, metadata: prng.pick(METADATA) };
  return operation;
}

function choose(prng: Prng, state: StoreState): Operation {
  const roll = prng.below(1000);
  if (roll < 245) return unary('put', PUT, putRequest(prng));
  if (roll < 252) return unary('lease grant', LEASE_GRANT, leaseGrantRequest(prng));
  if (roll < 256) return unary('lease revoke', LEASE_REVOKE, leaseRequest(prng));
  if (roll < 260) return unary('lease time', LEASE_TIME_TO_LIVE, leaseTimeToLiveRequest(prng));
  if (roll < 340) return unary('delete', DELETE_RANGE, deleteRangeRequest(prng));
  if (roll < 560) return unary('range', RANGE, rangeRequest(prng, state));
  if (roll < 570) return unary('range, unknown sort', RANGE, rangeWithUnknownSort(prng, state));
  if (roll < 810) return unary('txn', TXN, txnRequest(prng, state));
  if (roll < 840) return unary('compact', COMPACT, compactionRequest(prng, state));
  if (roll < 875) return malformed(prng, state);
  if (roll < 885) return unknownMethod(prng);
  if (roll < 892) return health(prng);
  if (roll < 898) return hashKv(prng, state);
  return watchOperation(prng, state);
}

/**
 * One number for all records up to a revision: equal only if the stores hold the same, byte for byte. Not for compacted
 * revisions: etcd may still remember the hash of an earlier compaction there, depending on when that one finished.
 */
function hashKv(prng: Prng, state: StoreState): UnaryOperation {
  const method = { path: HASH_KV_PATH, requestType: 'HashKVRequest', responseType: 'HashKVResponse' };
  const revision = prng.chance(0.5) ? 0 : pickRevision(prng, state);
  const isCompacted = revision > 0 && revision < state.compacted;
  return unary('hash', method, revision === 0 || isCompacted ? {} : { revision });
}

function malformed(prng: Prng, state: StoreState): UnaryOperation {
  const method = prng.pick([RANGE, RANGE, PUT, DELETE_RANGE, TXN, COMPACT]);
  const request =
    method === RANGE
      ? rangeRequest(prng, state)
      : method === TXN
        ? txnRequest(prng, state)
        : method === COMPACT
          ? compactionRequest(prng, state)
          : putRequest(prng);
  // Any message's bytes may stand where a delete is expected: fields of the wrong kind are part of the point.
  const valid = encode(method === DELETE_RANGE ? 'PutRequest' : method.requestType, request);
  for (;;) {
    const body = bend(prng, valid);
    if (!isTooClever(method.requestType, body)) {
      return {
        kind: 'unary',
        label: 'malformed',
        path: method.path,
        responseType: method.responseType,
        body,
      };
    }
  }
}

function bend(prng: Prng, valid: Buffer): Buffer {
  const bytes = Buffer.from(valid);
  switch (prng.below(5)) {
    case 0:
      return bytes.subarray(0, prng.below(bytes.length + 1));
    case 1:
      return Buffer.from(prng.bytes(prng.between(1, 24)));
    case 2:
      return Buffer.concat([bytes, Buffer.from(prng.bytes(prng.between(1, 6)))]);
    case 3: // An unknown field in front: to be skipped.
      return Buffer.concat([Buffer.from([0xa2, 0x06, 0x03, 1, 2, 3]), bytes]);
    default: {
      if (bytes.length > 0) bytes[prng.below(bytes.length)]! ^= 1 << prng.below(8);
      return bytes;
    }
  }
}

/**
 * Bent bytes that still are a message which release lines of the reference take differently (an empty `range_end` that is
 * present, an unknown sort number inside a transaction): such a request would change one store and not the other.
 */
function isTooClever(type: string, body: Buffer): boolean {
  try {
    return hasVersionDependentField(decode(type, body));
  } catch {
    return false;
  }
}

function hasVersionDependentField(message: Message): boolean {
  for (const [name, value] of Object.entries(message)) {
    if (name === 'range_end' && (value as Uint8Array).length === 0) return true;
    if ((name === 'sort_order' && Number(value) > 2) || (name === 'sort_target' && Number(value) > 4))
      return true;
    if ((name === 'sort_order' || name === 'sort_target') && Number(value) < 0) return true;
    if (name === 'lease' && value !== 0) return true;
    for (const item of Array.isArray(value) ? value : [value]) {
      if (
        typeof item === 'object' &&
        !(item instanceof Uint8Array) &&
        hasVersionDependentField(item as Message)
      ) {
        return true;
      }
    }
  }
  return false;
}

function unknownMethod(prng: Prng): UnaryOperation {
  const path = prng.pick([
    '/etcdserverpb.KV/Nope',
    '/etcdserverpb.Nope/Range',
    '/nope.KV/Range',
    '/etcdserverpb.KV/range',
    '/etcdserverpb.KV/Range/x',
    '/x/y/z',
  ]);
  return { kind: 'unary', label: 'unknown method', path, body: Buffer.from(prng.bytes(prng.below(8))) };
}

function health(prng: Prng): UnaryOperation {
  const service = prng.pick(['', 'etcdserverpb.KV', 'nope']);
  return unary(
    'health',
    {
      path: '/grpc.health.v1.Health/Check',
      requestType: 'HealthCheckRequest',
      responseType: 'HealthCheckResponse',
    },
    service === '' ? {} : { service },
  );
}

function watchOperation(prng: Prng, state: StoreState): Operation {
  const roll = prng.below(100);
  if (roll < 42) return { kind: 'watch-create', label: 'watch', request: watchCreateRequest(prng, state) };
  if (roll < 60) {
    const request: Record<string, Message[string]> = { ...watchCreateRequest(prng, state) };
    if (prng.chance(0.5)) request['watch_id'] = prng.pick([1, 2, 3, 7, 100]);
    return {
      kind: 'watch-create',
      label: 'watch, shared stream',
      request,
      sharedStream: prng.below(SHARED_STREAMS),
    };
  }
  if (roll < 84) return { kind: 'watch-cancel', label: 'watch cancel', pick: prng.below(1 << 20) };
  if (roll < 92) return { kind: 'watch-progress', label: 'watch progress', pick: prng.below(1 << 20) };
  const body = prng.pick([
    encode('WatchRequest', { cancel_request: { watch_id: prng.pick([50, 999, -7]) } }),
    Buffer.alloc(0),
    encode('WatchRequest', { cancel_request: {} }).subarray(0, 0),
  ]);
  return { kind: 'watch-silent', label: 'watch, unanswered', sharedStream: prng.below(SHARED_STREAMS), body };
}

export function watchCreateRequest(prng: Prng, state: StoreState): Message {
  const key = prng.chance(0.06) ? undefined : pickKey(prng);
  const range_end = pickRangeEnd(prng, key);
  const request: Record<string, Message[string]> = {};
  if (key !== undefined) request['key'] = key;
  if (range_end !== undefined) request['range_end'] = range_end;
  if (prng.chance(0.7)) request['start_revision'] = pickRevision(prng, state);
  if (prng.chance(0.2)) request['progress_notify'] = true;
  if (prng.chance(0.35)) request['filters'] = prng.pick([[0], [1], [0, 1], [1, 1], [7], [2, 0]]);
  if (prng.chance(0.45)) request['prev_kv'] = true;
  if (prng.chance(0.2)) request['fragment'] = true;
  return request;
}
