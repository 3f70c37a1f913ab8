/** Listens to what goes into a member's raft node and comes out of it, in one life. */
import {
  type Message,
  type ProposedEntry,
  type RaftCore,
  type RaftEvent,
  RaftNode,
  type StepResult,
  type Update,
} from '../../raft/index.js';

export interface ProbeListener {
  /** Proposals of this member; as a leader it has appended them from `firstIndex` on. */
  proposed(probe: NodeProbe, entries: readonly ProposedEntry[], firstIndex: number): void;
  /** A leader has appended what a follower forwarded. */
  appendedForwarded(probe: NodeProbe, entries: readonly ProposedEntry[], firstIndex: number): void;
  readAsked(probe: NodeProbe, context: bigint): void;
  /** A follower's question has reached the leader. */
  readReceived(probe: NodeProbe, context: bigint): void;
  readConfirmed(probe: NodeProbe, context: bigint, index: number): void;
  readDropped(probe: NodeProbe, context: bigint): void;
}

export class NodeProbe {
  /** The machine's number. */
  readonly member: number;
  readonly core: RaftCore;
  /** Hexadecimal. */
  readonly raftId: string;
  lastTickMs: number;
  /** Writes that were ordered and are not durable. */
  writing = 0;
  readonly #listener: ProbeListener;
  readonly #now: () => number;

  constructor(member: number, node: RaftNode, now: () => number, listener: ProbeListener) {
    this.member = member;
    this.core = RaftNode.coreOf(node);
    this.raftId = node.id.toString(16);
    this.#now = now;
    this.lastTickMs = now();
    this.#listener = listener;
    const step = node.step.bind(node);
    const takeUpdate = node.takeUpdate.bind(node);
    node.step = (event) => {
      const lastIndex = this.core.log.lastIndex();
      const result = step(event);
      this.#stepped(event, result, lastIndex);
      return result;
    };
    node.takeUpdate = () => {
      const update = takeUpdate();
      this.#updated(update);
      return update;
    };
  }

  #stepped(event: RaftEvent, result: StepResult, lastIndex: number): void {
    switch (event.kind) {
      case 'tick':
        this.lastTickMs = this.#now();
        return;
      case 'persisted':
        this.writing--;
        return;
      case 'propose':
        if (result === 'ok') this.#listener.proposed(this, event.entries, lastIndex + 1);
        return;
      case 'read-index':
        if (result === 'ok') this.#listener.readAsked(this, event.context);
        return;
      case 'receive':
        return this.#received(event.message, result, lastIndex);
      default:
        return;
    }
  }

  #received(message: Message, result: StepResult, lastIndex: number): void {
    if (message.kind === 'propose' && result === 'ok' && this.core.isLeader) {
      this.#listener.appendedForwarded(this, message.entries, lastIndex + 1);
    } else if (message.kind === 'read-index' && this.core.isLeader) {
      this.#listener.readReceived(this, message.context);
    }
  }

  #updated({ append, readStates, readsDropped }: Update): void {
    if (append !== null) this.writing++;
    for (const { context, index } of readStates) this.#listener.readConfirmed(this, context, index);
    for (const context of readsDropped) this.#listener.readDropped(this, context);
  }
}
