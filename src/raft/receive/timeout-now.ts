import type { RaftCore } from '../core.js';
import { startElection } from '../election.js';
import type { TimeoutNowMessage } from '../message.js';

/** The leader wants this node to take over: no pre-vote, which its own lease would refuse (thesis 3.10). */
export function receiveTimeoutNow(raft: RaftCore, message: TimeoutNowMessage): void {
  raft.trace?.({ kind: 'timeout-now-received', id: raft.id, term: raft.term, from: message.from });
  startElection(raft, 'transfer');
}
