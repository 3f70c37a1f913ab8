/**
 * The store's semantics once more, as naively as possible: a sorted map per revision and requests as functions of it.
 * Answers are given without headers; who compares looks at those himself.
 */
import { compareBytes, decodeLatin1, EMPTY_BYTES } from '../../stdx/index.js';
import {
  type CompactionRequest,
  type Compare,
  CompareResult,
  CompareTarget,
  type DeleteRangeRequest,
  DeleteRangeResponse,
  type KeyValue,
  type PutRequest,
  PutResponse,
  type RangeRequest,
  RangeResponse,
  type RequestOp,
  type ResponseOp,
  ResponseOp as ResponseOpType,
  SortOrder,
  SortTarget,
  type TxnRequest,
  TxnResponse,
} from '../../wire/index.js';
import { isLeaseKey } from './lease-keys.js';

export type KvRequest =
  | { readonly kind: 'range'; readonly range: RangeRequest }
  | { readonly kind: 'put'; readonly put: PutRequest }
  | { readonly kind: 'delete'; readonly deletion: DeleteRangeRequest }
  | { readonly kind: 'txn'; readonly txn: TxnRequest }
  | { readonly kind: 'compact'; readonly compaction: CompactionRequest };

/** Whether a request may be answered from a state that is not the newest: it reads, and says so. */
export function isSerializable(request: KvRequest): boolean {
  if (request.kind === 'range') return request.range.serializable;
  if (request.kind !== 'txn') return false;
  return [...request.txn.success, ...request.txn.failure].every(
    (op) => op.requestRange?.serializable === true,
  );
}

/** Keys, one character a byte, to what they hold. */
export type KvState = ReadonlyMap<string, KeyValue>;

export interface ModelEvent {
  readonly isDelete: boolean;
  readonly kv: KeyValue;
  readonly prev: KeyValue | undefined;
}

export type ModelRefusal = 'key not found' | 'lease not found' | 'future revision';

export interface Execution {
  readonly refusal: ModelRefusal | undefined;
  /** Encoded, without headers. */
  readonly answer: Uint8Array;
  readonly events: readonly ModelEvent[];
}

/** Whether a key lies in an interval of the API. */
export function interval(key: Uint8Array, rangeEnd: Uint8Array): (name: string) => boolean {
  const from = decodeLatin1(key);
  if (rangeEnd.length === 0) return (name) => name === from;
  const to = decodeLatin1(rangeEnd);
  if (to === '\0') return (name) => name >= from;
  return (name) => name >= from && name < to;
}

function matching(state: KvState, key: Uint8Array, rangeEnd: Uint8Array): KeyValue[] {
  if (rangeEnd.length === 0) {
    const kv = state.get(decodeLatin1(key));
    return kv === undefined ? [] : [kv];
  }
  const isIn = interval(key, rangeEnd);
  const names = [...state.keys()].filter(isIn).sort();
  return names.map((name) => state.get(name)!);
}

/** Thrown within the model only. No Error: most of a check's time would go into stack traces. */
class Refused {
  readonly refusal: ModelRefusal;

  constructor(refusal: ModelRefusal) {
    this.refusal = refusal;
  }
}

/** The branch a transaction takes, nested ones included, decided before anything is changed. */
interface Path {
  readonly succeeded: boolean;
  readonly ops: readonly RequestOp[];
  readonly nested: readonly (Path | undefined)[];
}

class Executor {
  readonly #states: readonly KvState[];
  readonly #before: number;
  /** That of `#states` until the first change. */
  #state: KvState;
  #changed: Map<string, KeyValue> | undefined;
  readonly events: ModelEvent[] = [];

  constructor(states: readonly KvState[], before: number) {
    this.#states = states;
    this.#before = before;
    this.#state = states[before]!;
  }

