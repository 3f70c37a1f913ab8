import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionError, EMPTY_BYTES } from '../stdx/index.js';
import type { ConfChange } from './conf-change.js';
import { decodeConfChange, encodeConfChange } from './confchange/codec.js';
import { DEFAULT_RAFT_CONFIG } from './config.js';
import type { NodeId } from './entry.js';
import { EMPTY_CONF_STATE, EntryKind } from './entry.js';
import { MemoryStorage } from './log/memory-storage.js';
import { RaftNode } from './node.js';
import { BASE, BASE_TERM, Bench, entry, logTerms, proposal } from './node-fixture.conformance.js';

test('entries of older terms are not committed by counting (figure 8)', () => {
  const bench = new Bench({}, [entry(6, 2), entry(7, 2)]).lead();
  assert.equal(bench.node.term, 3);
  assert.equal(bench.node.lastIndex, 8);
  bench.ack(2n, 7);
  bench.ack(3n, 7);
  assert.equal(bench.node.commitIndex, BASE, 'all three hold entry 7, and yet it is not committed');
  bench.ack(2n, 8);
  assert.equal(bench.node.commitIndex, 8, 'an entry of the own term commits all before it');
});

test('a leader counts itself only when its own write is durable (thesis 10.2.1)', () => {
  const bench = new Bench().lead();
  bench.ack(2n, 6);
  bench.take();
  bench.node.step({ kind: 'propose', entries: [proposal()] });
  const update = bench.take();
  assert.ok(
    update.messages.some((m) => m.kind === 'append'),
    'the append leaves before the own write',
  );
  bench.ack(2n, 7);
  assert.equal(bench.node.commitIndex, 6);
  bench.persist(update);
  assert.equal(bench.node.commitIndex, 7);
});

test('a single voter commits with its own write, and a batch costs one message to itself', () => {
  const bench = new Bench({}, [], [1n]).lead();
  bench.node.step({ kind: 'propose', entries: [proposal(), proposal(), proposal()] });
  const update = bench.take();
  assert.equal(update.entries.length, 3);
  assert.equal(update.append!.responses.length, 1);
  assert.equal(bench.node.commitIndex, 6);
  bench.persist(update);
  assert.equal(bench.node.commitIndex, 9);
  assert.equal(bench.take().committedEntries.length, 3);
});

test('a write acknowledged in a later term does not count in it', () => {
  const bench = new Bench().lead();
  bench.node.step({ kind: 'propose', entries: [proposal()] });
  const update = bench.take();
  bench.append(6, 2, [entry(7, 3)], 6, 3);
  bench.persist(update);
  assert.equal(bench.node.commitIndex, 6);
  assert.deepEqual(
    bench.take().entries.map((e) => [e.index, e.term]),
    [[7, 3]],
    'the overwriting entry is still to be written',
  );
});

test('a late, shorter append does not truncate what matches', () => {
  const bench = new Bench();
  bench.append(BASE, BASE_TERM, [entry(6, 2), entry(7, 2), entry(8, 2)], BASE);
  bench.persist(bench.take());
  bench.append(BASE, BASE_TERM, [entry(6, 2)], BASE);
  assert.equal(bench.node.lastIndex, 8);
  bench.persist(bench.take());
  assert.deepEqual(logTerms(bench), [2, 2, 2]);
  assert.deepEqual(
    bench.sent('append-response').map((m) => m.index),
    [8, 6],
  );
});

test('a conflict truncates from the first difference only', () => {
  const bench = new Bench({}, [entry(6, 2), entry(7, 2), entry(8, 2)]);
  bench.append(BASE, BASE_TERM, [entry(6, 2), entry(7, 3)], BASE, 3);
  const update = bench.take();
  assert.deepEqual(
    update.entries.map((e) => e.index),
    [7],
  );
  bench.persist(update);
  assert.deepEqual(logTerms(bench), [2, 3]);
});

test('a follower commits only what the append has verified', () => {
  const bench = new Bench({}, [entry(6, 2), entry(7, 2)]);
  bench.append(BASE, BASE_TERM, [entry(6, 2)], 7, 3);
  assert.equal(bench.node.commitIndex, 6, 'entry 7 here may differ from what the leader committed at 7');
});

test('a rejection names where the logs may meet, skipping whole terms', () => {
  const bench = new Bench({}, [entry(6, 2), entry(7, 3), entry(8, 3), entry(9, 3)]);
  bench.append(9, 2, [], BASE, 4);
  bench.take();
  const [rejection] = bench.sent('append-response');
  assert.deepEqual([rejection!.reject, rejection!.hintIndex, rejection!.hintTerm], [true, 6, 2]);
});

