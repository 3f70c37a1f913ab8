/** Waits until a place in a queue of keys is the first. */
import { EVENT_DELETE, type WatchableStore, type Watcher, type WatchSink } from '../../mvcc/index.js';
import { copyOf, EMPTY_BYTES } from '../../stdx/index.js';
import { always, type CallerKv, firstFound } from './caller-kv.js';
import { type KeyInterval, youngestBefore } from './queue-keys.js';

/** What is delivered goes no further than this member. */
const ALWAYS_READY = { ready: true };

export class PredecessorWait implements WatchSink {
  readonly reader = ALWAYS_READY;
  readonly #kv: CallerKv;
  readonly #store: WatchableStore;
  readonly #keys: KeyInterval;
  readonly #createRevision: number;
  readonly #done: () => void;
  #watcher: Watcher | undefined;
  #isOver = false;
  #isAskingSoon = false;

  /** Calls back when no key of the interval was created before `createRevision`. */
  constructor(
    kv: CallerKv,
    store: WatchableStore,
    keys: KeyInterval,
    createRevision: number,
    done: () => void,
  ) {
    this.#kv = kv;
    this.#store = store;
    this.#keys = keys;
    this.#createRevision = createRevision;
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
    this.#kv.txn(always(youngestBefore(this.#keys, this.#createRevision)), (answer) => {
      if (this.#isOver) return;
      const before = firstFound(answer, 0);
      if (before !== undefined) return this.#watch(copyOf(before.key), answer.header!.revision + 1);
      this.#isOver = true;
      this.#done();
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
