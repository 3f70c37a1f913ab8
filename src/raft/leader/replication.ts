/** What a leader sends to the others: entries, snapshots, heartbeats (thesis 3.5, 5.3); and when an entry is committed. */
import { assert } from '../../stdx/index.js';
import type { RaftCore } from '../core.js';
import type { Entry, NodeId } from '../entry.js';
import { PROBES_DUE_MAX } from '../limits.js';
import type { Snapshot } from '../message.js';
import type { Progress } from '../progress/progress.js';

function payloadBytes(entries: readonly Entry[]): number {
  let bytes = 0;
  for (const entry of entries) bytes += entry.data.length;
  return bytes;
}

/**
 * Sends `to` what it needs next: entries, or a snapshot if they are compacted. An append without entries is sent only if
 * `evenEmpty`; it carries the commit index and probes the log. False if nothing was sent.
 */
export function maybeSendAppend(raft: RaftCore, to: Progress, evenEmpty: boolean): boolean {
  if (to.paused) return false;
  const log = raft.log;
  const prevIndex = to.next - 1;
  const prevTerm = log.term(prevIndex);
  if (prevTerm === null) return maybeSendSnapshot(raft, to);
  const windowFull = to.state === 'replicate' && to.inflights.full;
  const entries = windowFull ? [] : log.entriesFrom(to.next, raft.config.bytesPerMessageMax);
  if (entries === null) return maybeSendSnapshot(raft, to);
  if (entries.length === 0 && !evenEmpty) return false;
  raft.send({
    kind: 'append',
    from: raft.id,
    to: to.id,
    term: raft.term,
    prevIndex,
    prevTerm,
    commit: log.committed,
    entries,
  });
  to.sentAppend(entries.length, payloadBytes(entries), log.committed);
  return true;
}

function isMember({ confState }: Snapshot, id: NodeId): boolean {
  const { voters, votersOutgoing, learners } = confState;
  return voters.includes(id) || votersOutgoing.includes(id) || learners.includes(id);
}

function maybeSendSnapshot(raft: RaftCore, to: Progress): boolean {
  // To a silent follower a snapshot would only be lost; its next sign of life comes back here.
  if (!to.recentActive) return false;
  const snapshot = raft.log.snapshot();
  if (snapshot === null || !isMember(snapshot, to.id)) {
    // Who is not in a snapshot's configuration ignores it. The owner makes newer ones; heartbeats come back here.
    const reason = snapshot === null ? 'none' : 'older-than-member';
    raft.trace?.({ kind: 'snapshot-awaited', id: raft.id, term: raft.term, progress: to.status(), reason });
    return false;
  }
  assert(snapshot.index > 0, 'what was compacted is in a snapshot');
  if (raft.trace !== null) {
    const at = { index: snapshot.index, term: snapshot.term };
    const base = { id: raft.id, term: raft.term, progress: to.status() };
    const { committed: commit } = raft.log;
    raft.trace({ kind: 'snapshot-sent', ...base, firstIndex: raft.log.firstIndex(), commit, snapshot: at });
  }
  to.becomeSnapshot(snapshot.index);
  raft.trace?.({ kind: 'replication-paused', id: raft.id, term: raft.term, progress: to.status() });
  raft.send({ kind: 'snapshot', from: raft.id, to: to.id, term: raft.term, snapshot });
  return true;
}

/** One append to everybody who is not paused, even if it has nothing but the commit index. */
export function broadcastAppend(raft: RaftCore): void {
  for (const progress of raft.tracker.members) {
    if (progress.id !== raft.id) maybeSendAppend(raft, progress, true);
  }
}

/** The regular heartbeats; their answers also make up for lost appends. */
export function tickHeartbeat(raft: RaftCore): void {
  for (const progress of raft.tracker.members) {
    if (progress.probesDue < PROBES_DUE_MAX) progress.probesDue++;
  }
  broadcastHeartbeat(raft);
}

/** Heartbeats to everybody, which also begin the round that reads are waiting for. */
export function broadcastHeartbeat(raft: RaftCore): void {
  const reads = raft.reads;
  reads.beginRound();
  const committed = raft.log.committed;
  for (const progress of raft.tracker.members) {
    if (progress.id === raft.id) {
      progress.readRound = reads.round;
      continue;
    }
    // Beyond `match` the follower may hold entries of a deposed leader, which must not be committed.
    const commit = progress.match < committed ? progress.match : committed;
    raft.send({
      kind: 'heartbeat',
      from: raft.id,
      to: progress.id,
      term: raft.term,
      commit,
      readRound: reads.round,
    });
    progress.sentCommit = commit;
  }
}

/**
 * Commits what a quorum holds, if it is of this term: entries of earlier terms are never committed by counting, only by
 * what follows them (thesis 3.6.2, figure 8). True if the commit index advanced.
 */
export function maybeCommit(raft: RaftCore): boolean {
  const index = raft.tracker.committedIndex();
  assert(index !== Infinity, 'a leader has voters');
  if (index <= raft.log.committed || raft.log.term(index) !== raft.term) return false;
  raft.log.commitTo(index);
  return true;
}
