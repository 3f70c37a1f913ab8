import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ControlledMember, Controls } from './controls.js';
import type { MemberState } from './local-member.js';

class FakeMember implements ControlledMember {
  readonly name: string;
  readonly pid = 7;
  state: MemberState = 'running';

  constructor(name: string) {
    this.name = name;
  }

  start(): void {
    this.state = 'running';
  }

  kill(): void {
    this.state = 'stopped';
  }

  pause(): void {
    this.state = 'paused';
  }

  resume(): void {
    this.state = 'running';
  }
}

function world(roles: Readonly<Record<string, string>> = {}) {
  const members = ['m1', 'm2', 'm3'].map((name) => new FakeMember(name));
  const said: string[] = [];
  let quits = 0;
  const controls = new Controls(members, {
    say: (text) => void said.push(text),
    roleOf: (name) => roles[name] ?? 'follower',
    quit: () => {
      quits++;
    },
  });
  const press = (keys: string): void => {
    for (const key of keys) controls.press(key);
  };
  return { press, said, states: () => members.map(({ state }) => state), quits: () => quits };
}

test('each key does its thing to the chosen member, if it can be done', () => {
  const { press, states, said } = world();
  press('2k');
  assert.deepEqual(states(), ['running', 'stopped', 'running']);
  press('kpc');
  assert.deepEqual(said.slice(-3), ['m2 is stopped', 'm2 is stopped', 'm2 is stopped']);
  press('r3p');
  assert.deepEqual(states(), ['running', 'running', 'paused']);
  press('pr');
  assert.deepEqual(said.slice(-2), ['m3 is paused', 'm3 is paused']);
  press('c1pk');
  assert.deepEqual(states(), ['stopped', 'running', 'running']);
  assert.equal(said.at(-1), 'm1 killed (process 7)');
});

test('the leader is found while it runs, and a digit beyond the members chooses nobody', () => {
  const { press, states, said } = world({ m3: 'leader' });
  press('lk');
  assert.deepEqual(states(), ['running', 'running', 'stopped']);
  press('l9s');
  assert.deepEqual(said.slice(-2), [
    'no member says that it leads',
    '  m1 follower    m2 follower  ▶ m3 stopped',
  ]);
});

test('q, Ctrl-C and Ctrl-D end it; other keys do nothing', () => {
  const { press, quits, said } = world();
  press('xyz\u001b');
  assert.deepEqual([quits(), said], [0, []]);
  press('q\u0003\u0004');
  assert.equal(quits(), 3);
});
