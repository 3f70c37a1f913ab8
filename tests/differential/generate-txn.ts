/**
 * Random Txn requests: comparisons of every target over keys and ranges, operations of every kind, nesting, the limits on
 * their number, and the combinations that the duplicate-key rules judge.
 */
import type { Prng } from '../../src/stdx/index.js';
import type { Message } from '../harness/index.js';
import { pickKey, pickRangeEnd, pickRevision, pickValue, requestKey } from './generate-fields.js';
import { deleteRangeRequest, putRequest, rangeRequest } from './generate-kv.js';
import type { StoreState } from './operation.js';

const DEPTH_MAX = 3;
const OPS_MAX = 128;

export function txnRequest(prng: Prng, state: StoreState): Message {
  const roll = prng.below(100);
  if (roll < 8) return readOnlyTxn(prng, state);
  if (roll < 12) return crowdedTxn(prng);
  for (;;) {
    const request = randomTxn(prng, state, 0);
    if (!crashesOracle(request)) return request;
  }
}

/**
 * A deletion "from key" is not seen by the duplicate-key check, so it can remove the key that a later put of the same
 * transaction wants to keep something of; etcd then panics in the middle of the transaction.
 */
function crashesOracle(request: Message): boolean {
  const ops = flatten(request);
  return ops.some(deletesFromKey) && ops.some(keepsSomething);
}

function flatten(request: Message): Message[] {
  const ops = [...((request['success'] ?? []) as Message[]), ...((request['failure'] ?? []) as Message[])];
  return ops.flatMap((op) =>
    op['request_txn'] === undefined ? [op] : flatten(op['request_txn'] as Message),
  );
}

function deletesFromKey(op: Message): boolean {
  const end = (op['request_delete_range'] as Message | undefined)?.['range_end'] as Uint8Array | undefined;
  return end !== undefined && end.length === 1 && end[0] === 0;
}

function keepsSomething(op: Message): boolean {
  const put = op['request_put'] as Message | undefined;
  return put?.['ignore_value'] === true || put?.['ignore_lease'] === true;
}

function randomTxn(prng: Prng, state: StoreState, depth: number): Message {
  return prune({
    compare: list(prng, prng.pick([0, 0, 1, 1, 2, 3]), () => compare(prng, state)),
    success: list(prng, prng.pick([0, 1, 1, 2, 3, 5]), () => requestOp(prng, state, depth)),
    failure: list(prng, prng.pick([0, 0, 1, 1, 2, 3]), () => requestOp(prng, state, depth)),
  });
}

/** Ranges alone: answered without going through the log. */
function readOnlyTxn(prng: Prng, state: StoreState): Message {
  const range = (): Message => ({ request_range: rangeRequest(prng, state) });
  return prune({
    compare: list(prng, prng.below(3), () => compare(prng, state)),
    success: list(prng, prng.below(4), range),
    failure: list(prng, prng.below(3), range),
  });
}

/** About as many operations as the limit allows, one level or two. */
function crowdedTxn(prng: Prng): Message {
  const count = prng.between(OPS_MAX - 3, OPS_MAX + 2);
  const put = (i: number): Message => ({
    request_put: { key: Buffer.from(`crowd/${i}`), value: pickValue(prng) },
  });
  const success = Array.from({ length: count }, (_, i) => put(i));
  if (prng.chance(0.5)) {
    const inner = Array.from({ length: prng.between(1, 4) }, (_, i) => put(1000 + i));
    success[success.length - 1] = { request_txn: { success: inner } };
  }
  if (prng.chance(0.2)) {
    return { compare: success.map(() => ({ target: 0, key: pickKey(prng), version: 0 })), success: [put(0)] };
  }
  return prng.chance(0.5)
    ? { success }
    : { failure: success, compare: [{ key: Buffer.from('a'), version: -1 }] };
}

function requestOp(prng: Prng, state: StoreState, depth: number): Message {
  const roll = prng.below(100);
  if (roll < 42) return { request_put: putRequest(prng) };
  if (roll < 65) return { request_range: rangeInTxn(prng, state) };
  if (roll < 83) return { request_delete_range: deleteRangeRequest(prng) };
  if (roll < 84) return {};
  if (depth + 1 < DEPTH_MAX) return { request_txn: randomTxn(prng, state, depth + 1) };
  return { request_put: { key: pickKey(prng), value: pickValue(prng) } };
}

/** Most ranges name no odd revision, or the transaction would hardly ever run. */
function rangeInTxn(prng: Prng, state: StoreState): Message {
  const request: Record<string, Message[string]> = { ...rangeRequest(prng, state) };
  if (prng.chance(0.7)) delete request['revision'];
  return request;
}

function compare(prng: Prng, state: StoreState): Message {
  const key = requestKey(prng);
  const target = prng.chance(0.03) ? prng.pick([5, 9, -1]) : prng.below(5);
  const request: Record<string, Message[string]> = {};
  if (key !== undefined) request['key'] = key;
  request['target'] = target;
  request['result'] = prng.chance(0.04) ? prng.pick([4, 9, -1]) : prng.below(4);
  const range_end = prng.chance(0.7) ? undefined : pickRangeEnd(prng, key);
  if (range_end !== undefined) request['range_end'] = range_end;
  // Usually the union member that the target names, at times another or none: read as zero then.
  const member = prng.chance(0.06) ? prng.below(6) : target;
  if (member === 0) request['version'] = prng.pick([0, 0, 1, 2, 3, -1]);
  if (member === 1) request['create_revision'] = prng.chance(0.4) ? 0 : pickRevision(prng, state);
  if (member === 2) request['mod_revision'] = prng.chance(0.3) ? 0 : pickRevision(prng, state);
  if (member === 3) request['value'] = pickValue(prng);
  if (member === 4) request['lease'] = prng.pick([0, 0, 1, 77, -1]);
  return request;
}

function list<T>(_prng: Prng, count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}

function prune(request: Record<string, Message[]>): Message {
  return Object.fromEntries(Object.entries(request).filter(([, items]) => items.length > 0));
}
