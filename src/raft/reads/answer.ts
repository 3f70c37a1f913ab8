import type { RaftCore } from '../core.js';
import type { NodeId } from '../entry.js';

/** The read of `from` may go ahead at `index`. */
export function answerRead(raft: RaftCore, from: NodeId, context: bigint, index: number): void {
  if (from === raft.id) raft.reads.states.push({ context, index });
  else raft.send({ kind: 'read-index-response', from: raft.id, to: from, context, index, reject: false });
}

/** Says that a read will not be answered: a read that fails at once can be tried again, one that hangs cannot. */
export function refuseRead(raft: RaftCore, from: NodeId, context: bigint): void {
  raft.trace?.({ kind: 'read-dropped', id: raft.id, term: raft.term, context, from });
  if (from === raft.id) raft.reads.dropped.push(context);
  else raft.send({ kind: 'read-index-response', from: raft.id, to: from, context, index: 0, reject: true });
}

/** Gives up every read that this node was asked to confirm as a leader. */
export function dropReads(raft: RaftCore): void {
  for (const { from, context } of raft.reads.takeAll()) refuseRead(raft, from, context);
}