test('an answer leaves only after the write it speaks of, even if that write has no entries', () => {
  const bench = new Bench();
  bench.append(BASE, BASE_TERM, [], BASE, 7);
  const update = bench.take();
  assert.equal(update.messages.length, 0);
  assert.equal(update.append!.responses.length, 1);
  assert.ok(update.mustSync, 'the new term must be durable');
});

test('uncommitted payload is limited, but one batch always passes, and empty entries always', () => {
  const bench = new Bench({ uncommittedBytesMax: 100 }).lead();
  assert.equal(bench.node.step({ kind: 'propose', entries: [proposal(150)] }), 'ok');
  assert.equal(bench.node.step({ kind: 'propose', entries: [proposal(1)] }), 'uncommitted-full');
  assert.equal(bench.node.step({ kind: 'propose', entries: [proposal(0)] }), 'ok');
  bench.persist(bench.take());
  bench.ack(2n, bench.node.lastIndex);
  const { committedEntries } = bench.take();
  bench.node.step({ kind: 'applied', index: committedEntries[committedEntries.length - 1]!.index });
  assert.equal(bench.node.step({ kind: 'propose', entries: [proposal(99)] }), 'ok');
});

test('a second conf change is not appended while the first may be unapplied', () => {
  const bench = new Bench().lead();
  bench.ack(2n, 6);
  bench.take();
  bench.node.step({ kind: 'applied', index: 6 });
  const add = (nodeId: NodeId) =>
    bench.node.step({
      kind: 'propose-conf-change',
      change: { transition: 'auto', changes: [{ type: 'add-voter', nodeId }], context: EMPTY_BYTES },
      v1: false,
    });
  add(4n);
  add(5n);
  const kinds = bench.take().entries.map((e) => e.kind);
  assert.deepEqual(kinds, [EntryKind.CONF_CHANGE_V2, EntryKind.NORMAL]);
});

test('a conf change that cannot be read is replaced by an empty entry', () => {
  const bench = new Bench().lead();
  const bad = { kind: EntryKind.CONF_CHANGE_V2, data: Uint8Array.of(0xff, 0xff) };
  assert.equal(bench.node.step({ kind: 'propose', entries: [bad] }), 'ok');
  assert.deepEqual(
    bench.take().entries.map((e) => [e.kind, e.data.length]),
    [[EntryKind.NORMAL, 0]],
  );
});

test('a follower forwards proposals, unless it may not', () => {
  const forwarding = new Bench();
  assert.equal(forwarding.node.step({ kind: 'propose', entries: [proposal()] }), 'no-leader');
  forwarding.append(BASE, BASE_TERM, [], BASE);
  assert.equal(forwarding.node.step({ kind: 'propose', entries: [proposal()] }), 'ok');
  forwarding.take();
  assert.equal(forwarding.sent('propose')[0]!.to, 2n);
  const silent = new Bench({ disableProposalForwarding: true });
  silent.append(BASE, BASE_TERM, [], BASE);
  assert.equal(silent.node.step({ kind: 'propose', entries: [proposal()] }), 'forwarding-disabled');
});

test('an answer to a read counts once, and only while it is waited for', () => {
  const bench = new Bench();
  bench.append(BASE, BASE_TERM, [], BASE);
  bench.node.step({ kind: 'read-index', context: 10n });
  bench.take();
  const answer = { kind: 'read-index-response', from: 2n, to: 1n, index: 5, reject: false } as const;
  bench.receive({ ...answer, context: 9n });
  bench.receive({ ...answer, context: 10n });
  bench.receive({ ...answer, context: 10n });
  assert.deepEqual(bench.take().readStates, [{ context: 10n, index: 5 }]);
  assert.throws(() => bench.node.step({ kind: 'read-index', context: 10n }), AssertionError);
});

test('a forwarded read without an answer is reported within two election time-outs', () => {
  const bench = new Bench();
  bench.append(BASE, BASE_TERM, [], BASE);
  bench.node.step({ kind: 'read-index', context: 10n });
  const dropped: bigint[] = [];
  for (let i = 0; i < 2 * DEFAULT_RAFT_CONFIG.electionTicks; i++) {
    bench.receive({ kind: 'heartbeat', from: 2n, to: 1n, term: 2, commit: 0, readRound: 0 });
    bench.node.step({ kind: 'tick' });
    dropped.push(...bench.take().readsDropped);
  }
  assert.deepEqual(dropped, [10n]);
});

