/**
 * Sends this member's state to followers that need entries which are compacted here. Raft says from which index on a
 * state is of use; what goes out is a view of the backend once it has that much, which may be newer. Raft does not mind:
 * the follower's answer says how far it got.
 */
import type { Backend } from '../mvcc/index.js';
import type { Clock, LogSink } from '../platform/index.js';
import type { Snapshot, SnapshotMessage } from '../raft/index.js';
import { readStatePoint, type StateMachine } from '../state-machine/index.js';
import { EMPTY_BYTES, must } from '../stdx/index.js';
import { SNAPSHOT_RETRY_MS, SNAPSHOT_SENDS_MAX } from './limits.js';
import type { PeerNetwork } from './peer-network.js';
import { SnapshotBody } from './snapshot-body.js';
import { SnapshotPace, type SnapshotPaceParts } from './snapshot-pace.js';

export interface SnapshotSenderParts extends SnapshotPaceParts {
  readonly clusterId: bigint;
  readonly machine: StateMachine;
  readonly backend: Backend;
  readonly network: PeerNetwork;
  readonly clock: Clock;
  readonly sink: LogSink;
  /** What became of the snapshot to a peer. May be called from within {@link SnapshotSender.send}. */
  report(peer: bigint, ok: boolean): void;
}

export class SnapshotSender {
  readonly #parts: SnapshotSenderParts;
  /** All that are on their way share it. */
  readonly #pace: SnapshotPace;
  #durableIndex: number;
  /** Until the backend has what raft has promised. */
  #waiting: SnapshotMessage[] = [];
  readonly #sending = new Map<bigint, SnapshotBody>();
  /** When the last one to a peer failed. */
  readonly #failedAt = new Map<bigint, number>();
  #stopped = false;
  /** States that were taken whole, and those that were not. */
  sentCount = 0;
  failedCount = 0;

  constructor(parts: SnapshotSenderParts) {
    this.#parts = parts;
    this.#pace = new SnapshotPace(parts);
    this.#durableIndex = parts.machine.appliedIndex;
  }

  /** What raft may announce now. */
  offer(): Snapshot | null {
    const { appliedIndex, appliedTerm, confState } = this.#parts.machine;
    if (appliedIndex === 0 || this.#stopped) return null;
    return { index: appliedIndex, term: appliedTerm, confState, data: EMPTY_BYTES };
  }

  /** How many are on their way. */
  get sendingCount(): number {
    return this.#sending.size + this.#waiting.length;
  }

  send(message: SnapshotMessage): void {
    const { to } = message;
    const isKnown = this.#sending.has(to) || this.#waiting.some((waiting) => waiting.to === to);
    const failedAt = this.#failedAt.get(to) ?? Number.NEGATIVE_INFINITY;
    const isTooSoon = this.#parts.clock.now() < failedAt + SNAPSHOT_RETRY_MS;
    if (this.#stopped || isKnown || isTooSoon || this.sendingCount >= SNAPSHOT_SENDS_MAX) {
      // It comes back here with the peer's next sign of life.
      this.#parts.report(to, false);
      return;
    }
    this.#waiting.push(message);
    this.#startDue();
  }

  /** The backend has everything up to `index`. */
  noteDurable(index: number): void {
    if (index > this.#durableIndex) this.#durableIndex = index;
    if (this.#waiting.length > 0) this.#startDue();
  }

  /** Lets go of all views. */
  stop(): void {
    this.#stopped = true;
    this.#waiting = [];
    for (const body of this.#sending.values()) body.close();
  }

  #startDue(): void {
    const due = this.#waiting.filter(({ snapshot }) => snapshot.index <= this.#durableIndex);
    this.#waiting = this.#waiting.filter(({ snapshot }) => snapshot.index > this.#durableIndex);
    for (const message of due) this.#start(message);
  }

  #start(message: SnapshotMessage): void {
    const { backend, clusterId, clock, network, sink } = this.#parts;
    const view = backend.snapshot();
    const point = must(readStatePoint(view), 'a backend that is durable up to an index says so');
    const header = { clusterId, index: point.index, term: point.term };
    const body = new SnapshotBody(view, header, clock, this.#pace);
    const { to } = message;
    const fields = { to: to.toString(16), index: point.index, term: point.term };
    const began = clock.now();
    this.#sending.set(to, body);
    sink.log('info', 'sending a snapshot', fields);
    network.sendSnapshot({ ...message, snapshot: { ...point, data: EMPTY_BYTES } }, body, (ok) => {
      body.close();
      this.#sending.delete(to);
      if (ok) this.sentCount++;
      else this.failedCount++;
      if (ok) this.#failedAt.delete(to);
      else this.#failedAt.set(to, clock.now());
      sink.log(ok ? 'info' : 'warn', ok ? 'a snapshot was sent' : 'a snapshot was not taken', {
        ...fields,
        records: body.recordCount,
        bytes: body.byteCount,
        took: `${Math.round(clock.now() - began)}ms`,
      });
      if (!this.#stopped) this.#parts.report(to, ok);
    });
  }
}
