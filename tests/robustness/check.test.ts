import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkRound, compareKeys, replay } from './check.js';
import type { Write } from './writer.js';

const put = (key: string, value: string, acknowledged?: number): Write => ({
  changes: [{ key, value }],
  acknowledged,
  found: false,
});
const del = (key: string, acknowledged?: number): Write => ({
  changes: [{ key, value: undefined }],
  acknowledged,
  found: false,
});
const revision = (number: number, write: Write): { revision: number; changes: Write['changes'] } => ({
  revision: number,
  changes: write.changes,
});

test('a history of exactly the acknowledged writes has no fault', () => {
  const [a, b, c] = [put('a', '1', 2), del('a', 3), put('a', '2', 4)];
  assert.deepEqual(checkRound([revision(2, a), revision(3, b), revision(4, c)], [a, b, c], 2), []);
});

test('an unanswered write may be there or not', () => {
  const [a, b] = [put('a', '1', 2), put('b', '1')];
  assert.deepEqual(checkRound([revision(2, a)], [a, b], 2), []);
  assert.equal(b.found, false);
  const [c, d] = [put('a', '1', 2), put('b', '1')];
  assert.deepEqual(checkRound([revision(2, c), revision(3, d)], [c, d], 2), []);
  assert.equal(d.found, true);
});

test('a lost, a moved, an invented, a repeated and a partial write are told', () => {
  const faultsOf = (...args: Parameters<typeof checkRound>): string => checkRound(...args).join('\n');
  assert.match(faultsOf([], [put('a', '1', 2)], 2), /LOST: a=1, acknowledged at revision 2/);
  const moved = put('a', '1', 2);
  assert.match(faultsOf([revision(3, moved)], [moved], 3), /acknowledged at 2 and stands at 3/);
  assert.match(faultsOf([revision(2, put('x', '9'))], [], 2), /revision 2 was never asked for/);
  const twice = put('a', '1', 2);
  assert.match(faultsOf([revision(2, twice), revision(3, twice)], [twice], 2), /revision 3 repeats/);
  const whole: Write = {
    changes: [put('a', '1'), put('b', '2')].flatMap((w) => w.changes),
    acknowledged: 2,
    found: false,
  };
  const half = faultsOf([{ revision: 2, changes: whole.changes.slice(0, 1) }], [whole], 2);
  assert.match(half, /never asked for/);
  assert.match(half, /LOST/);
});

test('a gap or a reused number among the revisions is told', () => {
  const [a, b] = [put('a', '1', 2), put('a', '2', 4)];
  assert.match(checkRound([revision(2, a), revision(4, b)], [a, b], 2).join(), /revision 4 follows 2/);
  const c = put('a', '3', 5);
  assert.match(checkRound([revision(5, c)], [c], 6).join(), /revision 5 follows 5/);
});

test('deletions, which carry no unique value, are told apart by their revision', () => {
  const [a, b] = [del('a', 2), del('a', 4)];
  const between = put('a', '1', 3);
  assert.deepEqual(
    checkRound([revision(2, a), revision(3, between), revision(4, b)], [a, between, b], 2),
    [],
  );
  const [c, d] = [del('a', 2), del('a', 4)];
  assert.match(
    checkRound([revision(2, c)], [c, d], 2).join(),
    /LOST: a=\(deleted\), acknowledged at revision 4/,
  );
});

test('the key space follows from the history', () => {
  const keys = new Map<string, { value: string; modRevision: number }>();
  replay(keys, [revision(2, put('a', '1')), revision(3, put('b', '2')), revision(4, del('a'))]);
  assert.deepEqual([...keys], [['b', { value: '2', modRevision: 3 }]]);
  assert.deepEqual(compareKeys(keys, new Map(keys)), []);
  assert.equal(compareKeys(keys, new Map()).length, 1);
  assert.equal(compareKeys(keys, new Map([['b', { value: '2', modRevision: 4 }]])).length, 1);
});
