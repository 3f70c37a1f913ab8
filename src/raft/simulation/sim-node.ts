/**
 * A node with a disk and a state machine that can crash. What `storage` holds is durable; writes that were ordered and not
 * yet done wait in `writes` and are lost in a crash, but for a prefix that happened to reach the disk unacknowledged.
 */
import { assert, EMPTY_BYTES } from '../../stdx/index.js';
import { decodeConfChange } from '../confchange/codec.js';
import type { RaftConfig } from '../config.js';
import type { ConfState, Entry, HardState, NodeId } from '../entry.js';
import { EntryKind } from '../entry.js';
import type { RaftEvent, StepResult } from '../event.js';
import { assertStep } from '../invariants.js';
import { MemoryStorage } from '../log/memory-storage.js';
import type { Message, Snapshot } from '../message.js';
import { RaftNode } from '../node.js';
import type { RaftStatus } from '../status.js';
import type { AppendWork, Update } from '../update.js';
import type { SafetyChecker } from './safety.js';

interface Write {
  readonly hardState: HardState | null;
  readonly entries: readonly Entry[];
  readonly snapshot: Snapshot | null;
  readonly append: AppendWork;
}

/** The state machine at an index. Its state is the sequence of entries itself, which the checker compares. */
interface Image {
  readonly index: number;
  readonly term: number;
  readonly confState: ConfState;
}

export class SimNode {
  readonly id: NodeId;
  readonly storage = new MemoryStorage();
  /** Null while crashed. */
  raft: RaftNode | null = null;
  writes: Write[] = [];
  batches: (readonly Entry[])[] = [];
  /** All entries as this life of the node sees them, written or not, behind `mirrorHead`. */
  mirror: Entry[] = [];
  mirrorHead = 0;
  #image: Image;
  /** Index of the last snapshot that raft has handed out: its configuration is in force since then. */
  #replacedTo = 0;
  /** What a restart finds of the state machine. */
  #savedImage: Image;
  readonly #config: RaftConfig;
  readonly #checker: SafetyChecker;
  readonly #send: (message: Message) => void;

  constructor(
    config: RaftConfig,
    bootstrap: Snapshot | null,
    empty: ConfState,
    checker: SafetyChecker,
    send: (message: Message) => void,
  ) {
    this.id = config.id;
    this.#config = config;
    this.#checker = checker;
    this.#send = send;
    if (bootstrap !== null) this.storage.installSnapshot(bootstrap);
    this.#image = bootstrap ?? { index: 0, term: 0, confState: empty };
    this.#savedImage = this.#image;
    this.storage.setSnapshotSource(() => this.#offerSnapshot());
    this.start();
  }

  #offerSnapshot(): Snapshot | null {
    const { index, term, confState } = this.#savedImage;
    return index < this.storage.firstIndex() - 1 || index === 0
      ? null
      : { index, term, confState, data: EMPTY_BYTES };
  }

  get applied(): number {
    return this.#image.index;
  }

  get confState(): ConfState {
    return this.#image.confState;
  }

  /** A follower's ability to compact depends on what it could restart from. */
  get savedIndex(): number {
    return this.#savedImage.index;
  }

  saveImage(): void {
    this.#savedImage = this.#image;
  }

