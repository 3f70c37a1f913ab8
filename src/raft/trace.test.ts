import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cluster } from './simulation/cluster.js';
import { formatTrace } from './trace.js';

test('every trace event has a line with node, term and a reason', () => {
  const kinds = new Set<string>();
  for (let seed = 1; seed <= 24; seed++) {
    const cluster = new Cluster(seed, (event) => {
      kinds.add(event.kind);
      const line = formatTrace(event);
      assert.match(line, /^[0-9a-f]+@\d+ \S/);
      assert.doesNotMatch(line, /\n|undefined|NaN|\[object/);
    });
    cluster.run(2500);
  }
  assert.ok(kinds.size > 35, `the runs contain most kinds of events: ${kinds.size}`);
});
