/** Step 6: two leaders on two sides of a partition, and three of five members down: late or no answers, no wrong ones. */
import type { LabAction, LabView } from '../../../src/lab/index.js';
import { type Card, card, type Lesson, type Notes, numberIn, TIMER_SPEED } from './card.js';
import { agree, followersOf, holdsDurably, isAnswered, leaderOf, memberOf, operationOf } from './observe.js';

/** How long a client is watched getting no answer. */
const SHORT_WAIT_MS = 700;
const LONG_WAIT_MS = 3000;

const nextOperation = (view: LabView): number => view.operations.length + 1;

const SIDES: readonly Card[] = [
  card({
    id: 'split',
    paper: '5.2',
    thesis: '3.4',
    speed: TIMER_SPEED,
    limitMs: 15_000,
    enter: (view) => {
      const leader = leaderOf(view);
      const companion = followersOf(view, leader?.id ?? 0)[0];
      return { oldLeader: leader?.id ?? 0, oldTerm: leader?.term ?? 0, companion: companion?.id ?? 0 };
    },
    actions: (view, notes) => {
      const two = [numberIn(notes, 'oldLeader'), numberIn(notes, 'companion')];
      const three = view.members.map(({ id }) => id).filter((id) => !two.includes(id));
      return [{ kind: 'partition', groups: [two, three] }];
    },
    reached: (view, notes) => {
      const [former, leader] = [memberOf(view, numberIn(notes, 'oldLeader')), leaderOf(view)];
      if (former?.role !== 'leader' || leader === undefined || leader.id === former.id) return null;
      return { newLeader: leader.id, newTerm: leader.term };
    },
    look: (notes) => numberIn(notes, 'newLeader'),
  }),
  card({
    id: 'minority',
    paper: '5.3',
    thesis: '3.5',
    speed: 0.2,
    enter: (view) => ({ operation: nextOperation(view) }),
    actions: (_, notes) => [{ kind: 'put', via: numberIn(notes, 'oldLeader'), key: 'side', value: 'two' }],
    reached: (view, notes) => {
      const put = operationOf(view, numberIn(notes, 'operation'));
      const companion = memberOf(view, numberIn(notes, 'companion'));
      if (put === undefined || companion === undefined || !holdsDurably(companion, put.index, put.term))
        return null;
      return view.timeMs - put.calledMs >= SHORT_WAIT_MS ? { minorityIndex: put.index } : null;
    },
    look: (notes) => numberIn(notes, 'oldLeader'),
  }),
  card({
    id: 'majority',
    paper: '5.3, 5.4',
    thesis: '3.5, 3.6',
    speed: 0.1,
    enter: (view) => ({ operation: nextOperation(view) }),
    actions: (_, notes) => [{ kind: 'put', via: numberIn(notes, 'newLeader'), key: 'side', value: 'three' }],
    reached: (view, notes) => {
      const operation = numberIn(notes, 'operation');
      return isAnswered(view, operation) ? { index: operationOf(view, operation)?.index ?? 0 } : null;
    },
    look: (notes) => numberIn(notes, 'newLeader'),
  }),
  card({
    id: 'heal',
    paper: '5.1, 5.3',
    thesis: '3.3, 3.5',
    speed: 0.1,
    limitMs: 15_000,
    actions: () => [{ kind: 'heal-all' }],
    reached: (view, notes) => {
      const former = memberOf(view, numberIn(notes, 'oldLeader'));
      return former?.role === 'follower' && agree(view.members) ? {} : null;
    },
    look: (notes) => numberIn(notes, 'oldLeader'),
  }),
];

/** Three members that are not the leader, nor the one that stays with it. */
function threeOthers(view: LabView, leader: number): readonly number[] {
  return followersOf(view, leader)
    .map(({ id }) => id)
    .slice(1);
}

const DOWN: readonly Card[] = [
  card({
    id: 'down',
    paper: '5.2',
    thesis: '3.4',
    enter: (view) => ({ leader: leaderOf(view)?.id ?? 0 }),
    actions: (view, notes) =>
      threeOthers(view, numberIn(notes, 'leader')).map(
        (member): LabAction => ({ kind: 'crash', member, losesUnsynced: false }),
      ),
    reached: (view) => {
      const down = view.members.filter(({ state }) => state === 'down');
      return down.length === 3 ? { returning: down[0]!.id } : null;
    },
    look: (notes) => numberIn(notes, 'leader'),
  }),
  card({
    id: 'halt',
    paper: '5.3',
    thesis: '3.5',
    speed: 1,
    enter: (view) => ({ operation: nextOperation(view), read: nextOperation(view) + 1 }),
    actions: (_, notes) => [
      { kind: 'put', via: numberIn(notes, 'leader'), key: 'after', value: 'crash' },
      { kind: 'read', via: numberIn(notes, 'leader'), key: 'side', serializable: false },
    ],
    reached: (view, notes) => unanswered(view, notes),
    look: (notes) => numberIn(notes, 'leader'),
  }),
  card({
    id: 'revive',
    paper: '5.2, 5.3',
    thesis: '3.4, 3.5',
    speed: 0.2,
    limitMs: 15_000,
    actions: (_, notes) => [{ kind: 'restart', member: numberIn(notes, 'returning') }],
    reached: (view, notes) => {
      const [put, read] = [operationOf(view, numberIn(notes, 'operation')), numberIn(notes, 'read')];
      if (put?.status !== 'answered' || !isAnswered(view, read)) return null;
      return { index: put.index, value: operationOf(view, read)?.result ?? '' };
    },
    look: (notes) => numberIn(notes, 'leader'),
  }),
];

/** Both clients have waited long, and neither was answered. */
function unanswered(view: LabView, notes: Notes): Notes | null {
  const [put, read] = [
    operationOf(view, numberIn(notes, 'operation')),
    operationOf(view, numberIn(notes, 'read')),
  ];
  if (put?.status !== 'open' || read?.status !== 'open') return null;
  return view.timeMs - read.calledMs >= LONG_WAIT_MS ? {} : null;
}

export const PARTITION: Lesson = { id: 'partition', cards: [...SIDES, ...DOWN] };
