/** How a leader takes proposals into its log (thesis 3.5). */

import { EMPTY_BYTES, MalformedError } from '../../stdx/index.js';
import type { ConfChange } from '../conf-change.js';
import { isLeaveJoint } from '../conf-change.js';
import { decodeConfChange } from '../confchange/codec.js';
import type { RaftCore } from '../core.js';
import type { Entry } from '../entry.js';
import { EntryKind, NOBODY } from '../entry.js';
import type { StepResult } from '../event.js';
import type { ProposedEntry } from '../message.js';
import type { ConfChangeRefusal } from '../trace.js';
import { broadcastAppend } from './replication.js';

const NO_OP: ProposedEntry = { kind: EntryKind.NORMAL, data: EMPTY_BYTES };

/** The entry with which a leader opens its term, so that what is before it can be committed. */
export const NO_OPS: readonly ProposedEntry[] = [NO_OP];

function payloadBytes(proposed: readonly ProposedEntry[]): number {
  let bytes = 0;
  for (const entry of proposed) bytes += entry.data.length;
  return bytes;
}

/**
 * Appends to the leader's own log; the ack to itself follows when that is durable. False if the limit on uncommitted
 * payload is reached: one batch is always allowed, however large, and an empty one at any time.
 */
export function appendProposed(raft: RaftCore, proposed: readonly ProposedEntry[]): boolean {
  const bytes = payloadBytes(proposed);
  const total = raft.uncommittedBytes + bytes;
  if (raft.uncommittedBytes > 0 && bytes > 0 && total > raft.config.uncommittedBytesMax) return false;
  raft.uncommittedBytes = total;
  const term = raft.term;
  let index = raft.log.lastIndex();
  const entries: Entry[] = [];
  for (const { kind, data } of proposed) entries.push({ index: ++index, term, kind, data });
  raft.log.append(entries);
  raft.sendAfterAppend({
    kind: 'append-response',
    from: raft.id,
    to: raft.id,
    term,
    index,
    reject: false,
    hintIndex: 0,
    hintTerm: 0,
  });
  return true;
}

/** Why a conf change may not be appended now, or null. */
function refusalOf(raft: RaftCore, change: ConfChange): ConfChangeRefusal | null {
  const { applied } = raft.log;
  if (raft.pendingConfIndex > applied) {
    return { reason: 'pending', pendingIndex: raft.pendingConfIndex, applied };
  }
  const leave = isLeaveJoint(change);
  if (raft.tracker.joint && !leave) return { reason: 'joint' };
  if (!raft.tracker.joint && leave) return { reason: 'not-joint' };
  return null;
}

/** What a peer or client made of bytes we cannot read is refused like any other impossible change. */
function readConfChange(entry: ProposedEntry): ConfChange | null {
  try {
    return decodeConfChange(entry.kind, entry.data);
  } catch (error) {
    if (error instanceof MalformedError) return null;
    throw error;
  }
}

/** The entry itself, or an empty one in its place if it is a conf change that must not be appended now. */
function checkConfChange(raft: RaftCore, entry: ProposedEntry, index: number): ProposedEntry {
  const change = readConfChange(entry);
  if (change === null) return NO_OP;
  const refusal = raft.config.disableConfChangeValidation ? null : refusalOf(raft, change);
  if (refusal !== null) {
    const { confState } = raft.tracker;
    raft.trace?.({ kind: 'conf-change-ignored', id: raft.id, term: raft.term, change, confState, refusal });
    return NO_OP;
  }
  raft.pendingConfIndex = index;
  return entry;
}

function checkConfChanges(raft: RaftCore, proposed: readonly ProposedEntry[]): readonly ProposedEntry[] {
  let checked: ProposedEntry[] | null = null;
  for (let i = 0; i < proposed.length; i++) {
    const entry = proposed[i]!;
    if (entry.kind === EntryKind.NORMAL) continue;
    const index = raft.log.lastIndex() + 1 + i;
    const result = checkConfChange(raft, entry, index);
    if (result === entry) continue;
    checked ??= proposed.slice();
    checked[i] = result;
  }
  return checked ?? proposed;
}

function drop(raft: RaftCore, reason: 'not-member' | 'transferring' | 'uncommitted-full'): StepResult {
  raft.trace?.({ kind: 'proposal-dropped', id: raft.id, term: raft.term, reason });
  return reason;
}

/** Appends a batch and sends it to everybody; the costs beside the entries themselves are per batch. */
export function proposeAsLeader(raft: RaftCore, proposed: readonly ProposedEntry[]): StepResult {
  // A leader that was removed leads on until that is noticed, but may not fill its log any more.
  if (raft.tracker.get(raft.id) === null) return drop(raft, 'not-member');
  if (raft.transferee !== NOBODY) return drop(raft, 'transferring');
  const pendingBefore = raft.pendingConfIndex;
  if (!appendProposed(raft, checkConfChanges(raft, proposed))) {
    raft.pendingConfIndex = pendingBefore;
    return drop(raft, 'uncommitted-full');
  }
  broadcastAppend(raft);
  return 'ok';
}
