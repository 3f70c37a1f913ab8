/** Step 1: from five followers to a leader (thesis 3.4). */
import { card, type Lesson, numberIn, TIMER_SPEED } from './card.js';
import { candidateOf, leaderOf, running } from './observe.js';

export const ELECTION: Lesson = {
  id: 'election',
  cards: [
    card({
      id: 'wait',
      paper: '5.2',
      thesis: '3.4',
      speed: TIMER_SPEED,
      reached: (view) => {
        const candidate = candidateOf(view) ?? leaderOf(view);
        return candidate === undefined ? null : { candidate: candidate.id, term: candidate.term };
      },
      look: (notes) => numberIn(notes, 'candidate'),
    }),
    card({
      id: 'ask',
      paper: '5.2, 5.4.1',
      thesis: '3.4, 3.6.1',
      reached: (view, notes) => {
        const candidate = candidateOf(view) ?? leaderOf(view);
        if (candidate === undefined) return null;
        const voted = running(view).some(
          ({ id, term, vote }) => id !== candidate.id && term === candidate.term && vote === candidate.id,
        );
        return voted ? { ...notes, candidate: candidate.id, term: candidate.term } : null;
      },
      look: (notes) => numberIn(notes, 'candidate'),
    }),
    card({
      id: 'win',
      paper: '5.2',
      thesis: '3.4',
      limitMs: 10_000,
      reached: (view) => {
        const leader = leaderOf(view);
        return leader === undefined ? null : { leader: leader.id, term: leader.term };
      },
      look: (notes) => numberIn(notes, 'leader'),
    }),
    card({
      id: 'heartbeat',
      paper: '5.2',
      thesis: '3.4',
      speed: 0.1,
      reached: (view) => {
        const leader = leaderOf(view);
        if (leader === undefined) return null;
        const all = view.members.every((member) => member.state === 'up' && member.leader === leader.id);
        return all ? { leader: leader.id, term: leader.term } : null;
      },
      look: (notes) => numberIn(notes, 'leader'),
    }),
  ],
};
