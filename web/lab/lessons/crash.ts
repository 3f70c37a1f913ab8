/** Steps 3 to 5: the leader crashes with an uncommitted entry, the others elect and go on, and it comes back. */
import type { LabView } from '../../../src/lab/index.js';
import { card, type Lesson, type Notes, numberIn, TIMER_SPEED } from './card.js';
import {
  agree,
  candidateOf,
  entryOf,
  followersOf,
  holdsDurably,
  isAnswered,
  leaderOf,
  memberOf,
  operationOf,
  running,
} from './observe.js';

const crashedIn = (notes: Notes): number => numberIn(notes, 'crashed');

/** The next operation's number, for cards that are about to call one. */
const nextOperation = (view: LabView): number => view.operations.length + 1;

export const CRASH: Lesson = {
  id: 'crash',
  cards: [
    card({
      id: 'tail',
      paper: '5.3',
      thesis: '3.5',
      enter: (view) => ({ crashed: leaderOf(view)?.id ?? 0, operation: nextOperation(view) }),
      actions: (view, notes) => {
        const alone = crashedIn(notes);
        const others = view.members.map(({ id }) => id).filter((id) => id !== alone);
        return [
          { kind: 'partition', groups: [[alone], others] },
          { kind: 'put', via: alone, key: 'hello', value: 'lost' },
        ];
      },
      reached: (view, notes) => {
        const put = operationOf(view, numberIn(notes, 'operation'));
        const leader = memberOf(view, crashedIn(notes));
        if (put === undefined || leader === undefined || put.index === 0) return null;
        return holdsDurably(leader, put.index, put.term) ? { lost: put.index, oldTerm: put.term } : null;
      },
      look: crashedIn,
    }),
    card({
      id: 'down',
      paper: '5.2',
      thesis: '3.4',
      actions: (_, notes) => [
        { kind: 'crash', member: crashedIn(notes), losesUnsynced: false },
        { kind: 'heal-all' },
      ],
      reached: (view, notes) => (memberOf(view, crashedIn(notes))?.state === 'down' ? {} : null),
      look: crashedIn,
    }),
    card({
      id: 'timeout',
      paper: '5.2',
      thesis: '3.4',
      speed: TIMER_SPEED,
      reached: (view, notes) => {
        const candidate = candidateOf(view) ?? leaderOf(view);
        if (candidate === undefined || candidate.term <= numberIn(notes, 'oldTerm')) return null;
        return { candidate: candidate.id, term: candidate.term };
      },
      look: (notes) => numberIn(notes, 'candidate'),
    }),
    card({
      id: 'elected',
      paper: '5.4.1',
      thesis: '3.6.1',
      limitMs: 10_000,
      reached: (view, notes) => {
        const leader = leaderOf(view);
        if (leader === undefined || leader.term <= numberIn(notes, 'oldTerm')) return null;
        return { leader: leader.id, term: leader.term };
      },
      look: (notes) => numberIn(notes, 'leader'),
    }),
  ],
};

/** The put of the card, once it is answered. */
function answered(view: LabView, notes: Notes): Notes | null {
  const operation = numberIn(notes, 'operation');
  return isAnswered(view, operation) ? { index: operationOf(view, operation)?.index ?? 0 } : null;
}

export const REMAIN: Lesson = {
  id: 'remain',
  cards: [
    card({
      id: 'write',
      paper: '5.3',
      thesis: '3.5',
      enter: (view) => ({ leader: leaderOf(view)?.id ?? 0, operation: nextOperation(view) }),
      actions: (_, notes) => [{ kind: 'put', via: numberIn(notes, 'leader'), key: 'color', value: 'blue' }],
      reached: answered,
      look: (notes) => numberIn(notes, 'leader'),
    }),
    card({
      id: 'forward',
      paper: '8',
      thesis: '6.2',
      enter: (view) => {
        const leader = leaderOf(view)?.id ?? 0;
        return { leader, follower: followersOf(view, leader)[0]?.id ?? 0, operation: nextOperation(view) };
      },
      actions: (_, notes) => [
        { kind: 'put', via: numberIn(notes, 'follower'), key: 'shape', value: 'round' },
      ],
      reached: answered,
      look: (notes) => numberIn(notes, 'follower'),
    }),
  ],
};

export const RETURN: Lesson = {
  id: 'return',
  cards: [
    card({
      id: 'restart',
      paper: '5.2',
      thesis: '3.8',
      actions: (_, notes) => [{ kind: 'restart', member: crashedIn(notes) }],
      reached: (view, notes) => {
        const back = running(view).find(({ id }) => id === crashedIn(notes));
        return back !== undefined && back.lastIndex >= numberIn(notes, 'lost') ? {} : null;
      },
      look: crashedIn,
    }),
    card({
      id: 'term',
      paper: '5.1',
      thesis: '3.3',
      reached: (view, notes) => {
        const back = memberOf(view, crashedIn(notes));
        return back !== undefined && back.term > numberIn(notes, 'oldTerm') ? { term: back.term } : null;
      },
      look: crashedIn,
    }),
    card({
      id: 'overwrite',
      paper: '5.3',
      thesis: '3.5',
      reached: (view, notes) => {
        const back = memberOf(view, crashedIn(notes));
        const entry = back && entryOf(back, numberIn(notes, 'lost'));
        if (entry === undefined || entry.term === numberIn(notes, 'oldTerm')) return null;
        return { term: entry.term };
      },
      look: crashedIn,
    }),
    card({
      id: 'catchUp',
      paper: '5.3, 7',
      thesis: '3.5, 5',
      speed: 0.2,
      reached: (view) =>
        view.members.every(({ state }) => state === 'up') && agree(view.members) ? {} : null,
      look: crashedIn,
    }),
  ],
};
