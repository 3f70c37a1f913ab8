/** A node in a script: the core, its stable storage, its state machine, and the work its storage threads have to do. */
import { assert, EMPTY_BYTES } from '../../stdx/index.js';
import { decodeConfChange } from '../confchange/codec.js';
import type { RaftConfig } from '../config.js';
import type { ConfState, Entry, HardState, NodeId } from '../entry.js';
import { EMPTY_CONF_STATE, EntryKind, NOBODY } from '../entry.js';
import type { RaftEvent } from '../event.js';
import { MemoryStorage } from '../log/memory-storage.js';
import type { Message, Snapshot } from '../message.js';
import { RaftNode } from '../node.js';
import type { Update } from '../update.js';
import type { MessageParts } from './describe.js';
import { idName, MESSAGE_NAMES, messageParts } from './describe.js';

const APPEND_THREAD = 'AppendThread';
const APPLY_THREAD = 'ApplyThread';

/** A message on its way, or a storage thread's answer. */
export interface Queued {
  readonly to: NodeId;
  /** As in `deliver-msgs type=`. */
  readonly name: string;
  /** Between a node and itself or its threads: cannot be lost. */
  readonly local: boolean;
  readonly parts: MessageParts;
  readonly event: RaftEvent;
}

interface AppendItem {
  readonly parts: MessageParts;
  readonly hardState: HardState | null;
  readonly entries: readonly Entry[];
  readonly snapshot: Snapshot | null;
  readonly responses: readonly Queued[];
}

interface ApplyItem {
  readonly parts: MessageParts;
  readonly entries: readonly Entry[];
  readonly response: Queued;
}

export const queuedMessage = (message: Message): Queued => ({
  to: message.to,
  name: MESSAGE_NAMES[message.kind],
  local: message.from === message.to,
  parts: messageParts(message),
  event: { kind: 'receive', message },
});

const EMPTY_SNAPSHOT: Snapshot = { index: 0, term: 0, confState: EMPTY_CONF_STATE, data: EMPTY_BYTES };

export class ScriptNode {
  readonly id: NodeId;
  readonly storage = new MemoryStorage();
  raft: RaftNode;
  readonly appendWork: AppendItem[] = [];
  readonly applyWork: ApplyItem[] = [];
  /** The state after each applied entry, oldest first. */
  readonly history: Snapshot[];
  readonly #config: RaftConfig;
  #hardState: HardState | null = null;

  /** Starts from `bootstrap`, or from nothing. */
  constructor(config: RaftConfig, bootstrap: Snapshot | null) {
    this.id = config.id;
    this.#config = config;
    this.history = [bootstrap ?? EMPTY_SNAPSHOT];
    if (bootstrap !== null) this.storage.installSnapshot(bootstrap);
    this.storage.setSnapshotSource(() => this.latestSnapshot());
    this.raft = new RaftNode(config, this.storage);
  }

  latestSnapshot(): Snapshot {
    return this.history[this.history.length - 1]!;
  }

  get asyncStorageWrites(): boolean {
    return this.#config.asyncStorageWrites;
  }

  /** Loses what its threads have not done, and starts again from storage and state machine. */
  restart(): void {
    this.appendWork.length = 0;
    this.applyWork.length = 0;
    if (this.#hardState !== null) this.storage.setHardState(this.#hardState);
    const { confState, index } = this.latestSnapshot();
    this.storage.setConfState(confState);
    this.raft = new RaftNode({ ...this.#config, applied: index }, this.storage);
  }

  write(hardState: HardState | null, entries: readonly Entry[], snapshot: Snapshot | null): void {
    if (hardState !== null) {
      this.#hardState = hardState;
      this.storage.setHardState(hardState);
    }
    if (snapshot !== null) {
      assert(entries.length === 0, 'a snapshot comes without entries');
      assert(this.storage.installSnapshot(snapshot), 'a snapshot to install is newer than the installed one');
    }
    this.storage.append(entries);
  }

  apply(entries: readonly Entry[]): void {
    for (const entry of entries) {
      let confState: ConfState = this.latestSnapshot().confState;
      if (entry.kind !== EntryKind.NORMAL) {
        confState = this.raft.applyConfChange(decodeConfChange(entry.kind, entry.data));
      }
      this.history.push({ index: entry.index, term: entry.term, confState, data: EMPTY_BYTES });
    }
  }

  /** The asynchronous contract's write, as a message to the append thread; null if there is nothing to write. */
  appendItem(update: Update): AppendItem | null {
    if (update.append === null) return null;
    const self = idName(this.id);
    const { hardState, entries, snapshot } = update;
    const { responses, ack } = update.append;
    const queued = responses.map(queuedMessage);
    if (ack !== null) {
      const name = 'MsgStorageAppendResp';
      const { term, indexTerm: logTerm, index, snapshot: installed } = ack;
      const parts = { from: APPEND_THREAD, to: self, name, term, logTerm, index, snapshot: installed };
      queued.push({
        to: this.id,
        name,
        local: true,
        parts,
        event: { kind: 'persisted', append: { responses: [], ack } },
      });
    }
    const parts: MessageParts = {
      from: self,
      to: APPEND_THREAD,
      name: 'MsgStorageAppend',
      term: hardState?.term ?? 0,
      commit: hardState?.commit ?? 0,
      vote: hardState?.vote ?? NOBODY,
      entries,
      snapshot,
    };
    return { parts, hardState, entries, snapshot, responses: queued };
  }

  /** The asynchronous contract's applying, as a message to the apply thread. */
  applyItem(update: Update): ApplyItem | null {
    const entries = update.committedEntries;
    if (entries.length === 0) return null;
    const self = idName(this.id);
    const name = 'MsgStorageApplyResp';
    const response: Queued = {
      to: this.id,
      name,
      local: true,
      parts: { from: APPLY_THREAD, to: self, name, entries },
      event: { kind: 'applied', index: entries[entries.length - 1]!.index },
    };
    const parts = { from: self, to: APPLY_THREAD, name: 'MsgStorageApply', entries };
    return { parts, entries, response };
  }
}
