import type { RaftCore } from '../core.js';
import type { HeartbeatMessage } from '../message.js';

/** The leader is alive; what it says is committed is known to be here. */
export function receiveHeartbeat(raft: RaftCore, message: HeartbeatMessage): void {
  raft.log.commitTo(message.commit);
  raft.send({
    kind: 'heartbeat-response',
    from: raft.id,
    to: message.from,
    term: raft.term,
    readRound: message.readRound,
  });
}