  start(): void {
    assert(this.raft === null, 'only a crashed node starts');
    this.#image = this.#savedImage;
    this.#replacedTo = 0;
    this.storage.setConfState(this.#image.confState);
    this.mirrorHead = this.storage.firstIndex() - 1;
    const last = this.storage.lastIndex();
    this.mirror =
      last > this.mirrorHead ? [...this.storage.entries(this.mirrorHead + 1, last + 1, Infinity)] : [];
    this.raft = new RaftNode({ ...this.#config, applied: this.#image.index }, this.storage);
    this.#checker.started(this);
  }

  /** `survivors` ordered writes reach the disk after all; nobody will hear of that. */
  crash(survivors: number): void {
    for (const write of this.writes.slice(0, survivors)) this.#write(write);
    this.writes = [];
    this.batches = [];
    this.raft = null;
  }

  step(event: RaftEvent): StepResult {
    assert(this.raft !== null, 'a crashed node does nothing');
    const before = this.raft.status();
    const result = this.raft.step(event);
    this.#checker.checkDurable(this);
    this.#pump(before);
    return result;
  }

  #pump(before: RaftStatus): void {
    const raft = this.raft!;
    raft.assertInvariants();
    while (raft.hasUpdate()) {
      const update = raft.takeUpdate();
      this.#follow(update);
      for (const message of update.messages) this.#release(message);
      if (this.#config.asyncStorageWrites) this.#queueWork(update);
      else this.#completeNow(update);
      raft.assertInvariants();
    }
    const after = raft.status();
    assertStep(before, after);
    this.#checker.stepped(this, after);
  }

  #release(message: Message): void {
    this.#checker.sent(message);
    this.#send(message);
  }

  /** Keeps the mirror and reports reads. */
  #follow(update: Update): void {
    if (update.snapshot !== null) {
      this.#replacedTo = update.snapshot.index;
      this.mirror = [];
      this.mirrorHead = update.snapshot.index;
    }
    if (update.entries.length > 0) {
      this.mirror.length = update.entries[0]!.index - this.mirrorHead - 1;
      this.mirror.push(...update.entries);
      this.#checker.appended(this, update.entries);
    }
    for (const read of update.readStates) this.#checker.readAnswered(read);
    for (const context of update.readsDropped) this.#checker.readDropped(context);
  }

  #queueWork(update: Update): void {
    const { hardState, entries, snapshot, append } = update;
    if (append !== null) this.writes.push({ hardState, entries, snapshot, append });
    if (update.committedEntries.length > 0) this.batches.push(update.committedEntries);
  }

  #completeNow(update: Update): void {
    const { hardState, entries, snapshot } = update;
    this.#write({ hardState, entries, snapshot, append: { responses: [], ack: null } });
    this.#install(snapshot);
    this.#apply(update.committedEntries);
    this.raft!.advance();
    this.#checker.checkDurable(this);
  }

  #write({ hardState, entries, snapshot }: Write): void {
    if (hardState !== null) this.storage.setHardState(hardState);
    if (snapshot !== null) {
      this.storage.installSnapshot(snapshot);
      // The state machine's new state is durable with it, or the node could not restart.
      this.#savedImage = { index: snapshot.index, term: snapshot.term, confState: snapshot.confState };
    }
    this.storage.append(entries);
  }

  #install(snapshot: Snapshot | null): void {
    if (snapshot === null || snapshot.index <= this.#image.index) return;
    this.#checker.installed(snapshot);
    this.#image = { index: snapshot.index, term: snapshot.term, confState: snapshot.confState };
  }

  /** The oldest write becomes durable. */
  completeWrite(): void {
    const write = this.writes.shift();
    if (write === undefined) return;
    this.#write(write);
    this.#install(write.snapshot);
    for (const message of write.append.responses) if (message.to !== this.id) this.#release(message);
    this.step({ kind: 'persisted', append: write.append });
  }

  /** The oldest batch is applied. */
  applyBatch(): void {
    const batch = this.batches.shift();
    if (batch === undefined) return;
    this.#apply(batch);
    this.step({ kind: 'applied', index: batch[batch.length - 1]!.index });
  }

  #apply(entries: readonly Entry[]): void {
    for (const entry of entries) {
      // A snapshot has overtaken it, or is about to.
      if (entry.index <= Math.max(this.#image.index, this.#replacedTo)) continue;
      assert(entry.index === this.#image.index + 1, 'entries are applied in order');
      let { confState } = this.#image;
      if (entry.kind !== EntryKind.NORMAL) {
        confState = this.raft!.applyConfChange(decodeConfChange(entry.kind, entry.data));
        this.#checker.checkDurable(this);
      }
      this.#image = { index: entry.index, term: entry.term, confState };
      this.#checker.applied(this, entry, confState);
    }
  }

  /** The term of an entry as this life sees it; null if it is compacted or absent. */
  mirrorTerm(index: number): number | null {
    return this.mirror[index - this.mirrorHead - 1]?.term ?? null;
  }
}