test('a heartbeat answer of an earlier round confirms no later read', () => {
  const bench = new Bench().lead();
  bench.ack(2n, 6);
  const answer = (from: NodeId, readRound: number) =>
    bench.receive({ kind: 'heartbeat-response', from, to: 1n, term: 2, readRound });
  bench.node.step({ kind: 'read-index', context: 1n });
  bench.take();
  bench.node.step({ kind: 'read-index', context: 2n });
  bench.take();
  answer(2n, 1);
  assert.deepEqual(bench.take().readStates, [{ context: 1n, index: 6 }]);
  answer(3n, 1);
  assert.equal(bench.node.hasUpdate(), false);
  answer(3n, 2);
  assert.deepEqual(bench.take().readStates, [{ context: 2n, index: 6 }]);
});

test('a snapshot at or below the commit index, or of others, is answered and not installed', () => {
  const bench = new Bench({}, [entry(6, 2)]);
  bench.append(BASE, BASE_TERM, [entry(6, 2)], 6);
  bench.take();
  const offer = (index: number, voters: NodeId[]) =>
    bench.receive({
      kind: 'snapshot',
      from: 2n,
      to: 1n,
      term: 2,
      snapshot: { index, term: 2, confState: { ...EMPTY_CONF_STATE, voters }, data: EMPTY_BYTES },
    });
  offer(6, [1n, 2n, 3n]);
  offer(9, [2n, 3n]);
  const update = bench.take();
  assert.equal(update.snapshot, null);
  assert.deepEqual(
    bench.sent('append-response').map((m) => m.index),
    [6, 6, 6],
  );
  offer(9, [1n, 2n, 3n]);
  const installed = bench.take();
  assert.equal(installed.snapshot!.index, 9);
  assert.equal(installed.entries.length, 0);
  assert.equal(bench.node.lastIndex, 9, 'the whole log gives way to the snapshot');
});

test('a snapshot whose last entry the log has takes nothing away', () => {
  const bench = new Bench({}, [entry(6, 2)]);
  bench.append(6, 2, [entry(7, 2)], BASE);
  bench.persist(bench.take());
  const confState = { ...EMPTY_CONF_STATE, voters: [1n, 2n, 3n] };
  const snapshot = { index: 6, term: 2, confState, data: EMPTY_BYTES };
  bench.receive({ kind: 'snapshot', from: 2n, to: 1n, term: 2, snapshot });
  const update = bench.take();
  assert.equal(update.snapshot, null);
  assert.equal(bench.node.commitIndex, 6, 'what the snapshot holds is committed');
  assert.equal(bench.node.lastIndex, 7, 'what was acknowledged behind it stays');
});

test('what was applied is committed, even if the stored commit index lags behind', () => {
  const bench = new Bench({ applied: 7 }, [entry(6, 2), entry(7, 2), entry(8, 2)]);
  assert.equal(bench.node.commitIndex, 7);
  assert.equal(bench.node.appliedIndex, 7);
});

test('an ack that overtakes the write it speaks for is a bug', () => {
  const bench = new Bench().lead();
  bench.node.step({ kind: 'propose', entries: [proposal()] });
  const { append } = bench.take();
  assert.throws(() => bench.node.step({ kind: 'persisted', append: append! }), AssertionError);
});

test('a cluster may begin with committed conf changes instead of a snapshot', () => {
  const storage = new MemoryStorage();
  const change = (nodeId: NodeId): ConfChange => ({
    transition: 'auto',
    changes: [{ type: 'add-voter', nodeId }],
    context: EMPTY_BYTES,
  });
  const ids = [1n, 2n, 3n];
  const kind = EntryKind.CONF_CHANGE;
  storage.append(
    ids.map((id, i) => ({ index: i + 1, term: 1, kind, data: encodeConfChange(change(id), true) })),
  );
  storage.setHardState({ term: 1, vote: 0n, commit: 3 });
  const node = new RaftNode({ ...DEFAULT_RAFT_CONFIG, id: 1n, random: () => 0 }, storage);
  node.step({ kind: 'campaign' });
  assert.equal(node.role, 'follower', 'who its voters are is not known before they are applied');
  for (const entry of node.takeUpdate().committedEntries) {
    node.applyConfChange(decodeConfChange(entry.kind, entry.data));
  }
  node.step({ kind: 'applied', index: 3 });
  assert.deepEqual(node.status().confState.voters, ids);
  node.step({ kind: 'campaign' });
  assert.equal(node.role, 'pre-candidate');
});
