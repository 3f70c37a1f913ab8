import { assert } from '../../stdx/index.js';
import { sameConfState } from '../confchange/conf-state.js';
import { restoreConfiguration } from '../confchange/restore.js';
import type { RaftCore } from '../core.js';
import type { Snapshot, SnapshotMessage } from '../message.js';
import { switchConfiguration } from '../reconfigure.js';
import type { TraceEvent } from '../trace.js';

type IgnoreReason = Extract<TraceEvent, { kind: 'snapshot-ignored' }>['reason'];

/** Why the snapshot is not installed, or null if it is to be. */
function ignoreReason(raft: RaftCore, snapshot: Snapshot): IgnoreReason | null {
  const { log, id } = raft;
  if (snapshot.index <= log.committed) return 'old';
  const { voters, learners, votersOutgoing } = snapshot.confState;
  // Learners to be are outgoing voters. A node outside would lose the configuration that could add it.
  if (!voters.includes(id) && !learners.includes(id) && !votersOutgoing.includes(id)) return 'not-member';
  if (log.matches(snapshot)) return 'log-has-it';
  return null;
}

function restore(raft: RaftCore, snapshot: Snapshot): void {
  const { log, id, tracker } = raft;
  const at = { index: snapshot.index, term: snapshot.term };
  raft.trace?.({ kind: 'snapshot-restoring', id, term: raft.term, log: log.pointers(), snapshot: at });
  log.restore(snapshot);
  switchConfiguration(raft, restoreConfiguration(snapshot.confState));
  assert(sameConfState(tracker.confState, snapshot.confState), 'the configuration is the snapshot’s');
  raft.trace?.({
    kind: 'snapshot-restored',
    id,
    term: raft.term,
    commit: log.committed,
    last: log.lastPosition(),
    snapshot: at,
  });
}

/** InstallSnapshot at a follower (thesis 5.3, paper figure 13). */
export function receiveSnapshot(raft: RaftCore, message: SnapshotMessage): void {
  const { snapshot } = message;
  const { log, id, term } = raft;
  assert(raft.role === 'follower', 'only a follower installs a snapshot');
  const reason = ignoreReason(raft, snapshot);
  if (reason === null) {
    restore(raft, snapshot);
  } else {
    // Our log has the snapshot's last entry, so all before it is committed as well (paper figure 13, rule 6).
    if (reason === 'log-has-it') log.commitTo(snapshot.index);
    const at = { index: snapshot.index, term: snapshot.term };
    raft.trace?.({ kind: 'snapshot-ignored', id, term, commit: log.committed, snapshot: at, reason });
  }
  raft.sendAfterAppend({
    kind: 'append-response',
    from: id,
    to: message.from,
    term,
    index: reason === null ? log.lastIndex() : log.committed,
    reject: false,
    hintIndex: 0,
    hintTerm: 0,
  });
}
