/** Random Range, Put, DeleteRange and Compact requests: every option, and every way to be refused. */
import type { Prng } from '../../src/stdx/index.js';
import type { Message } from '../harness/index.js';
import { pickKey, pickLimit, pickRangeEnd, pickRevision, pickValue, requestKey } from './generate-fields.js';
import { pickLease } from './generate-lease.js';
import type { StoreState } from './operation.js';

export function rangeRequest(prng: Prng, state: StoreState): Message {
  const key = requestKey(prng);
  const range_end = pickRangeEnd(prng, key);
  const request: Record<string, Message[string]> = {};
  if (key !== undefined) request['key'] = key;
  if (range_end !== undefined) request['range_end'] = range_end;
  if (prng.chance(0.35)) request['limit'] = pickLimit(prng);
  if (prng.chance(0.35)) request['revision'] = pickRevision(prng, state);
  if (prng.chance(0.4)) request['sort_order'] = prng.pick([0, 1, 2]);
  if (prng.chance(0.4)) request['sort_target'] = prng.pick([0, 1, 2, 3, 4]);
  if (prng.chance(0.3)) request['serializable'] = true;
  if (prng.chance(0.2)) request['keys_only'] = true;
  if (prng.chance(0.15)) request['count_only'] = true;
  for (const filter of ['min_mod', 'max_mod', 'min_create', 'max_create']) {
    if (prng.chance(0.12)) request[`${filter}_revision`] = pickRevision(prng, state);
  }
  return request;
}

/** A range with a sort order that does not exist. (An unknown sort target makes the oracle, etcd 3.5, crash.) */
export function rangeWithUnknownSort(prng: Prng, state: StoreState): Message {
  return { ...rangeRequest(prng, state), sort_order: prng.pick([3, 5, 9, -1, 1000]) };
}

export function putRequest(prng: Prng): Message {
  const key = requestKey(prng);
  const request: Record<string, Message[string]> = {};
  if (key !== undefined) request['key'] = key;
  const ignoreValue = prng.chance(0.12);
  if (!ignoreValue || prng.chance(0.15)) request['value'] = pickValue(prng);
  if (prng.chance(0.12)) request['lease'] = pickLease(prng);
  if (prng.chance(0.3)) request['prev_kv'] = true;
  if (ignoreValue) request['ignore_value'] = true;
  if (prng.chance(0.1)) request['ignore_lease'] = true;
  return request;
}

export function deleteRangeRequest(prng: Prng): Message {
  const key = requestKey(prng);
  // Wide deletes would empty the store all the time: most are narrow.
  const range_end = prng.chance(0.65) ? undefined : pickRangeEnd(prng, key);
  const request: Record<string, Message[string]> = {};
  if (key !== undefined) request['key'] = key;
  if (range_end !== undefined) request['range_end'] = range_end;
  if (prng.chance(0.4)) request['prev_kv'] = true;
  return request;
}

export function compactionRequest(prng: Prng, state: StoreState): Message {
  // A third are refused; the rest leave some history behind, so that reads of the past go on finding something.
  const revision = prng.chance(0.35)
    ? pickRevision(prng, state)
    : prng.between(Math.max(state.compacted + 1, 1), Math.max(state.revision - prng.below(40), 1));
  const request: Record<string, Message[string]> = { revision };
  if (prng.chance(0.4)) request['physical'] = true;
  return request;
}

/** A request on one key with all fields at their plainest, to be bent by the caller. */
export function plainPut(prng: Prng, value: Uint8Array): Message {
  return { key: pickKey(prng), value };
}
