import type { RaftCore } from '../core.js';
import { NOBODY } from '../entry.js';
import type { StepResult } from '../event.js';
import { readAsLeader } from '../leader/reads.js';
import type { ReadIndexMessage, ReadIndexResponseMessage } from '../message.js';
import { refuseRead } from '../reads/answer.js';

/** This node wants a read index: it confirms one as leader, or asks the leader (thesis 6.4). */
export function requestReadIndex(raft: RaftCore, context: bigint): StepResult {
  raft.reads.useContext(context);
  if (raft.reads.full) return 'reads-full';
  if (raft.isLeader) {
    readAsLeader(raft, raft.id, context);
    return 'ok';
  }
  if (raft.leader === NOBODY) return 'no-leader';
  raft.reads.forward(context);
  raft.send({ kind: 'read-index', from: raft.id, to: raft.leader, context });
  return 'ok';
}

/** A follower asks. Whoever does not lead says so, instead of passing it on in circles. */
export function receiveReadIndex(raft: RaftCore, message: ReadIndexMessage): void {
  if (!raft.isLeader || raft.reads.full) refuseRead(raft, message.from, message.context);
  else readAsLeader(raft, message.from, message.context);
}

/** An answer counts once, and only while it is waited for. */
export function receiveReadIndexResponse(raft: RaftCore, message: ReadIndexResponseMessage): void {
  const { context, index } = message;
  if (!raft.reads.takeForwarded(context)) return;
  if (message.reject) raft.reads.dropped.push(context);
  else raft.reads.states.push({ context, index });
}
