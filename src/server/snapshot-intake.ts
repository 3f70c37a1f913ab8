/**
 * Takes in another member's state: its records go into a staged backend and into a store that is built beside the one
 * that serves, a little at a time. The record that makes the state whole comes last, when all else is checked and
 * durable: what lacks it after a crash was never complete.
 */
import type { StagedBackend, StoreBuilder, Table } from '../mvcc/index.js';
import type { Clock } from '../platform/index.js';
import { type Snapshot, sameConfState } from '../raft/index.js';
import {
  type Identity,
  isAppliedRecord,
  isIdentityRecord,
  readStatePoint,
  writeIdentity,
} from '../state-machine/index.js';
import { assert, MalformedError } from '../stdx/index.js';
import {
  SNAPSHOT_COMMIT_BYTES,
  SNAPSHOT_COMMIT_RECORDS,
  SNAPSHOT_COMMITS_MAX,
  SNAPSHOT_LOAD_SLICE_MS,
} from './limits.js';
import type { SnapshotWriter } from './peer-network.js';
import { SnapshotDecoder, type SnapshotHeader } from './snapshot-format.js';

interface StagedRecord {
  readonly table: Table;
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** A whole state that waits to be put in place. */
export interface StagedState {
  readonly snapshot: Snapshot;
  readonly staged: StagedBackend;
  readonly builder: StoreBuilder;
}

export interface SnapshotIntakeParts {
  /** What was announced: index, term and configuration must come out of the records. */
  readonly snapshot: Snapshot;
  readonly identity: Identity;
  readonly clock: Clock;
  /** Begins to stage; called once. */
  stage(): Promise<StagedBackend>;
  readonly builder: StoreBuilder;
  /** All is there and durable. What it throws is what `finish` rejects with. */
  onComplete(state: StagedState): void;
  /** It came to nothing, and nothing is left of it; `error` is why, if it was not given up by the sender. */
  onDropped(error: Error | undefined): void;
}

export class SnapshotIntake implements SnapshotWriter {
  readonly #parts: SnapshotIntakeParts;
  readonly #decoder: SnapshotDecoder;
  readonly #staging: Promise<StagedBackend>;
  #batch: StagedRecord[] = [];
  #batchBytes = 0;
  readonly #commits: Promise<void>[] = [];
  /** Kept back until the end. */
  #applied: StagedRecord | undefined;
  #bytes = 0;
  #state: 'open' | 'complete' | 'dropped' = 'open';

  constructor(parts: SnapshotIntakeParts) {
    this.#parts = parts;
    this.#decoder = new SnapshotDecoder({
      header: (header) => this.#checkHeader(header),
      record: (table, key, value) => this.#take(table, key, value),
    });
    this.#staging = parts.stage();
    this.#staging.catch(() => {});
  }

  get recordCount(): number {
    return this.#decoder.recordCount;
  }

  get byteCount(): number {
    return this.#bytes;
  }

  async write(chunk: Uint8Array): Promise<void> {
    await this.#attempt(async () => {
      this.#bytes += chunk.length;
      this.#decoder.push(chunk);
      while (this.#decoder.step()) {
        await this.#commitBatches(SNAPSHOT_COMMIT_BYTES, SNAPSHOT_COMMIT_RECORDS);
        await this.#nextTurn();
      }
    });
  }

  async finish(): Promise<void> {
    await this.#attempt(async () => {
      if (!this.#decoder.isComplete) throw new MalformedError('the snapshot ends too early');
      await this.#commitBatches(0, 0);
      const staged = await this.#staging;
      await Promise.all(this.#commits.splice(0));
      await this.#load();
      await this.#makeWhole(staged);
      const { snapshot, builder } = this.#parts;
      this.#state = 'complete';
      this.#parts.onComplete({ snapshot, staged, builder });
    });
  }

  abort(): void {
    void this.#drop(undefined);
  }

  /** Does a part of the work, unless it was given up meanwhile; gives up if it fails. */
  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      this.#assertOpen();
      await work();
    } catch (error) {
      await this.#drop(error as Error);
      throw error;
    }
  }

  #assertOpen(): void {
    if (this.#state !== 'open') throw new Error('the snapshot was given up');
  }

  #checkHeader({ clusterId, index, term }: SnapshotHeader): void {
    const { snapshot, identity } = this.#parts;
    if (clusterId !== identity.clusterId) throw new MalformedError('the snapshot is of another cluster');
    if (index !== snapshot.index || term !== snapshot.term) {
      throw new MalformedError('the snapshot is not the one that was announced');
    }
  }

  #take(table: Table, key: Uint8Array, value: Uint8Array): void {
    if (isIdentityRecord(table, key)) throw new MalformedError('a snapshot says whose backend it was');
    const record = { table, key, value };
    if (isAppliedRecord(table, key)) {
      this.#applied = record;
      return;
    }
    if (table === 'key') this.#parts.builder.add(key, value);
    this.#batch.push(record);
    this.#batchBytes += key.length + value.length;
  }

  /** Commits what is gathered if it is more than so much. Waits while too many transactions are under way. */
  async #commitBatches(bytesMax: number, recordsMax: number): Promise<void> {
    if (this.#batchBytes <= bytesMax && this.#batch.length <= recordsMax) return;
    const staged = await this.#staging;
    this.#assertOpen();
    const batch = this.#batch;
    this.#batch = [];
    this.#batchBytes = 0;
    const commit = staged.commit((tx) => {
      for (const { table, key, value } of batch) tx.put(table, key, value);
    });
    commit.catch(() => {});
    this.#commits.push(commit);
    if (this.#commits.length > SNAPSHOT_COMMITS_MAX) await this.#commits.shift();
  }

  /** Loads the index in slices. */
  async #load(): Promise<void> {
    const { builder, clock } = this.#parts;
    for (let isMore = true; isMore; ) {
      await this.#nextTurn();
      const began = clock.now();
      do isMore = builder.load();
      while (isMore && clock.now() - began < SNAPSHOT_LOAD_SLICE_MS);
    }
  }

  async #makeWhole(staged: StagedBackend): Promise<void> {
    const applied = this.#applied;
    if (applied === undefined) throw new MalformedError('the snapshot does not say how far it is');
    await staged.commit((tx) => {
      writeIdentity(tx, this.#parts.identity);
      tx.put(applied.table, applied.key, applied.value);
    });
    this.#assertOpen();
    const { snapshot } = this.#parts;
    const point = readStatePoint(staged);
    assert(point !== undefined, 'what was committed is there');
    const isSame = point.index === snapshot.index && point.term === snapshot.term;
    if (!isSame || !sameConfState(point.confState, snapshot.confState)) {
      throw new MalformedError('the records of the snapshot are of another state than its header says');
    }
  }

  async #nextTurn(): Promise<void> {
    await new Promise<void>((resolve) => this.#parts.clock.defer(resolve));
    this.#assertOpen();
  }

  async #drop(error: Error | undefined): Promise<void> {
    if (this.#state !== 'open') return;
    this.#state = 'dropped';
    this.#batch = [];
    try {
      const staged = await this.#staging;
      await Promise.allSettled(this.#commits.splice(0));
      await staged.discard();
    } catch {
      // Whoever stages next meets the same trouble, and says so.
    }
    this.#parts.onDropped(error);
  }
}
