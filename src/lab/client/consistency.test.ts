import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Consistency } from './consistency.js';

test('an answer older than what was acknowledged before the question is stale', () => {
  const consistency = new Consistency();
  const early = consistency.floorOf('x');
  consistency.changed('x', 2, false, early);
  const late = consistency.floorOf('x');
  const old = { modRevision: 0, revision: 1 };
  assert.equal(consistency.staleness('x', old, early), undefined, 'the question came before the change');
  assert.match(consistency.staleness('x', old, late)!, /at revision 1; revision 2/);
  assert.equal(consistency.staleness('x', { modRevision: 2, revision: 2 }, late), undefined);
});

test('a state that is new enough must hold what was acknowledged', () => {
  const consistency = new Consistency();
  consistency.changed('x', 2, false, consistency.floorOf('x'));
  const floor = consistency.floorOf('x');
  assert.match(consistency.staleness('x', { modRevision: 0, revision: 3 }, floor)!, /found its revision 0/);
  consistency.noteDeletion('x');
  const absent = { modRevision: 0, revision: 3 };
  assert.equal(consistency.staleness('x', absent, floor), undefined, 'a deletion may have been carried out');
  consistency.changed('x', 3, true, floor);
  assert.equal(consistency.staleness('x', absent, consistency.floorOf('x')), undefined);
});

test('a change is acknowledged behind all that was acknowledged before it', () => {
  const consistency = new Consistency();
  const early = consistency.floorOf('y');
  consistency.changed('x', 5, false, early);
  assert.throws(() => consistency.changed('y', 5, false, consistency.floorOf('y')), /after revision 5/);
  consistency.changed('y', 4, false, early);
  consistency.seen(9);
  assert.equal(consistency.floorOf('x').revision, 9);
});
