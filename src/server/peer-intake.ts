/** What other members send to this one, and what its network says of them. */
import type { Clock } from '../platform/index.js';
import type { Message, ProposeMessage, RaftNode, SnapshotMessage } from '../raft/index.js';
import type { LeaseResponder } from './lease-forwarder.js';
import type { PeerReceiver, SnapshotWriter } from './peer-network.js';
import type { Proposals } from './proposals.js';
import type { Reconfiguration } from './reconfiguration.js';
import type { Roster } from './roster.js';
import type { SnapshotExchange } from './snapshot-exchange.js';

export interface PeerIntakeParts {
  readonly node: RaftNode;
  readonly clock: Clock;
  readonly proposals: Proposals;
  readonly reconfiguration: Reconfiguration;
  readonly snapshots: SnapshotExchange;
  readonly roster: Roster;
  readonly leases: LeaseResponder;
  isStopped(): boolean;
  /** Does it, or fails the member. */
  guard(work: () => void): void;
  /** Has what follows from it be done after the input at hand. */
  schedule(): void;
}

export class PeerIntake implements PeerReceiver {
  readonly leases: LeaseResponder;
  readonly #parts: PeerIntakeParts;
  /** For how long it is worth while to pass on what was forwarded to this member: a change of leaders takes that long. */
  readonly #adoptedMs: number;

  constructor({ electionMs }: { readonly electionMs: number }, parts: PeerIntakeParts) {
    this.leases = parts.leases;
    this.#parts = parts;
    this.#adoptedMs = 2 * electionMs;
  }

  /** All messages of a turn are stepped first; what follows from them is done once. */
  receive(message: Message): void {
    const { isStopped, guard, reconfiguration, node, schedule } = this.#parts;
    if (isStopped()) return;
    guard(() => {
      const result = node.step({ kind: 'receive', message: reconfiguration.judgeForwarded(message) });
      if (message.kind === 'propose' && result !== 'ok') this.#adopt(message);
    });
    schedule();
  }

  /**
   * A member that hands its leadership over, or has lost it, is still taken for the leader by others. What they forward goes on
   * to the next one: they will not send it again, and whoever waits there would wait in vain.
   */
  #adopt({ entries }: ProposeMessage): void {
    const { proposals, clock } = this.#parts;
    proposals.adopt(entries, clock.now() + this.#adoptedMs);
  }

  beginSnapshot(message: SnapshotMessage): SnapshotWriter | undefined {
    return this.#parts.snapshots.begin(message);
  }

  unreachable(peer: bigint): void {
    const { isStopped, guard, node } = this.#parts;
    if (!isStopped()) guard(() => void node.step({ kind: 'report-unreachable', peer }));
  }

  removed(): void {
    this.#parts.roster.told();
  }
}
