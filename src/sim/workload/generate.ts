/** Random requests over few keys, so that they meet; every value is unique, so that each can be told from all others. */
import { compareBytes, EMPTY_BYTES, encodeUtf8, type Prng } from '../../stdx/index.js';
import {
  CompactionRequest,
  Compare,
  CompareResult,
  CompareTarget,
  DeleteRangeRequest,
  PutRequest,
  RangeRequest,
  RequestOp,
  SortOrder,
  SortTarget,
  TxnRequest,
} from '../../wire/index.js';
import type { KvRequest } from '../check/model.js';
import type { WorkloadOptions } from '../options.js';

const FROM_KEY = new Uint8Array([0]);
/** No lease can be granted yet, so this one does not exist. */
const UNKNOWN_LEASE = 77n;
const DEPTH_MAX = 2;
const TXN_KEYS_MAX = 16;
const PADDING = '-'.charCodeAt(0);
/** Longer than what pages of the key index compare at once, short enough to be cheap. */
const KEY_TAIL_BYTES_MAX = 900;

/** What a request may refer to. */
export interface Known {
  /** The newest revision that anybody has seen. */
  readonly revision: number;
  /** Compactions beyond this would overtake the watch over all keys. */
  readonly compactionMax: number;
}

type GeneratorOptions = Pick<WorkloadOptions, 'keys' | 'valueBytesMax'>;

export class RequestGenerator {
  readonly #prng: Prng;
  readonly #options: GeneratorOptions;
  #values = 0;

  constructor(prng: Prng, options: GeneratorOptions) {
    this.#prng = prng;
    this.#options = options;
  }

