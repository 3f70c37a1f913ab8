import type { RaftCore } from '../core.js';
import { releaseConfirmedReads } from '../leader/reads.js';
import { maybeSendAppend } from '../leader/replication.js';
import type { HeartbeatResponseMessage } from '../message.js';

/** A follower is reachable: whatever was lost may be sent again, and reads of its round are a vote nearer. */
export function receiveHeartbeatResponse(raft: RaftCore, message: HeartbeatResponseMessage): void {
  const from = raft.tracker.get(message.from);
  if (from === null) return;
  from.recentActive = true;
  if (from.probesDue > 0) {
    from.probesDue--;
    from.flowPaused = false;
    // With a full window this sends an empty append, whose ack or refusal tells what became of the window.
    if (from.match < raft.log.lastIndex() || from.state === 'probe') maybeSendAppend(raft, from, true);
  }
  if (message.readRound <= from.readRound || message.readRound > raft.reads.round) return;
  from.readRound = message.readRound;
  releaseConfirmedReads(raft);
}
