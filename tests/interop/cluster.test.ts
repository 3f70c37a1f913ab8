/**
 * The unmodified etcdctl against a cluster of three: every answer of Quoin is the one that etcd gives. Both go through the
 * same scenario, each with a cluster of its own (see cluster-scenario.ts).
 */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { findEtcdProgram, programUnderTest, skipUnless, skipWithoutServer } from '../harness/index.js';
import { ClusterScenario } from './cluster-scenario.js';

const program = programUnderTest();
const etcdctl = findEtcdProgram('etcdctl');
const needs = skipWithoutServer(program) || skipUnless(etcdctl !== undefined, 'etcdctl is not installed');

describe('etcdctl and a cluster of three', { skip: needs }, () => {
  let transcript: readonly string[];
  let expected: readonly string[] | undefined;

  before(async () => {
    const isEtcdThere = program !== 'etcd' && findEtcdProgram('etcd') !== undefined;
    [transcript, expected] = await Promise.all([
      ClusterScenario.run(program, etcdctl!),
      isEtcdThere ? ClusterScenario.run('etcd', etcdctl!) : undefined,
    ]);
  });

  /** What came of a question, each time it was asked. */
  const answers = (question: string): string[] => {
    const found = transcript.filter((entry) => entry.startsWith(`${question}: `));
    assert.ok(found.length > 0, question);
    return found.map((entry) => entry.slice(question.length + 2));
  };

  test('any member writes and reads for all', () => {
    assert.deepEqual(answers('m3: etcdctl get a'), ['0\na\nthrough a follower']);
    assert.match(
      transcript.join('\n'),
      /watch at m2:\nPUT\nw1\nfirst\nPUT\nw2\nsecond\nDELETE\nw1\n\nDELETE\nw2\n/,
    );
    assert.deepEqual(answers('m3: etcdctl get two of three --consistency=s'), [
      '0\nare enough\ntwo of three',
    ]);
  });

  test('three members are healthy, two of three too, one is not enough', () => {
    const [all] = answers('m2: etcdctl endpoint health --cluster');
    assert.equal(all!.match(/is healthy: successfully committed proposal/g)?.length, 3);
    const [two] = answers('m1: etcdctl --command-timeout=<time> endpoint health --cluster');
    assert.match(two!, /^1\n/);
    const [healed] = answers('m1: etcdctl endpoint health --cluster');
    assert.equal(two!.match(/is healthy/g)?.length, 2);
    assert.match(healed!, /^0\n/);
    assert.match(
      answers('m1: etcdctl --command-timeout=<time> put two of three are gone')[0]!,
      /^1\n.*Error: /s,
    );
  });

  test('the lead moves where it is told to', () => {
    const moves = transcript.filter((entry) => entry.startsWith('then leads'));
    assert.deepEqual(moves, ['then leads m2', 'then leads m1']);
  });

  test('every answer is etcd’s', (t) => {
    if (expected === undefined) return t.skip('etcd is not there to compare with');
    assert.deepEqual(transcript, expected);
  });
});
