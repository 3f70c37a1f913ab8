/** States on their way from and to other members: what a member has to do with them. */
import type { RaftEvent, Snapshot, SnapshotMessage } from '../raft/index.js';
import type { MemberCounters } from './member-counters.js';
import type { MemberParts } from './member-parts.js';
import { isWithinReach, type PeerNetwork, type SnapshotWriter } from './peer-network.js';
import { SnapshotReceiver } from './snapshot-receiver.js';
import { SnapshotSender } from './snapshot-sender.js';

export interface ExchangeParts
  extends Pick<MemberParts, 'node' | 'log' | 'machine' | 'backend' | 'clock' | 'sink'> {
  readonly network: PeerNetwork;
  readonly counters: Pick<MemberCounters, 'pendingProposals'>;
  /** Bytes of the log in memory. */
  keptLogBytes(): number;
}

export class SnapshotExchange {
  readonly #parts: ExchangeParts;
  readonly #memberId: bigint;
  readonly #sender: SnapshotSender;
  readonly #receiver: SnapshotReceiver;

  /** `step` gives raft an event and carries out what follows at once. */
  constructor(
    identity: { readonly clusterId: bigint; readonly memberId: bigint },
    parts: ExchangeParts,
    step: (event: RaftEvent) => void,
  ) {
    const { clusterId, memberId } = identity;
    this.#parts = parts;
    this.#memberId = memberId;
    this.#sender = new SnapshotSender({
      ...parts,
      clusterId,
      pendingProposals: () => parts.counters.pendingProposals(),
      // Raft may be in the middle of handing out the very message.
      report: (peer, ok) => parts.clock.defer(() => step({ kind: 'report-snapshot', peer, ok })),
    });
    this.#receiver = new SnapshotReceiver({
      ...parts,
      identity: { clusterId, memberId },
      commitIndex: () => parts.node.commitIndex,
      receive: (message) => step({ kind: 'receive', message }),
    });
    parts.log.setSnapshotSource(() => this.#sender.offer());
  }

  /** Up to where all followers within reach have the log, or will have it with the state that is on its way to them. */
  followersHave(): number {
    const { node, network } = this.#parts;
    if (node.role !== 'leader') return Number.POSITIVE_INFINITY;
    let lowest = Number.POSITIVE_INFINITY;
    for (const progress of node.status().progress) {
      const { id, match, next, state, pendingSnapshot } = progress;
      if (id === this.#memberId || !isWithinReach(network, progress)) continue;
      // What streams ahead may get lost; a probe asks for the one entry behind what it stands on.
      const has = state === 'snapshot' ? pendingSnapshot : state === 'probe' ? next - 1 : match;
      lowest = Math.min(lowest, Math.max(match, has));
    }
    return lowest;
  }

  noteDurable(index: number): void {
    this.#sender.noteDurable(index);
  }

  send(message: SnapshotMessage): void {
    this.#sender.send(message);
  }

  begin(message: SnapshotMessage): SnapshotWriter | undefined {
    return this.#receiver.begin(message);
  }

  accept(snapshot: Snapshot): void {
    this.#receiver.accept(snapshot);
  }

  install(): void {
    this.#receiver.install();
    this.#sender.noteDurable(this.#parts.machine.appliedIndex);
  }

  /** Ends what is under way, in both directions. */
  async stop(): Promise<void> {
    this.#sender.stop();
    await this.#receiver.stop();
  }
}
