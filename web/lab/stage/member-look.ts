/** The signs of a member: what the engine knows of it, reduced to what the stage tells apart. */
import type { MemberView } from '../../../src/lab/index.js';

export type ShownRole = 'follower' | 'pre-candidate' | 'candidate' | 'leader' | 'learner';
export type ShownState = 'up' | 'paused' | 'down' | 'absent';

export function roleOf(member: MemberView): ShownRole {
  return member.learner && member.role === 'follower' ? 'learner' : member.role;
}

/** A member that reads its disk or publishes itself is running, too. */
export function stateOf(member: MemberView): ShownState {
  switch (member.state) {
    case 'absent':
    case 'removed':
      return 'absent';
    case 'down':
    case 'paused':
      return member.state;
    default:
      return 'up';
  }
}

export function isRunning(member: MemberView): boolean {
  const state = stateOf(member);
  return state === 'up' || state === 'paused';
}
