/**
 * The differences that are no fault, each with its reason. Nothing else is let through.
 *
 * The oracle is etcd 3.5.30 (the last line that Debian packages); the reference is etcd 3.7. Where the two lines disagree,
 * Quoin follows 3.7, and a rule here says so. A rule never looks away from more than it names.
 */
import { decode, type Message, render } from '../harness/index.js';
import type { ComparableAnswer } from './answer.js';
import { HASH_KV_PATH } from './generate.js';
import type { UnaryOperation } from './operation.js';

export interface AcceptedDifference {
  readonly id: string;
  readonly reason: string;
  /** `a` is the oracle's answer. */
  readonly accepts: (operation: UnaryOperation, a: ComparableAnswer, b: ComparableAnswer) => boolean;
}

export const ACCEPTED_DIFFERENCES: readonly AcceptedDifference[] = [
  {
    id: 'unknown-sort-refused',
    reason: '3.6 and newer refuse an unknown sort enum number with "invalid sort option"; 3.5 ignores it',
    accepts: (operation, _a, b) =>
      b.code === 3 &&
      b.message === 'etcdserver: invalid sort option' &&
      operation.request !== undefined &&
      hasUnknownSort(operation.request),
  },
  {
    id: 'unmarshal-detail',
    reason:
      'the text after "grpc: error unmarshalling request: " comes from the protobuf runtime, which changed between 3.5 and 3.7',
    accepts: (_operation, a, b) =>
      a.code === 13 && b.code === 13 && a.message.startsWith(UNMARSHAL) && b.message.startsWith(UNMARSHAL),
  },
  {
    id: 'hash-revision',
    reason: '3.6 and newer tell the revision that was hashed (field 4); 3.5 does not',
    accepts: (operation, a, b) =>
      operation.path === HASH_KV_PATH &&
      a.response?.['hash_revision'] === undefined &&
      typeof b.response?.['hash_revision'] === 'number' &&
      render(a.response, true) === render({ ...b.response, hash_revision: 0 }, true),
  },
  {
    id: 'hash-of-nothing',
    reason:
      'for a negative revision etcd hashes no record at all, and for revision 0 too while it remembers a compaction to 0; Quoin hashes the current revision',
    accepts: (operation, a, b) =>
      operation.path === HASH_KV_PATH &&
      b.code === 0 &&
      a.response?.['hash'] === HASH_OF_NOTHING &&
      Number(operation.request?.['revision'] ?? 0) <= 0,
  },
  {
    id: 'hash-of-compaction',
    reason:
      "etcd remembers the hashes that its last compactions made, and answers for exactly such a revision from memory: with the compaction before it, and counting deletions at that very revision, which a new hash (also etcd's after a restart) leaves out",
    accepts: (operation, a, b) =>
      operation.path === HASH_KV_PATH &&
      a.response !== undefined &&
      b.response?.['compact_revision'] === operation.request?.['revision'] &&
      Number(a.response['compact_revision']) < Number(b.response?.['compact_revision']) &&
      sameButForHash(a.response, b.response),
  },
  {
    id: 'order-of-equals',
    reason:
      'keys that are equal in the sort target come in no promised order (3.5 sorts unstably); which of them a limit cuts off is open too',
    accepts: (operation, a, b) =>
      operation.responseType === 'RangeResponse' && sameButForTies(requestOf(operation), a, b),
  },
  {
    id: 'order-of-equals-in-txn',
    reason: 'the same for a range inside a transaction',
    accepts: (operation, a, b) =>
      operation.responseType === 'TxnResponse' &&
      a.code === 0 &&
      b.code === 0 &&
      txnSameButForTies(requestOf(operation), a, b),
  },
  {
    id: 'keys-only-lease',
    reason:
      "3.7 answers keys_only from its index, which does not know a key's lease; 3.5 and 3.6 tell it. Keys that are equal in the sort target may stand in another order besides",
    accepts: (operation, a, b) => {
      if (a.code !== 0 || b.code !== 0 || a.response === undefined || b.response === undefined) return false;
      const request = requestOf(operation);
      if (!asksForKeysOnly(request)) return false;
      const [left, right] = [withoutHiddenLease(a.response), withoutHiddenLease(b.response)];
      if (render(left, true) === render(right, true)) return true;
      const [x, y] = [
        { ...a, response: left },
        { ...b, response: right },
      ];
      return operation.responseType === 'TxnResponse'
        ? txnSameButForTies(request, x, y)
        : sameButForTies(request, x, y);
    },
  },
];

/** Whether some range of the request, nested ones included, wants no values. */
function asksForKeysOnly(request: Message): boolean {
  return /"?keys_only"?: ?true/.test(render(request, true));
}

/** The message without the leases of KeyValues whose value is not there. */
function withoutHiddenLease(message: Message): Message {
  const isBareKey = message['mod_revision'] !== undefined && message['value'] === undefined;
  const out: Record<string, Message[string]> = {};
  for (const [name, value] of Object.entries(message)) {
    if (name === 'lease' && isBareKey) continue;
    out[name] = strippedValue(value);
  }
  return out;
}