  next(known: Known): KvRequest {
    const roll = this.#prng.below(100);
    if (roll < 45) return { kind: 'put', put: this.put(this.key(), true) };
    if (roll < 55) return { kind: 'delete', deletion: this.#deletion() };
    if (roll < 75) return { kind: 'txn', txn: this.#txn(known, DEPTH_MAX, this.#keys()) };
    return { kind: 'range', range: this.#range(known, this.#prng.chance(0.4)) };
  }

  compaction(known: Known): KvRequest {
    const revision = Math.max(1, known.compactionMax - this.#prng.pick([0, 0, 1, 10, 50]));
    return {
      kind: 'compact',
      compaction: CompactionRequest.create({ revision, physical: this.#prng.chance(0.5) }),
    };
  }

  /** A linearizable read of everything. */
  everything(): KvRequest {
    return { kind: 'range', range: RangeRequest.create({ key: FROM_KEY, rangeEnd: FROM_KEY }) };
  }

  /** A linearizable read that costs little. */
  probe(): KvRequest {
    return { kind: 'range', range: RangeRequest.create({ key: this.key() }) };
  }

  key(): Uint8Array {
    return this.#keyAt(this.#prng.below(this.#options.keys));
  }

  /** A single key, an interval, or everything from a key on. */
  keyRange(): { key: Uint8Array; rangeEnd: Uint8Array } {
    const kind = this.#prng.below(4);
    if (kind === 0) return { key: this.key(), rangeEnd: FROM_KEY };
    if (kind === 1) return { key: this.key(), rangeEnd: this.key() };
    return { key: this.key(), rangeEnd: EMPTY_BYTES };
  }

  /** As {@link keyRange}, but never empty: such a watch is refused. */
  watchRange(): { key: Uint8Array; rangeEnd: Uint8Array } {
    const { key, rangeEnd } = this.keyRange();
    const isEmpty = rangeEnd.length > 1 && compareBytes(key, rangeEnd) >= 0;
    return isEmpty ? { key, rangeEnd: EMPTY_BYTES } : { key, rangeEnd };
  }

  put(key: Uint8Array, mayBeRefused: boolean): PutRequest {
    const prng = this.#prng;
    const prevKv = prng.chance(0.3);
    if (mayBeRefused && prng.chance(0.05)) return PutRequest.create({ key, prevKv, ignoreValue: true });
    if (mayBeRefused && prng.chance(0.02)) return PutRequest.create({ key, lease: UNKNOWN_LEASE });
    const ignoreLease = mayBeRefused && prng.chance(0.05);
    return PutRequest.create({ key, value: this.#value(), prevKv, ignoreLease });
  }

  #keyAt(index: number): Uint8Array {
    // Some are long, and some have others as their beginning.
    const tail = index % 5 === 4 ? 'x'.repeat(Math.min(40 * index, KEY_TAIL_BYTES_MAX)) : '';
    return encodeUtf8(`k${index % 10}${index >= 10 ? `/${index}` : ''}${tail}`);
  }

  /** Some different keys: no transaction may change one twice. */
  #keys(): Uint8Array[] {
    const indexes = new Set<number>();
    for (let n = 0; n < TXN_KEYS_MAX; n++) indexes.add(this.#prng.below(this.#options.keys));
    return [...indexes].map((index) => this.#keyAt(index));
  }

  #value(): Uint8Array {
    const name = encodeUtf8(`v${++this.#values}.`);
    const padding = this.#prng.chance(0.7) ? 0 : this.#prng.below(this.#options.valueBytesMax);
    const value = new Uint8Array(name.length + padding).fill(PADDING);
    value.set(name);
    return value;
  }

  #deletion(): DeleteRangeRequest {
    const single = { key: this.key(), rangeEnd: EMPTY_BYTES };
    const where = this.#prng.chance(0.8) ? single : this.keyRange();
    return DeleteRangeRequest.create({ ...where, prevKv: this.#prng.chance(0.3) });
  }

  #range(known: Known, serializable: boolean): RangeRequest {
    const prng = this.#prng;
    const isPast = prng.chance(0.3);
    const revision = isPast ? prng.between(Math.max(1, known.revision - 40), known.revision + 2) : 0;
    const bound = (): number => (prng.chance(0.1) ? prng.between(1, known.revision) : 0);
    return RangeRequest.create({
      ...this.keyRange(),
      revision,
      serializable,
      limit: prng.chance(0.2) ? prng.between(1, 4) : 0,
      sortOrder: prng.chance(0.2) ? SortOrder.DESCEND : SortOrder.ASCEND,
      sortTarget: prng.chance(0.2) ? SortTarget.VALUE : SortTarget.KEY,
      keysOnly: prng.chance(0.1),
      countOnly: prng.chance(0.1),
      minModRevision: bound(),
      maxModRevision: bound(),
      minCreateRevision: bound(),
      maxCreateRevision: bound(),
    });
  }

  #txn(known: Known, depth: number, freeKeys: Uint8Array[]): TxnRequest {
    const prng = this.#prng;
    const compare: Compare[] = [];
    for (let n = prng.below(3); n > 0; n--) compare.push(this.#compare(known));
    return TxnRequest.create({
      compare,
      success: this.#branch(known, depth, freeKeys),
      failure: prng.chance(0.5) ? this.#branch(known, depth, freeKeys) : [],
    });
  }

  #branch(known: Known, depth: number, freeKeys: Uint8Array[]): RequestOp[] {
    const prng = this.#prng;
    const ops: RequestOp[] = [];
    for (let n = prng.below(4); n > 0; n--) {
      const kind = prng.below(10);
      const key = kind < 6 ? freeKeys.pop() : undefined;
      if (key !== undefined && kind < 4) {
        ops.push(RequestOp.create({ requestPut: this.put(key, true) }));
      } else if (key !== undefined) {
        const requestDeleteRange = DeleteRangeRequest.create({ key, prevKv: prng.chance(0.3) });
        ops.push(RequestOp.create({ requestDeleteRange }));
      } else if (kind === 6 && depth > 1) {
        ops.push(RequestOp.create({ requestTxn: this.#txn(known, depth - 1, freeKeys) }));
      } else {
        ops.push(RequestOp.create({ requestRange: this.#range(known, false) }));
      }
    }
    return ops;
  }

  #compare(known: Known): Compare {
    const prng = this.#prng;
    const revision = prng.between(0, known.revision);
    const where = prng.chance(0.8) ? { key: this.key(), rangeEnd: EMPTY_BYTES } : this.keyRange();
    return Compare.create({
      ...where,
      result: prng.pick(Object.values(CompareResult)),
      ...prng.pick([
        { target: CompareTarget.VERSION, version: prng.below(4) },
        { target: CompareTarget.CREATE, createRevision: prng.chance(0.5) ? 0 : revision },
        { target: CompareTarget.MOD, modRevision: revision },
        { target: CompareTarget.VALUE, value: encodeUtf8(`v${prng.between(0, this.#values)}.`) },
      ]),
    });
  }
}