  #change(): Map<string, KeyValue> {
    if (this.#changed === undefined) {
      this.#changed = new Map(this.#state);
      this.#state = this.#changed;
    }
    return this.#changed;
  }

  range(request: RangeRequest): RangeResponse {
    const { revision, limit } = request;
    const state = revision > 0 ? this.#states[revision] : this.#state;
    if (revision > this.#before || state === undefined) throw new Refused('future revision');
    const found = matching(state, request.key, request.rangeEnd);
    const count = found.length;
    if (request.countOnly) return { header: undefined, kvs: [], more: false, count };
    let kvs = found.filter(
      (kv) =>
        (request.minModRevision === 0 || kv.modRevision >= request.minModRevision) &&
        (request.maxModRevision === 0 || kv.modRevision <= request.maxModRevision) &&
        (request.minCreateRevision === 0 || kv.createRevision >= request.minCreateRevision) &&
        (request.maxCreateRevision === 0 || kv.createRevision <= request.maxCreateRevision),
    );
    if (request.sortTarget === SortTarget.VALUE) kvs.sort((a, b) => compareBytes(a.value, b.value));
    if (request.sortOrder === SortOrder.DESCEND) kvs.reverse();
    const more = limit > 0 && kvs.length > limit;
    if (more) kvs = kvs.slice(0, limit);
    if (request.keysOnly) kvs = kvs.map((kv) => ({ ...kv, value: EMPTY_BYTES }));
    return { header: undefined, kvs, more, count };
  }

  checkPut(put: PutRequest): void {
    const isMissing = !this.#state.has(decodeLatin1(put.key));
    if ((put.ignoreValue || put.ignoreLease) && isMissing) throw new Refused('key not found');
    if (put.lease !== 0n && !isLeaseKey(put.key)) throw new Refused('lease not found');
  }

  put(request: PutRequest): PutResponse {
    const name = decodeLatin1(request.key);
    const prev = this.#state.get(name);
    const modRevision = this.#before + 1;
    const kv: KeyValue = {
      key: request.key,
      createRevision: prev?.createRevision ?? modRevision,
      modRevision,
      version: (prev?.version ?? 0) + 1,
      value: request.ignoreValue ? prev!.value : request.value,
      lease: request.lease,
    };
    this.#change().set(name, kv);
    this.events.push({ isDelete: false, kv, prev });
    return { header: undefined, prevKv: request.prevKv ? prev : undefined };
  }

  delete(request: DeleteRangeRequest): DeleteRangeResponse {
    const found = matching(this.#state, request.key, request.rangeEnd);
    const gone = {
      createRevision: 0,
      modRevision: this.#before + 1,
      version: 0,
      value: EMPTY_BYTES,
      lease: 0n,
    };
    for (const prev of found) {
      this.#change().delete(decodeLatin1(prev.key));
      this.events.push({ isDelete: true, kv: { key: prev.key, ...gone }, prev });
    }
    return { header: undefined, deleted: found.length, prevKvs: request.prevKv ? found : [] };
  }

  txn(request: TxnRequest): TxnResponse {
    const path = this.#choose(request);
    this.#check(path, (op) => {
      if (op.requestPut !== undefined) this.checkPut(op.requestPut);
    });
    this.#check(path, (op) => {
      if ((op.requestRange?.revision ?? 0) > this.#before) throw new Refused('future revision');
    });
    return this.#run(path);
  }

  #choose(request: TxnRequest): Path {
    const succeeded = request.compare.every((compare) => this.#holds(compare));
    const ops = succeeded ? request.success : request.failure;
    const nested = ops.map((op) => (op.requestTxn === undefined ? undefined : this.#choose(op.requestTxn)));
    return { succeeded, ops, nested };
  }

  #check(path: Path, check: (op: RequestOp) => void): void {
    path.ops.forEach((op, i) => {
      check(op);
      if (path.nested[i] !== undefined) this.#check(path.nested[i], check);
    });
  }

  #run(path: Path): TxnResponse {
    const responses = path.ops.map((op, i): ResponseOp => {
      const { requestRange, requestPut, requestDeleteRange } = op;
      if (requestRange !== undefined) return answerOp({ responseRange: this.range(requestRange) });
      if (requestPut !== undefined) return answerOp({ responsePut: this.put(requestPut) });
      if (requestDeleteRange !== undefined)
        return answerOp({ responseDeleteRange: this.delete(requestDeleteRange) });
      return answerOp({ responseTxn: this.#run(path.nested[i]!) });
    });
    return { header: undefined, succeeded: path.succeeded, responses };
  }

  #holds(compare: Compare): boolean {
    const found = matching(this.#state, compare.key, compare.rangeEnd);
    if (found.length > 0) return found.every((kv) => holdsFor(compare, kv));
    return compare.target !== CompareTarget.VALUE && holdsFor(compare, undefined);
  }
}

function answerOp(init: Partial<ResponseOp>): ResponseOp {
  return ResponseOpType.create(init);
}

/** The value of a key that is absent never compares; its numbers are 0. */
function holdsFor(compare: Compare, kv: KeyValue | undefined): boolean {
  const order = ((): number => {
    switch (compare.target) {
      case CompareTarget.VERSION:
        return (kv?.version ?? 0) - (compare.version ?? 0);
      case CompareTarget.CREATE:
        return (kv?.createRevision ?? 0) - (compare.createRevision ?? 0);
      case CompareTarget.MOD:
        return (kv?.modRevision ?? 0) - (compare.modRevision ?? 0);
      default:
        return compareBytes(kv?.value ?? EMPTY_BYTES, compare.value ?? EMPTY_BYTES);
    }
  })();
  switch (compare.result) {
    case CompareResult.EQUAL:
      return order === 0;
    case CompareResult.GREATER:
      return order > 0;
    case CompareResult.LESS:
      return order < 0;
    default:
      return order !== 0;
  }
}

/** Executes a request on the state at revision `before`; a change would make the next revision. */
export function execute(states: readonly KvState[], before: number, request: KvRequest): Execution {
  const executor = new Executor(states, before);
  try {
    const answer = answerOf(executor, request);
    return { refusal: undefined, answer, events: executor.events };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { refusal: error.refusal, answer: EMPTY_BYTES, events: [] };
  }
}

function answerOf(executor: Executor, request: KvRequest): Uint8Array {
  switch (request.kind) {
    case 'range':
      return RangeResponse.toBytes(executor.range(request.range));
    case 'put':
      executor.checkPut(request.put);
      return PutResponse.toBytes(executor.put(request.put));
    case 'delete':
      return DeleteRangeResponse.toBytes(executor.delete(request.deletion));
    case 'txn':
      return TxnResponse.toBytes(executor.txn(request.txn));
    case 'compact':
      return EMPTY_BYTES;
  }
}