function strippedValue(value: Message[string]): Message[string] {
  if (Array.isArray(value)) return value.map((item) => strippedValue(item)) as Message[string];
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  return withoutHiddenLease(value as Message);
}

/** The one difference of event streams that is accepted; watch-model.ts takes it out. */
export const SUPERSEDED_AT_COMPACTION = {
  id: 'superseded-at-compaction',
  reason:
    'a watch from exactly the compacted revision may or may not still see a change that a later change of the same transaction superseded: etcd drops it in the background, after the compaction was answered',
};

/** CRC-32C of the bucket's name alone. */
const HASH_OF_NOTHING = 1084519789;

function sameButForHash(a: Message, b: Message | undefined): boolean {
  const rest = { hash: 0, hash_revision: 0, compact_revision: 0 };
  return b !== undefined && render({ ...a, ...rest }, true) === render({ ...b, ...rest }, true);
}

const UNMARSHAL = 'grpc: error unmarshalling request: ';
const SORT_FIELDS = ['key', 'version', 'create_revision', 'mod_revision', 'value'];

/** The request, read back from bent bytes if need be. */
function requestOf(operation: UnaryOperation): Message {
  if (operation.request !== undefined) return operation.request;
  try {
    return decode(operation.responseType!.replace('Response', 'Request'), operation.body);
  } catch {
    return {};
  }
}

function hasUnknownSort(request: Message): boolean {
  const order = Number(request['sort_order'] ?? 0);
  const target = Number(request['sort_target'] ?? 0);
  return order < 0 || order > 2 || target < 0 || target > 4;
}

function sameButForTies(request: Message, a: ComparableAnswer, b: ComparableAnswer): boolean {
  if (a.code !== 0 || b.code !== 0 || a.response === undefined || b.response === undefined) return false;
  return rangesSameButForTies(request, a.response, b.response);
}

/** Equal in all but kvs, and the kvs equal group by group of equal sort values, except the last group of a cut answer. */
function rangesSameButForTies(request: Message, a: Message, b: Message): boolean {
  if (render({ ...a, kvs: [] }, true) !== render({ ...b, kvs: [] }, true)) return false;
  const target = SORT_FIELDS[Number(request['sort_target'] ?? 0)];
  if (target === undefined || target === 'key') return false;
  // The value is dropped from a keys_only answer, so its groups cannot be told: the set of keys must do.
  const hidden = target === 'value' && request['keys_only'] === true;
  const groupsA = groupsOf(a, hidden ? undefined : target);
  const groupsB = groupsOf(b, hidden ? undefined : target);
  if (groupsA.length !== groupsB.length) return false;
  for (let i = 0; i < groupsA.length; i++) {
    const [x, y] = [groupsA[i]!, groupsB[i]!];
    if (x.value !== y.value || x.kvs.length !== y.kvs.length) return false;
    const isCut = i === groupsA.length - 1 && a['more'] === true;
    if (!isCut && [...x.kvs].sort().join() !== [...y.kvs].sort().join()) return false;
  }
  return true;
}

function groupsOf(response: Message, field: string | undefined): { value: string; kvs: string[] }[] {
  const groups: { value: string; kvs: string[] }[] = [];
  for (const kv of (response['kvs'] ?? []) as Message[]) {
    const value = field === undefined ? '' : render(kv[field]);
    const last = groups.at(-1);
    if (last?.value === value) last.kvs.push(render(kv, true));
    else groups.push({ value, kvs: [render(kv, true)] });
  }
  return groups;
}

function txnSameButForTies(request: Message, a: ComparableAnswer, b: ComparableAnswer): boolean {
  if (a.response === undefined || b.response === undefined) return false;
  return txnResponsesSame(request, a.response, b.response);
}

function txnResponsesSame(request: Message, a: Message, b: Message): boolean {
  if (render({ ...a, responses: [] }, true) !== render({ ...b, responses: [] }, true)) return false;
  const branch = (a['succeeded'] === true ? request['success'] : request['failure']) as Message[] | undefined;
  const [opsA, opsB] = [(a['responses'] ?? []) as Message[], (b['responses'] ?? []) as Message[]];
  if (opsA.length !== opsB.length || opsA.length !== (branch ?? []).length) return false;
  return opsA.every((op, i) => {
    const other = opsB[i]!;
    if (render(op, true) === render(other, true)) return true;
    const asked = branch![i]!;
    if (op['response_range'] !== undefined && other['response_range'] !== undefined) {
      return rangesSameButForTies(
        asked['request_range'] as Message,
        op['response_range'] as Message,
        other['response_range'] as Message,
      );
    }
    if (op['response_txn'] !== undefined && other['response_txn'] !== undefined) {
      return txnResponsesSame(
        asked['request_txn'] as Message,
        op['response_txn'] as Message,
        other['response_txn'] as Message,
      );
    }
    return false;
  });
}
