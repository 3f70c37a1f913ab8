/**
 * Receives a leader's state and puts it in the place of this member's own. The order is what makes it safe: the staged
 * state is whole and durable before raft hears of it; raft's log gets its marker, durably, before the state is put in
 * place; and putting it in place is one step. A start after a crash finds either no marker, and drops what is staged,
 * or a marker beyond the backend, and promotes it (`recoverStaged`).
 */
import type { ReplaceableBackend } from '../mvcc/index.js';
import type { Clock, LogSink } from '../platform/index.js';
import type { Snapshot, SnapshotMessage } from '../raft/index.js';
import { type Identity, readStatePoint, type StateMachine } from '../state-machine/index.js';
import { assert } from '../stdx/index.js';
import type { SnapshotMarker } from '../storage/index.js';
import { SNAPSHOT_REST_MS } from './limits.js';
import type { SnapshotWriter } from './peer-network.js';
import { SnapshotIntake, type StagedState } from './snapshot-intake.js';

export interface SnapshotReceiverParts {
  readonly identity: Identity;
  readonly machine: StateMachine;
  readonly backend: ReplaceableBackend;
  readonly clock: Clock;
  readonly sink: LogSink;
  /** What raft knows to be committed. */
  commitIndex(): number;
  /** Steps the message and carries out what follows at once; {@link SnapshotReceiver.accept} may be called within. */
  receive(message: SnapshotMessage): void;
}

export class SnapshotReceiver {
  readonly #parts: SnapshotReceiverParts;
  #intake: SnapshotIntake | undefined;
  /** Of the leader that sends it. */
  #intakeTerm = 0;
  /** Until when nothing is taken, after something went wrong here. */
  #restUntil = Number.NEGATIVE_INFINITY;
  /** Whole, and known to raft once it is accepted; until it is in place, or gone. */
  #state: StagedState | undefined;
  #isAccepted = false;
  #stopped = false;
  /** Resolves when the intake under way has come to its end. */
  #ending: Promise<void> = Promise.resolve();
  installedCount = 0;

  constructor(parts: SnapshotReceiverParts) {
    this.#parts = parts;
  }

  /** Undefined while another one is under way, or when raft can answer without it. */
  begin(message: SnapshotMessage): SnapshotWriter | undefined {
    if (this.#stopped || this.#state !== undefined) return undefined;
    if (this.#intake !== undefined) {
      // A new leader need not wait for an old one, which may never come to an end; it tries again.
      if (message.term > this.#intakeTerm) this.#intake.abort();
      return undefined;
    }
    const { snapshot } = message;
    const { identity, machine, backend, clock, sink } = this.#parts;
    if (clock.now() < this.#restUntil) return undefined;
    if (snapshot.index <= this.#parts.commitIndex()) {
      this.#parts.receive(message);
      return undefined;
    }
    const began = clock.now();
    const fields = { from: message.from.toString(16), index: snapshot.index, term: snapshot.term };
    sink.log('info', 'receiving a snapshot', fields);
    let ended = (): void => {};
    this.#ending = new Promise((resolve) => {
      ended = resolve;
    });
    const intake = new SnapshotIntake({
      snapshot,
      identity,
      clock,
      builder: machine.store.builder(),
      stage: () => backend.stage(),
      onComplete: (state) => {
        const { recordCount: records, byteCount: bytes } = intake;
        const took = `${Math.round(clock.now() - began)}ms`;
        sink.log('info', 'a snapshot has come', { ...fields, records, bytes, took });
        this.#intake = undefined;
        void this.#handOver(message, state).finally(ended);
      },
      onDropped: (error) => {
        const reason = error?.message ?? 'the sender gave it up';
        sink.log('warn', 'a snapshot was dropped', { ...fields, records: intake.recordCount, reason });
        this.#intake = undefined;
        if (error !== undefined) this.#restUntil = clock.now() + SNAPSHOT_REST_MS;
        ended();
      },
    });
    this.#intake = intake;
    this.#intakeTerm = message.term;
    return intake;
  }

  /** Raft wants the snapshot installed: it is the one that it was told of. */
  accept(snapshot: Snapshot): void {
    assert(this.#state !== undefined && !this.#isAccepted, 'raft installs what is staged, once');
    assert(this.#state.snapshot.index === snapshot.index, 'raft installs the state that it was told of');
    this.#isAccepted = true;
  }

  /** Puts the accepted state in place. Its marker is durable in the log. */
  install(): void {
    const state = this.#state;
    assert(state !== undefined && this.#isAccepted, 'what raft has accepted is installed');
    const { machine, backend, sink } = this.#parts;
    state.staged.promote();
    machine.store.replace(state.builder);
    machine.restore(backend);
    assert(machine.appliedIndex === state.snapshot.index, 'the state is the one that was announced');
    this.#state = undefined;
    this.#isAccepted = false;
    this.installedCount++;
    const { index, term } = state.snapshot;
    sink.log('info', 'a snapshot was installed', { index, term, 'current-rev': machine.store.revision });
  }

  /** Gives up what is under way. What raft has accepted stays staged for the next start. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#intake?.abort();
    await this.#ending;
  }

  /** Tells raft of a state. What raft does not want is dropped; nothing is staged again before it is gone. */
  async #handOver(message: SnapshotMessage, state: StagedState): Promise<void> {
    this.#state = state;
    if (!this.#stopped) this.#parts.receive(message);
    if (this.#isAccepted) return;
    this.#parts.sink.log('info', 'a snapshot has come too late', { index: state.snapshot.index });
    try {
      await state.staged.discard();
      this.#state = undefined;
    } catch (error) {
      // The next start removes it; until then no other state can be staged, and the log keeps this member going.
      this.#parts.sink.log('warn', 'a snapshot could not be removed', { error: (error as Error).message });
    }
  }
}

/**
 * At a start: finishes or forgets what an earlier run has staged. Returns whether the backend's content was replaced.
 * Nothing but the backend may be in use yet.
 */
export async function recoverStaged(backend: ReplaceableBackend, marker: SnapshotMarker): Promise<boolean> {
  const staged = await backend.leftover();
  if (staged === undefined) return false;
  const own = readStatePoint(backend);
  const point = readStatePoint(staged);
  const isWanted =
    marker.index > (own?.index ?? 0) && point?.index === marker.index && point.term === marker.term;
  if (isWanted) staged.promote();
  else await staged.discard();
  return isWanted;
}
