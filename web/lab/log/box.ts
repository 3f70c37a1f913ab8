/** How an entry stands on one member, as the sign by which the log grid shows it. */
import type { EntryView, MemberView } from '../../../src/lab/index.js';

/** `dashed`: appended, not known to be committed; `solid`: committed; `filled`: applied as well. */
export type BoxStyle = 'dashed' | 'solid' | 'filled';

export interface Box {
  readonly entry: EntryView;
  readonly style: BoxStyle;
  readonly durable: boolean;
  /** The present leader's log has something else here, or nothing: it will be overwritten. */
  readonly struck: boolean;
}

/** The member's entry at an index, or undefined if its log (or what is shown of it) has none. */
export function entryAt(member: MemberView, index: number): EntryView | undefined {
  const first = member.log[0];
  return first === undefined ? undefined : member.log[index - first.index];
}

/** Who leads as far as a spectator can tell: the running leader of the highest term. */
export function presentLeader(members: readonly MemberView[]): MemberView | undefined {
  let leader: MemberView | undefined;
  for (const member of members) {
    const leads = member.role === 'leader' && (member.state === 'up' || member.state === 'joining');
    if (leads && (leader === undefined || member.term > leader.term)) leader = member;
  }
  return leader;
}

export function boxOf(member: MemberView, entry: EntryView, leader: MemberView | undefined): Box {
  const { index } = entry;
  return {
    entry,
    style: index <= member.applied ? 'filled' : index <= member.commit ? 'solid' : 'dashed',
    durable: index <= member.durableIndex,
    struck: leader !== undefined && leader.id !== member.id && isContradicted(entry, leader),
  };
}

/** Whether the leader's log cannot hold this very entry. */
function isContradicted(entry: EntryView, leader: MemberView): boolean {
  if (entry.index > leader.lastIndex) return entry.term < leader.term;
  const theirs = entryAt(leader, entry.index);
  return theirs !== undefined && theirs.term !== entry.term;
}
