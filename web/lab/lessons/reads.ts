/** Steps 7 and 8: a serializable read that is stale, and a linearizable one that waits (thesis 6.4). */
import type { LabView, OperationStepName } from '../../../src/lab/index.js';
import { card, type Lesson, type Notes, numberIn, TIMER_SPEED } from './card.js';
import { followersOf, isAnswered, leaderOf, memberOf, operationOf, valueIn } from './observe.js';

const SECTIONS = { paper: '8', thesis: '6.4' };
/** Long enough for the linearizable read to come, and to be seen waiting; twice that, if a write is under way, is no time-out. */
const SLOW_WRITE_MS = 2500;

const slowIn = (notes: Notes): number => numberIn(notes, 'slow');
const nextOperation = (view: LabView): number => view.operations.length + 1;

function isDone(view: LabView, notes: Notes, name: OperationStepName): boolean {
  const steps = operationOf(view, numberIn(notes, 'operation'))?.steps ?? [];
  return steps.some(({ step, ms }) => step === name && ms !== undefined);
}

export const SERIALIZABLE: Lesson = {
  id: 'serializable',
  cards: [
    card({
      id: 'elect',
      paper: '5.2',
      thesis: '3.4',
      speed: TIMER_SPEED,
      limitMs: 15_000,
      reached: (view) => {
        const leader = leaderOf(view);
        const all = view.members.every(({ state }) => state === 'up');
        return leader !== undefined && all ? { leader: leader.id } : null;
      },
      look: (notes) => numberIn(notes, 'leader'),
    }),
    card({
      id: 'store',
      ...SECTIONS,
      speed: 0.1,
      actions: (_, notes) => [{ kind: 'put', via: numberIn(notes, 'leader'), key: 'hello', value: 'old' }],
      reached: (view, notes) => {
        const all = view.members.every((member) => valueIn(member, 'hello') === 'old');
        return all ? { revision: memberOf(view, numberIn(notes, 'leader'))?.revision ?? 0 } : null;
      },
      look: (notes) => numberIn(notes, 'leader'),
    }),
    card({
      id: 'slow',
      ...SECTIONS,
      speed: 0.1,
      enter: (view, notes) => {
        const followers = followersOf(view, numberIn(notes, 'leader'));
        return { slow: followers[followers.length - 1]?.id ?? 0, operation: nextOperation(view) };
      },
      actions: (_, notes) => [
        { kind: 'slow-disk', member: slowIn(notes), writeMs: SLOW_WRITE_MS },
        { kind: 'put', via: numberIn(notes, 'leader'), key: 'hello', value: 'world' },
      ],
      reached: (view, notes) => {
        const put = operationOf(view, numberIn(notes, 'operation'));
        const slow = memberOf(view, slowIn(notes));
        if (put?.status !== 'answered' || slow === undefined) return null;
        return slow.lastIndex >= put.index ? { index: put.index } : null;
      },
      look: slowIn,
    }),
    card({
      id: 'stale',
      ...SECTIONS,
      enter: (view) => ({ operation: nextOperation(view) }),
      actions: (_, notes) => [{ kind: 'read', via: slowIn(notes), key: 'hello', serializable: true }],
      reached: (view, notes) => {
        const operation = numberIn(notes, 'operation');
        return isAnswered(view, operation) ? { value: operationOf(view, operation)?.result ?? '' } : null;
      },
      look: slowIn,
    }),
  ],
};

/** What the slow member has applied meanwhile. */
function appliedNow(view: LabView, notes: Notes): Notes {
  return { applied: memberOf(view, slowIn(notes))?.applied ?? 0 };
}

export const LINEARIZABLE: Lesson = {
  id: 'linearizable',
  cards: [
    card({
      id: 'ask',
      ...SECTIONS,
      enter: (view) => ({ operation: nextOperation(view) }),
      actions: (_, notes) => [{ kind: 'read', via: slowIn(notes), key: 'hello', serializable: false }],
      reached: (view, notes) => {
        const leader = memberOf(view, numberIn(notes, 'leader'));
        const isOnTheWay = view.messages.some(
          ({ kind, from }) => kind === 'read-index' && from === slowIn(notes),
        );
        if (leader === undefined || isOnTheWay || !isDone(view, notes, 'asked-leader')) return null;
        return { readIndex: leader.commit };
      },
      look: (notes) => numberIn(notes, 'leader'),
    }),
    card({
      id: 'round',
      ...SECTIONS,
      // The leader answers the member as soon as a majority has confirmed it.
      reached: (view, notes) => {
        const isConfirmed = view.messages.some(
          ({ kind, to }) => kind === 'read-index-response' && to === slowIn(notes),
        );
        return isConfirmed || isDone(view, notes, 'read-index') ? {} : null;
      },
      look: (notes) => numberIn(notes, 'leader'),
    }),
    card({
      id: 'index',
      ...SECTIONS,
      reached: (view, notes) => (isDone(view, notes, 'read-index') ? appliedNow(view, notes) : null),
      look: slowIn,
    }),
    card({
      id: 'wait',
      ...SECTIONS,
      speed: 1,
      limitMs: 15_000,
      reached: (view, notes) => (isDone(view, notes, 'applied') ? appliedNow(view, notes) : null),
      look: slowIn,
    }),
    card({
      id: 'answer',
      ...SECTIONS,
      reached: (view, notes) => {
        const operation = numberIn(notes, 'operation');
        return isAnswered(view, operation) ? { value: operationOf(view, operation)?.result ?? '' } : null;
      },
      look: slowIn,
    }),
  ],
};
