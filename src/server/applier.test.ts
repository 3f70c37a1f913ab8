import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogSink } from '../platform/index.js';
import { EntryKind, type RaftNode } from '../raft/index.js';
import type { StateMachine } from '../state-machine/index.js';
import { ManualClock } from '../transport/testing/manual-clock.js';
import { RequestKind } from '../wire/index.js';
import { Applier } from './applier.js';
import { EntrySlab } from './entry-slab.js';
import { MemberCounters } from './member-counters.js';
import { Proposals } from './proposals.js';
import type { Reconfiguration } from './reconfiguration.js';

test('a batch that takes longer than expected is counted and logged, its entries by their share', () => {
  const clock = new ManualClock();
  const counters = new MemberCounters();
  const lines: unknown[] = [];
  const sink: LogSink = { log: (level, message, fields) => void lines.push([level, message, fields]) };
  let takesMs = 0;
  const machine = { apply: () => void clock.advance(takesMs) } as unknown as StateMachine;
  const parts = { node: {} as RaftNode, machine, clock, sink, counters };
  const applier = new Applier(parts, new Proposals(0), {} as Reconfiguration, 100);
  const slab = new EntrySlab();
  const entries = [1, 2].map((index) => ({
    index,
    term: 1,
    kind: EntryKind.NORMAL,
    data: slab.encode(RequestKind.PUT, index, undefined, new Uint8Array(0), 0, 0),
  }));
  takesMs = 50;
  applier.apply(entries);
  assert.deepEqual([counters.slowApplies, lines], [0, []], 'exactly as long is not longer');
  takesMs = 51;
  applier.apply(entries);
  assert.equal(counters.slowApplies, 1);
  const fields = { took: '102.000ms', 'expected-duration': '100ms', entries: 2, 'last-index': 2 };
  assert.deepEqual(lines, [['warn', 'apply request took too long', fields]]);
  const [puts] = [...counters.applies.all()];
  assert.deepEqual([puts!.kind, puts!.success, puts!.seconds.count], [RequestKind.PUT, true, 4]);
  assert.ok(Math.abs(puts!.seconds.sum - 0.202) < 1e-9);
});
