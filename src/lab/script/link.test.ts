import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '../../stdx/index.js';
import type { LabAction } from './action.js';
import { ACTION_FIELDS, ACTION_KINDS, type FieldType } from './action-fields.js';
import { decodeFragment, encodeScript, encodeSimLink, LinkError } from './link.js';
import { randomScript } from './random-script.js';
import { type LabScript, labScript } from './script.js';
import { assertScript, ScriptError } from './validate.js';

const VALUES: Readonly<Record<FieldType, unknown>> = {
  member: 3,
  boolean: true,
  milliseconds: 12.5,
  text: 'schlüssel 键 +/=&#',
  message: 77,
  rate: 0.5,
  groups: [[1, 2], [3], []],
  'joint-change': 'promote',
};

/** One action of each kind. */
const EACH: readonly LabAction[] = ACTION_KINDS.map((kind) => {
  const fields = ACTION_FIELDS[kind].map(([name, type]) => [name, VALUES[type]] as const);
  return { kind, ...Object.fromEntries(fields) } as unknown as LabAction;
});

test('a script comes back from its link as it was, with every kind of action and place', () => {
  const places = [{ afterEvent: 12 }, { afterEvent: 12, atMs: 1234.5678 }, { atMs: 99 }] as const;
  const actions = EACH.map((action, i) => ({ ...places[i % 3]!, action }));
  const script = { ...labScript(4_294_967_295, 7, { preVote: false, mutants: ['vote-twice'] }), actions };
  const end = { event: 1234, hash: '0123456789abcdef' };
  const fragment = encodeScript(script, end);
  assert.match(fragment, /^lab=1\.[0-9a-f]{8}\.[A-Za-z0-9_-]+$/, 'nothing in it needs escaping');
  assert.deepEqual(decodeFragment(`#${fragment}`), { kind: 'script', script, end });
  assert.deepEqual(decodeFragment(fragment), { kind: 'script', script, end });
});

test('random scripts come back as they were', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const script = randomScript(seed);
    assertScript(script);
    const link = decodeFragment(encodeScript(script));
    assert.deepEqual(link, { kind: 'script', script, end: undefined }, `seed ${seed}`);
  }
});

test('a damaged link is refused with a reason, whatever was done to it', () => {
  const fragment = encodeScript(randomScript(5), { event: 1, hash: '00000000000000ff' });
  const seed = 20;
  const prng = new Prng(seed);
  for (let n = 0; n < 500; n++) {
    const at = prng.between('lab='.length, fragment.length - 1);
    const kind = prng.below(3);
    const damaged =
      kind === 0
        ? fragment.slice(0, at)
        : kind === 1
          ? fragment.slice(0, at) + fragment.slice(at + 1)
          : `${fragment.slice(0, at)}${prng.pick(['A', '.', '%', ' '])}${fragment.slice(at + 1)}`;
    if (damaged === fragment) continue;
    assert.throws(
      () => decodeFragment(damaged),
      (error) => error instanceof LinkError && error.message.length > 10,
      `seed ${seed}, change ${n}: ${damaged}`,
    );
  }
});

test('links of other versions, of no kind, and with a sound checksum over nonsense say what they are', () => {
  assert.throws(() => decodeFragment('lab=2.00000000.abc'), /of version 2; this Lab reads version 1/);
  assert.throws(() => decodeFragment('lab='), /of version \(none\)/);
  assert.throws(() => decodeFragment('lab=1.00000000'), /incomplete/);
  assert.throws(() => decodeFragment('lesson=1'), /no link of the Lab/);
  assert.throws(() => decodeFragment(''), /no link of the Lab/);
  assert.throws(() => decodeFragment(`lab=${'x'.repeat(300_000)}`), /too long/);
});

test('seeds of the simulator have links, too', () => {
  const fragment = encodeSimLink(1001, 0.5, '1a2b3c');
  assert.deepEqual(decodeFragment(`#${fragment}`), {
    kind: 'sim',
    seed: 1001,
    minutes: 0.5,
    leaseClients: 0,
    guests: 0,
    version: '1a2b3c',
  });
  assert.deepEqual(decodeFragment(encodeSimLink(7, 1, 'v', { leaseClients: 3, guests: 2 })), {
    kind: 'sim',
    seed: 7,
    minutes: 1,
    leaseClients: 3,
    guests: 2,
    version: 'v',
  });
  assert.throws(() => decodeFragment('sim=x,1,v'), /no seed/);
  assert.throws(() => decodeFragment('sim=1,0,v'), /no simulated time/);
  assert.throws(() => decodeFragment('sim=1,100,v'), /no simulated time/);
  assert.throws(() => decodeFragment('sim=1,1,v,-1'), /number of clients/);
});

test('a script that is none is refused with the reason', () => {
  const good = labScript(1, 3);
  const cases: readonly (readonly [Partial<LabScript>, RegExp])[] = [
    [{ seed: -1 }, /a seed is a number below/],
    [{ size: 2 }, /3 to 7 members/],
    [{ size: 8 }, /3 to 7 members/],
    [{ options: { ...good.options, messageMs: -1 } }, /no good option messageMs: -1/],
    [{ options: { ...good.options, electionMs: 100 } }, /at least two heartbeats/],
    [{ options: { ...good.options, leaseReads: true, checkQuorum: false } }, /lease reads rest on/],
    [{ options: { ...good.options, more: 1 } as never }, /other options/],
    [{ actions: [{ atMs: 1, action: { kind: 'explode' } as never }] }, /no action called explode/],
    [{ actions: [{ atMs: 1, action: { kind: 'pause', member: 0 } }] }, /pause has no good member: 0/],
    [{ actions: [{ atMs: 1, action: { kind: 'pause', member: 1, x: 1 } as never }] }, /other fields/],
    [{ actions: [{ afterEvent: -1, action: { kind: 'heal-all' } }] }, /follows an event by its number/],
    [{ actions: [{ action: { kind: 'heal-all' } } as never] }, /an event or a time/],
  ];
  for (const [change, reason] of cases) {
    assert.throws(
      () => assertScript({ ...good, ...change }),
      (error) => error instanceof ScriptError && reason.test(error.message),
    );
  }
});
