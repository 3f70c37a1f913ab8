/** Actions that need a look at the whole cluster. */
import type { LabAction, MemberView } from '../../../src/lab/index.js';
import { presentLeader } from '../log/box.js';

/** The member that should be asked: the leader, or whoever serves clients; not `except` if it can be helped; 0: none. */
export function serving(members: readonly MemberView[], except = 0): number {
  const leader = presentLeader(members);
  if (leader !== undefined && leader.state === 'up' && leader.id !== except) return leader.id;
  const others = members.filter((member) => member.state === 'up');
  return others.find((member) => member.id !== except)?.id ?? others[0]?.id ?? 0;
}

/** Cuts all links of a member. */
export function isolate(members: readonly MemberView[], id: number): LabAction {
  const others = members.filter((member) => member.state !== 'absent' && member.id !== id);
  return { kind: 'partition', groups: [[id], others.map((member) => member.id)] };
}
