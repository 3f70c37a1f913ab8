import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionError, EMPTY_BYTES } from '../stdx/index.js';
import type { ConfChange } from './conf-change.js';
import { encodeConfChange } from './confchange/codec.js';
import type { Entry, NodeId } from './entry.js';
import { EntryKind } from './entry.js';
import { BASE, Bench, entry } from './node-fixture.conformance.js';

test('nobody leads before the own vote is durable, whatever the others say', () => {
  const bench = new Bench();
  bench.node.step({ kind: 'campaign' });
  const update = bench.take();
  bench.grant(2n);
  bench.grant(3n);
  assert.equal(bench.node.role, 'candidate', 'after a crash it would not know that it led this term');
  assert.deepEqual(bench.sent('append'), []);
  bench.persist(update);
  assert.equal(bench.node.role, 'leader');
  bench.take();
  assert.equal(bench.sent('append').length, 2);
});

test('votes are asked for behind the write of the term, pre-votes at once', () => {
  const bench = new Bench({ preVote: true });
  bench.node.step({ kind: 'campaign' });
  const dryRun = bench.take();
  assert.equal(bench.sent('pre-vote').length, 2);
  bench.persist(dryRun);
  const yes = { to: 1n, term: bench.node.term + 1, reject: false, commitIndex: 0, commitTerm: 0 };
  bench.receive({ kind: 'pre-vote-response', from: 2n, ...yes });
  const update = bench.take();
  assert.equal(bench.node.role, 'candidate');
  assert.deepEqual(
    update.messages.filter(({ kind }) => kind === 'vote'),
    [],
  );
  const { term } = update.hardState!;
  assert.deepEqual(
    update.append!.responses.map((each) => each.kind === 'vote' && [each.to, each.term]),
    [false, [2n, term], [3n, term]],
    'after a crash it would not know that it asked',
  );
});

test('a candidate that learns of its own removal, or demotion, leads nobody', () => {
  for (const type of ['remove', 'add-learner'] as const) {
    const change: ConfChange = {
      transition: 'auto',
      changes: [{ type, nodeId: 1n }],
      context: EMPTY_BYTES,
    };
    const kind = EntryKind.CONF_CHANGE_V2;
    const own: Entry = { index: BASE + 1, term: 2, kind, data: encodeConfChange(change, false) };
    const bench = new Bench({}, [own], [1n, 2n, 3n, 4n]);
    bench.node.step({ kind: 'campaign' });
    bench.persist(bench.take());
    const { term } = bench.node;
    bench.grant(2n);
    const refusal = { kind: 'vote-response', from: 4n, to: 1n, term, reject: true } as const;
    bench.receive({ ...refusal, commitIndex: own.index, commitTerm: own.term });
    const { committedEntries } = bench.take();
    assert.deepEqual(committedEntries, [own]);
    bench.node.applyConfChange(change);
    bench.node.step({ kind: 'applied', index: own.index });
    bench.grant(3n);
    assert.deepEqual([bench.node.role, bench.node.term], ['follower', term], type);
  }
});

test('a vote that becomes durable after the election was lost does not count', () => {
  const bench = new Bench();
  bench.node.step({ kind: 'campaign' });
  const update = bench.take();
  bench.receive({ kind: 'heartbeat', from: 2n, to: 1n, term: 2, commit: 0, readRound: 0 });
  bench.persist(update);
  bench.grant(3n);
  assert.equal(bench.node.role, 'follower');
  assert.equal(bench.node.leader, 2n);
});

test('a stuck candidate of a higher term is freed by its leader (check-quorum)', () => {
  const bench = new Bench({ checkQuorum: true }).lead();
  const stale = { kind: 'heartbeat', from: 3n, to: 1n, term: 1, commit: 0, readRound: 0 } as const;
  bench.receive(stale);
  const { append } = bench.take();
  const answer = append!.responses[0]!;
  assert.equal(answer.kind, 'append-response');
  assert.equal(answer.kind === 'append-response' && answer.term, 2, 'the answer carries our higher term');
});

test('votes are refused to shorter logs, and given once a term', () => {
  const bench = new Bench({}, [entry(6, 2)]);
  const ask = (from: NodeId, lastIndex: number, lastTerm: number) =>
    bench.receive({ kind: 'vote', from, to: 1n, term: 3, lastIndex, lastTerm, transfer: false });
  ask(2n, 5, 1);
  ask(3n, 6, 2);
  ask(2n, 9, 2);
  ask(3n, 6, 2);
  bench.take();
  assert.deepEqual(
    bench.sent('vote-response').map((m) => [m.to, m.reject]),
    [
      [2n, true],
      [3n, false],
      [2n, true],
      [3n, false],
    ],
  );
});

test('two leaders in one term are a bug, not a condition', () => {
  const bench = new Bench().lead();
  assert.throws(() => bench.append(6, 2, [], 6, 2), AssertionError);
});

test('electing twice in a row draws other time-outs from the injected randomness', () => {
  let drawn = 0;
  const bench = new Bench({ random: () => ((drawn++ % 2) * 9) / 10 });
  const ticksUntil = (): number => {
    let ticks = 0;
    const { term } = bench.node;
    while (bench.node.term === term) {
      bench.node.step({ kind: 'tick' });
      ticks++;
    }
    bench.take();
    return ticks;
  };
  assert.deepEqual([ticksUntil(), ticksUntil(), ticksUntil()], [10, 19, 10]);
});
