import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cluster } from './cluster.js';
import {
  type ConnectedForMs,
  HEALTHY_AFTER_MS,
  mayAdd,
  mayPromote,
  mayRemove,
} from './strict-reconfiguration.js';

/** `S` started voter, `u` voter that never ran, `L` learner; ids from 1. */
function clusterOf(kinds: string): Cluster {
  const cluster = new Cluster();
  [...kinds].forEach((kind, i) => {
    const id = BigInt(i + 1);
    const name = kind === 'u' ? '' : `m${id}`;
    cluster.add({ id, name, peerUrls: [], clientUrls: [], isLearner: kind === 'L' });
  });
  return cluster;
}

/** One letter per id: `+` healthy or oneself, `~` connected just now, `-` not connected. */
function connections(states: string): ConnectedForMs {
  return (id) => {
    const state = states[Number(id) - 1];
    if (state === '+') return HEALTHY_AFTER_MS;
    return state === '~' ? HEALTHY_AFTER_MS - 1 : undefined;
  };
}

test('a voter is added only if those that run will still be a quorum', () => {
  const cases: readonly [string, string, ReturnType<typeof mayAdd>][] = [
    ['S', '+', undefined],
    ['u', '+', 'not-enough-started'],
    ['SS', '++', undefined],
    ['Su', '++', 'not-enough-started'],
    ['SS', '+-', 'unhealthy'],
    ['SSS', '+++', undefined],
    ['SSu', '+++', 'not-enough-started'],
    ['SSS', '++~', 'unhealthy'],
    ['SSSS', '+++-', undefined],
    ['SSSSS', '++++-', undefined],
    ['SSSSS', '+++--', 'unhealthy'],
    ['SSuSS', '+++++', undefined],
    ['SSuuS', '+++++', 'not-enough-started'],
  ];
  for (const [kinds, states, expected] of cases)
    assert.equal(mayAdd(clusterOf(kinds), false, connections(states)), expected, `${kinds} ${states}`);
});

test('a learner may be added to what has a quorum, started or not', () => {
  assert.equal(mayAdd(clusterOf('uuS'), true, connections('+++')), undefined);
  assert.equal(mayAdd(clusterOf('SSS'), true, connections('++-')), 'unhealthy');
  assert.equal(mayAdd(clusterOf('SL'), true, connections('+-')), undefined);
});

test('a voter is removed only if a quorum of the others runs; learners and the dead go freely', () => {
  const cases: readonly [string, string, bigint, ReturnType<typeof mayRemove>][] = [
    ['S', '+', 1n, 'not-enough-started'],
    ['SS', '++', 2n, undefined],
    ['Su', '++', 1n, 'not-enough-started'],
    ['Su', '+-', 2n, undefined],
    ['SSS', '+++', 3n, undefined],
    ['SSS', '++-', 3n, undefined],
    ['SSS', '++-', 2n, 'unhealthy'],
    ['SSS', '++~', 3n, 'unhealthy'],
    ['Suu', '++-', 2n, 'not-enough-started'],
    ['SSSSS', '+++--', 3n, 'unhealthy'],
    ['SSSSS', '++++-', 3n, undefined],
    ['SSL', '+-+', 3n, undefined],
    ['SSS', '+++', 9n, undefined],
  ];
  for (const [kinds, states, id, expected] of cases)
    assert.equal(mayRemove(clusterOf(kinds), id, connections(states)), expected, `${kinds} ${states} ${id}`);
});

test('a promoted learner counts as started', () => {
  assert.equal(mayPromote(clusterOf('SL')), undefined);
  assert.equal(mayPromote(clusterOf('uuL')), 'not-enough-started');
  assert.equal(mayPromote(clusterOf('SuL')), undefined);
  assert.equal(mayPromote(clusterOf('SuuL')), 'not-enough-started');
});
