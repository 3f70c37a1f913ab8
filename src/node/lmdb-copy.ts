/**
 * Copies an environment into a fresh one beside traffic: lmdb gives pages back to itself only, so a file that was once
 * large stays so. A view is copied in slices; commits go on meanwhile and are noted, and follow the view into the copy in
 * their order. For the last of them commits are held back, for as long as one takes; then the copy takes over.
 */
import { type BackendTransaction, TABLES, type Table } from '../mvcc/index.js';
import { assert, EMPTY_BYTES } from '../stdx/index.js';
import type { LmdbEnvironment } from './lmdb-environment.js';

/** Of one slice: some milliseconds of this thread's time. */
const SLICE_BYTES = 1024 * 1024;
const SLICE_RECORDS = 2000;
/** What may be noted while the view is copied; there is no use in a copy that never catches up. */
const NOTED_BYTES_MAX = 256 * 1024 * 1024;
/** Noted changes are written without holding commits back as long as there are more than these, so often. */
const ROUNDS_MAX = 20;

interface Change {
  readonly table: Table;
  readonly key: Uint8Array;
  /** Undefined: deleted. */
  readonly value: Uint8Array | undefined;
}

interface HeldCommit {
  readonly changes: readonly Change[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Why a copy came to nothing; the original is as it was. */
export class CopyAbandonedError extends Error {}

export class LmdbCopy {
  readonly #from: LmdbEnvironment;
  readonly #to: LmdbEnvironment;
  #noted: Change[] = [];
  #notedBytes = 0;
  #held: HeldCommit[] | undefined;
  #reason: string | undefined;

  constructor(from: LmdbEnvironment, to: LmdbEnvironment) {
    this.#from = from;
    this.#to = to;
  }

  /** Stands in for the original's commit while the copy is made. */
  commit(fill: (tx: BackendTransaction) => void): Promise<void> {
    if (this.#held !== undefined) return this.#hold(this.#held, fill);
    return this.#from.commit((tx) => {
      fill({
        put: (table, key, value) => {
          tx.put(table, key, value);
          // Its owner may change it once it is committed.
          this.#note({ table, key: key.slice(), value: value.slice() });
        },
        delete: (table, key) => {
          tx.delete(table, key);
          this.#note({ table, key: key.slice(), value: undefined });
        },
      });
    });
  }

  /** The copy is not wanted any more: {@link run} comes to an end soon. */
  abandon(reason: string): void {
    this.#reason ??= reason;
  }

  /**
   * Resolves after `takeOver`, which is called once the copy has all that was ever committed, and makes it the backend's
   * content. Rejects, with what was held back handed to the original, if it did not come to that; what `takeOver` throws
   * is fatal to all commits.
   */
  async run(takeOver: () => void): Promise<void> {
    try {
      // All that was handed over before it was noted is in the view.
      await this.#from.commit(() => {});
      this.#check();
      await this.#copyView();
      for (let round = 0; round < ROUNDS_MAX && this.#noted.length > SLICE_RECORDS; round++) {
        await this.#writeNoted();
      }
      this.#held = [];
      await this.#writeNoted();
    } catch (error) {
      this.#release(this.#from);
      throw error;
    }
    try {
      takeOver();
    } catch (error) {
      // Nobody knows which of the two files a start would find: nothing may be promised any more.
      this.#settleHeld(({ reject }) => reject(error));
      throw error;
    }
    this.#release(this.#to);
  }

  /** The original's content has been replaced: what is held back concerns nobody any more. */
  dropHeld(): void {
    this.#settleHeld(({ resolve }) => resolve());
  }

  #check(): void {
    if (this.#reason !== undefined) throw new CopyAbandonedError(this.#reason);
  }

  #note(change: Change): void {
    this.#notedBytes += change.key.length + (change.value?.length ?? 0);
    if (this.#notedBytes > NOTED_BYTES_MAX) this.abandon('more was written than could be copied');
    if (this.#reason === undefined) this.#noted.push(change);
    else this.#noted = [];
  }

  #hold(held: HeldCommit[], fill: (tx: BackendTransaction) => void): Promise<void> {
    const changes: Change[] = [];
    fill({
      put: (table, key, value) => void changes.push({ table, key, value }),
      delete: (table, key) => void changes.push({ table, key, value: undefined }),
    });
    return new Promise((resolve, reject) => void held.push({ changes, resolve, reject }));
  }

  #release(target: LmdbEnvironment): void {
    this.#settleHeld(({ changes, resolve, reject }) => {
      target.commit((tx) => write(tx, changes)).then(resolve, reject);
    });
  }

  #settleHeld(settle: (commit: HeldCommit) => void): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const commit of held) settle(commit);
  }

  async #copyView(): Promise<void> {
    const view = this.#from.snapshot();
    try {
      for (const table of TABLES) {
        let from: Uint8Array | undefined = EMPTY_BYTES;
        while (from !== undefined) {
          const slice: Change[] = [];
          let bytes = 0;
          view.scan(table, from, undefined, (key, value) => {
            slice.push({ table, key: key.slice(), value: value.slice() });
            bytes += key.length + value.length;
            return bytes < SLICE_BYTES && slice.length < SLICE_RECORDS;
          });
          from = successor(slice[slice.length - 1]?.key);
          if (slice.length > 0) await this.#to.commit((tx) => write(tx, slice));
          this.#check();
        }
      }
    } finally {
      view.close();
    }
  }

  async #writeNoted(): Promise<void> {
    const changes = this.#noted;
    this.#noted = [];
    this.#notedBytes = 0;
    if (changes.length > 0) await this.#to.commit((tx) => write(tx, changes));
    this.#check();
  }
}

function write(tx: BackendTransaction, changes: readonly Change[]): void {
  for (const { table, key, value } of changes) {
    assert(key.length > 0, 'records have keys');
    if (value === undefined) tx.delete(table, key);
    else tx.put(table, key, value);
  }
}

/** The least key behind `key`. */
function successor(key: Uint8Array | undefined): Uint8Array | undefined {
  if (key === undefined) return undefined;
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}
