/** Joint consensus (thesis 4.3): while two configurations are in force, whatever is decided needs both majorities. */
import type { VoteResult } from './majority.js';
import { majorityIndex } from './majority.js';

/** The highest index that is committed in both halves. Sorts its arguments. */
export function jointIndex(incoming: number[], outgoing: number[]): number {
  return Math.min(majorityIndex(incoming), majorityIndex(outgoing));
}

/** Won in both or it is not won; lost in one is lost. */
export function jointVote(incoming: VoteResult, outgoing: VoteResult): VoteResult {
  if (incoming === outgoing) return incoming;
  if (incoming === 'lost' || outgoing === 'lost') return 'lost';
  return 'pending';
}
