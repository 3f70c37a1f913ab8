/** Step 2: a write in its two phases: copied (dashed boxes), then committed (solid boxes) (thesis 3.5). */
import type { LabView, OperationView } from '../../../src/lab/index.js';
import { type Card, card, type Lesson, type Notes, numberIn } from './card.js';
import {
  followersOf,
  holdsDurably,
  isAnswered,
  leaderOf,
  memberOf,
  operationOf,
  running,
} from './observe.js';

const SECTIONS = { paper: '5.3', thesis: '3.5' };

const leaderIn = (notes: Notes): number => numberIn(notes, 'leader');

function putOf(view: LabView, notes: Notes): OperationView | undefined {
  return operationOf(view, numberIn(notes, 'operation'));
}

/** A follower for which something holds of the entry. */
function followerWith(
  view: LabView,
  notes: Notes,
  holds: (follower: { id: number; commit: number; applied: number }, index: number) => boolean,
): Notes | null {
  const index = numberIn(notes, 'index');
  const follower = followersOf(view, leaderIn(notes)).find((member) => holds(member, index));
  return follower === undefined ? null : { follower: follower.id };
}

/** Phase one, as the four steps from the request to the confirmations. */
const COPY: readonly Card[] = [
  card({
    id: 'request',
    ...SECTIONS,
    enter: (view) => ({ leader: leaderOf(view)?.id ?? 0 }),
    actions: (_, notes) => [{ kind: 'put', via: leaderIn(notes), key: 'hello', value: 'world' }],
    reached: (view) => (view.operations.length > 0 ? { operation: view.operations.length } : null),
    look: leaderIn,
  }),
  card({
    id: 'append',
    ...SECTIONS,
    reached: (view, notes) => {
      const put = putOf(view, notes);
      return put === undefined || put.index === 0 ? null : { index: put.index, term: put.term };
    },
    look: leaderIn,
  }),
  card({
    id: 'send',
    ...SECTIONS,
    reached: (view, notes) => {
      const calledMs = putOf(view, notes)?.calledMs ?? 0;
      const leader = leaderIn(notes);
      const isSent = view.messages.some(
        ({ kind, from, sentMs }) => kind === 'append' && from === leader && sentMs >= calledMs,
      );
      return isSent ? {} : followerWith(view, notes, ({ applied }, index) => applied >= index);
    },
    look: leaderIn,
  }),
  card({
    id: 'copy',
    ...SECTIONS,
    reached: (view, notes) => {
      const [index, term] = [numberIn(notes, 'index'), numberIn(notes, 'term')];
      const follower = followersOf(view, leaderIn(notes)).find((one) => holdsDurably(one, index, term));
      return follower === undefined ? null : { follower: follower.id };
    },
    look: (notes) => numberIn(notes, 'follower'),
  }),
];

/** Phase two, as the five steps from the majority to the followers' stores. */
const COMMIT: readonly Card[] = [
  card({
    id: 'majority',
    paper: '5.3, 5.4',
    thesis: '3.5, 3.6',
    reached: (view, notes) => {
      const leader = memberOf(view, leaderIn(notes));
      return leader !== undefined && leader.commit >= numberIn(notes, 'index') ? {} : null;
    },
    look: leaderIn,
  }),
  card({
    id: 'apply',
    ...SECTIONS,
    reached: (view, notes) => {
      const leader = memberOf(view, leaderIn(notes));
      if (leader === undefined || leader.applied < numberIn(notes, 'index')) return null;
      return { revision: leader.revision };
    },
    look: leaderIn,
  }),
  card({
    id: 'answer',
    ...SECTIONS,
    reached: (view, notes) => (isAnswered(view, numberIn(notes, 'operation')) ? {} : null),
    look: leaderIn,
  }),
  card({
    id: 'notify',
    ...SECTIONS,
    reached: (view, notes) => followerWith(view, notes, ({ commit }, index) => commit >= index),
    look: (notes) => numberIn(notes, 'follower'),
  }),
  card({
    id: 'learn',
    ...SECTIONS,
    reached: (view, notes) =>
      running(view).every(({ applied }) => applied >= numberIn(notes, 'index')) ? {} : null,
    look: (notes) => numberIn(notes, 'follower'),
  }),
];

export const WRITE: Lesson = { id: 'write', cards: [...COPY, ...COMMIT] };
