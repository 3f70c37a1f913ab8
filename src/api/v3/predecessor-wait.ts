/** Waits until a key is the first in a queue of keys, and looks whether it is there still: both in one read. */
import { EVENT_DELETE, type WatchableStore, type Watcher, type WatchSink } from '../../mvcc/index.js';
import { copyOf, EMPTY_BYTES } from '../../stdx/index.js';
import { type CallerKv, firstFound, rangeOp, type TxnContinuation } from './caller-kv.js';
import { type KeyInterval, youngestBefore } from './queue-keys.js';

/** What is delivered goes no further than this member. */
const ALWAYS_READY = { ready: true };

export interface OwnKey {
  readonly key: Uint8Array;
  readonly createRevision: number;
}

export class PredecessorWait implements WatchSink {
  readonly reader = ALWAYS_READY;
  readonly #kv: CallerKv;
  readonly #store: WatchableStore;
  readonly #keys: KeyInterval;
  readonly #key: Uint8Array;
  readonly #createRevision: number;
  readonly #done: TxnContinuation;
  #watcher: Watcher | undefined;
  #isOver = false;
  #isAskingSoon = false;

  /**
   * Calls back when no key of the interval was created before the own one. The second operation of the answer is a range
   * of the own key.
   */
  constructor(kv: CallerKv, store: WatchableStore, keys: KeyInterval, own: OwnKey, done: TxnContinuation) {
    this.#kv = kv;
    this.#store = store;
    this.#keys = keys;
    this.#key = own.key;
    this.#createRevision = own.createRevision;
    this.#done = done;
    this.#askSoon();
  }

  cancel(): void {
    this.#isOver = true;
    this.#stopWatching();
  }

  deliver(): void {
    this.#askSoon();
  }

  /** What happened to the key is not known any more; its state is. */
  compacted(): void {
    this.#askSoon();
  }

  /** Not from within the turn in which entries are applied or events are handed out. */
  #askSoon(): void {
    if (this.#isAskingSoon) return;
    this.#isAskingSoon = true;
    this.#kv.context.member.clock.defer(() => {
      this.#isAskingSoon = false;
      if (this.#isOver) return;
      this.#stopWatching();
      this.#ask();
    });
  }

  #ask(): void {
    const before = youngestBefore(this.#keys, this.#createRevision);
    const request = { compare: [], success: [before, rangeOp({ key: this.#key })], failure: [] };
    this.#kv.txn(request, (answer) => {
      if (this.#isOver) return;
      const found = firstFound(answer, 0);
      if (found !== undefined) return this.#watch(copyOf(found.key), answer.header!.revision + 1);
      this.#isOver = true;
      this.#done(answer);
    });
  }

  #watch(key: Uint8Array, startRevision: number): void {
    const spec = { key, rangeEnd: EMPTY_BYTES, startRevision, eventMask: EVENT_DELETE, prevKv: false };
    this.#watcher = this.#store.watch(spec, this);
  }

  #stopWatching(): void {
    if (this.#watcher !== undefined) this.#store.cancel(this.#watcher);
    this.#watcher = undefined;
  }
}
