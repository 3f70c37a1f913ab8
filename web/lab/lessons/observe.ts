/** What lessons and scenarios ask of a view. */
import type { EntryView, LabView, MemberView, OperationView } from '../../../src/lab/index.js';

export function memberOf(view: LabView, id: number): MemberView | undefined {
  return view.members[id - 1];
}

/** Those whose process runs. */
export function running(view: LabView): readonly MemberView[] {
  return view.members.filter(({ state }) => state === 'up' || state === 'joining');
}

/** The leader of the highest term; an older one may not know yet that it leads no more. */
export function leaderOf(view: LabView): MemberView | undefined {
  let found: MemberView | undefined;
  for (const member of running(view)) {
    if (member.role === 'leader' && (found === undefined || member.term > found.term)) found = member;
  }
  return found;
}

export function leadersOf(view: LabView): readonly MemberView[] {
  return running(view).filter(({ role }) => role === 'leader');
}

/** Someone who campaigns in a term of its own. */
export function candidateOf(view: LabView): MemberView | undefined {
  return running(view).find(({ role }) => role === 'candidate');
}

export function followersOf(view: LabView, leader: number): readonly MemberView[] {
  return running(view).filter(({ id, learner }) => id !== leader && !learner);
}

export function operationOf(view: LabView, id: number): OperationView | undefined {
  return view.operations[id - 1];
}

export function isAnswered(view: LabView, operation: number): boolean {
  return operationOf(view, operation)?.status === 'answered';
}

export function entryOf(member: MemberView, index: number): EntryView | undefined {
  const first = member.log[0];
  return first === undefined ? undefined : member.log[index - first.index];
}

/** Whether the member has the entry on its disk. */
export function holdsDurably(member: MemberView, index: number, term: number): boolean {
  return entryOf(member, index)?.term === term && member.durableIndex >= index;
}

/** The value of a key in the member's own store; undefined: it has none. */
export function valueIn(member: MemberView, key: string): string | undefined {
  return member.kv.find((pair) => pair.key === key)?.value;
}

/** Whether the logs end alike and everybody knows it and has applied it. */
export function agree(members: readonly MemberView[]): boolean {
  const [first] = members;
  if (first === undefined) return false;
  const lastTerm = entryOf(first, first.lastIndex)?.term;
  return members.every(
    (member) =>
      member.lastIndex === first.lastIndex &&
      entryOf(member, member.lastIndex)?.term === lastTerm &&
      member.commit === first.lastIndex &&
      member.applied === first.lastIndex,
  );
}
