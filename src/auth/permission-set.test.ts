import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '../stdx/index.js';
import { isGrantable, PermissionSet } from './permission-set.js';

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
const grant = (key: string, rangeEnd = '') => ({ key: bytes(key), rangeEnd: bytes(rangeEnd) });
const covers = (set: PermissionSet, key: string, rangeEnd = '') => set.covers(bytes(key), bytes(rangeEnd));

test('a key, an interval and an open interval', () => {
  const set = new PermissionSet([grant('a'), grant('c', 'e'), grant('x', '\0')]);
  assert.deepEqual(
    ['a', 'a\0', 'b', 'c', 'd\xff', 'e', 'w', 'x', '\xff\xff'].map((key) => covers(set, key)),
    [true, false, false, true, true, false, false, true, true],
  );
  assert.ok(covers(set, 'c', 'e'));
  assert.ok(!covers(set, 'c', 'f'));
  assert.ok(!covers(set, 'c', '\0'));
  assert.ok(covers(set, 'y', '\0'));
  assert.ok(covers(set, 'y', 'z'));
});

test('grants that meet cover what spans them; a gap of one key does not', () => {
  assert.ok(covers(new PermissionSet([grant('a', 'c'), grant('c', 'e')]), 'a', 'e'));
  assert.ok(covers(new PermissionSet([grant('a'), grant('a\0', 'c')]), 'a', 'c'));
  assert.ok(!covers(new PermissionSet([grant('a', 'c'), grant('c\0', 'e')]), 'a', 'e'));
  assert.ok(covers(new PermissionSet([grant('a', 'm'), grant('c', 'd')]), 'b', 'l'), 'one inside another');
});

test('what can be granted', () => {
  const pairs = [
    ['', 'b'],
    ['a', ''],
    ['a', 'b'],
    ['b', 'a'],
    ['a', 'a'],
    ['a', '\0'],
    ['\0', '\0'],
  ] as const;
  assert.deepEqual(
    pairs.map(([key, end]) => isGrantable(bytes(key), bytes(end))),
    [false, true, true, false, false, true, true],
  );
});

test('the union equals its definition, key by key', () => {
  const seed = 1;
  const prng = new Prng(seed);
  // Keys of one letter out of eight, and those with a zero byte behind: an interval is a set of sixteen keys at most.
  const universe = [...'abcdefgh'].flatMap((letter) => [letter, `${letter}\0`]);
  const within = (key: string, start: string, end: string): boolean =>
    end === '' ? key === start : key >= start && (end === '\0' || key < end);
  const draw = () => universe[prng.below(universe.length)]!;
  const drawEnd = () => (prng.chance(0.3) ? '' : prng.chance(0.2) ? '\0' : draw());
  for (let round = 0; round < 20_000; round++) {
    const grants = Array.from({ length: prng.below(6) }, () => [draw(), drawEnd()] as const).filter(
      ([key, end]) => isGrantable(bytes(key), bytes(end)),
    );
    const set = new PermissionSet(grants.map(([key, end]) => grant(key, end)));
    const key = draw();
    const end = drawEnd();
    if (end !== '' && end !== '\0' && end <= key) continue;
    const asked = universe.filter((k) => within(k, key, end));
    const all = asked.every((k) => grants.some(([start, stop]) => within(k, start, stop)));
    const isOpen = end === '\0';
    // Without an end there are keys above the universe; with one, every gap between its keys is one of real keys too.
    const dense = [...asked, ...asked.map((k) => `${k}\0\0`)].filter((k) => within(k, key, end));
    const expected =
      all &&
      (end === '' || dense.every((k) => grants.some(([start, stop]) => within(k, start, stop)))) &&
      (!isOpen || grants.some(([, stop]) => stop === '\0'));
    assert.equal(
      covers(set, key, end),
      expected,
      `seed ${seed}, round ${round}: ${JSON.stringify([grants, key, end])}`,
    );
  }
});

test('a single key in a larger buffer is covered as it is alone, whatever was asked before', () => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  const random = new Prng(seed);
  const key = (): Uint8Array => Uint8Array.from({ length: 1 + random.below(3) }, () => 97 + random.below(4));
  for (let round = 0; round < 200; round++) {
    const grants = Array.from({ length: random.below(5) }, () => ({ key: key(), rangeEnd: key() }));
    const set = new PermissionSet(grants.filter((grant) => isGrantable(grant.key, grant.rangeEnd)));
    for (let i = 0; i < 20; i++) {
      const asked = key();
      const buf = new Uint8Array(asked.length + 4).fill(97);
      buf.set(asked, 2);
      const alone = new PermissionSet(grants.filter((grant) => isGrantable(grant.key, grant.rangeEnd)));
      const expected = alone.covers(asked, new Uint8Array(0));
      assert.equal(set.coversKey(buf, 2, 2 + asked.length), expected, `seed ${seed}`);
    }
  }
});
