import { assert } from '../../stdx/index.js';
import type { RaftCore } from '../core.js';
import type { Entry } from '../entry.js';
import type { AppendMessage } from '../message.js';

/** Accepts what is acknowledged, or says where the logs may meet. */
function respond(raft: RaftCore, to: AppendMessage, index: number): void {
  const { id, term } = raft;
  raft.sendAfterAppend({
    kind: 'append-response',
    from: id,
    to: to.from,
    term,
    index,
    reject: false,
    hintIndex: 0,
    hintTerm: 0,
  });
}

function traceConflict(raft: RaftCore, index: number, conflictingTerm: number): void {
  const existingTerm = raft.log.term(index) ?? 0;
  raft.trace?.({
    kind: 'append-conflict',
    id: raft.id,
    term: raft.term,
    index,
    existingTerm,
    conflictingTerm,
  });
}

/** Appends what is new in `entries`. What is here already stays: a late, shorter append must not truncate. */
function appendNew(raft: RaftCore, entries: readonly Entry[]): void {
  const { log } = raft;
  const from = log.firstDifference(entries);
  if (from === null) return;
  assert(from > log.committed, 'a leader has every committed entry');
  const fresh = from === entries[0]!.index ? entries : entries.slice(from - entries[0]!.index);
  if (from <= log.lastIndex()) traceConflict(raft, from, fresh[0]!.term);
  const result = log.append(fresh);
  if (result === 'extended') return;
  const kind = result === 'replaced' ? 'unstable-replaced' : 'unstable-truncated';
  raft.trace?.({ kind, id: raft.id, term: raft.term, index: from });
}

/**
 * The append does not follow on our log. The hint is the last entry whose term is not above that of the leader's entry:
 * whatever lies above cannot match, so the leader need not try it (thesis 3.5).
 */
function reject(raft: RaftCore, message: AppendMessage): void {
  const { log, id, term } = raft;
  const { prevIndex, prevTerm, from } = message;
  raft.trace?.({
    kind: 'append-rejected',
    id,
    term,
    from,
    prev: { index: prevIndex, term: prevTerm },
    existingTerm: log.term(prevIndex) ?? 0,
  });
  const hint = log.findConflictByTerm(Math.min(prevIndex, log.lastIndex()), prevTerm);
  raft.sendAfterAppend({
    kind: 'append-response',
    from: id,
    to: from,
    term,
    index: prevIndex,
    reject: true,
    hintIndex: hint.index,
    hintTerm: hint.term,
  });
}

/** AppendEntries at a follower (thesis figure 3.1, receiver rules 2 to 5). */
export function receiveAppend(raft: RaftCore, message: AppendMessage): void {
  const { log } = raft;
  const { prevIndex, prevTerm, entries } = message;
  if (prevIndex < log.committed) {
    // All of it up to there is the same in both logs; the leader should go on from there.
    respond(raft, message, log.committed);
    return;
  }
  if (!log.matches({ index: prevIndex, term: prevTerm })) {
    reject(raft, message);
    return;
  }
  appendNew(raft, entries);
  // Only up to what this append has verified: further entries here may be a deposed leader's.
  const verified = prevIndex + entries.length;
  log.commitTo(Math.min(message.commit, verified));
  respond(raft, message, verified);
}
