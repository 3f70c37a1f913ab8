import type { EventQueue } from '../../sim/index.js';

/** What a member does at the end of a turn belongs to what began the turn. */
const LABELS: ReadonlySet<string | undefined> = new Set(['turn', 'wrapper']);

/** Whether the next event belongs to the one that has just happened. */
export function isFollowedUp(queue: EventQueue): boolean {
  return queue.nextTime === queue.now && LABELS.has(queue.nextLabel);
}
