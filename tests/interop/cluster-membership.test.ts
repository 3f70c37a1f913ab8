/**
 * Additions, promotions, new addresses and removals of members: every answer of Quoin is the one that etcd gives. Both go
 * through the same scenario, each with a cluster of its own (see membership-scenario.ts).
 */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { findEtcdProgram, programUnderTest, skipUnless, skipWithoutServer } from '../harness/index.js';
import { MembershipScenario } from './membership-scenario.js';

const program = programUnderTest();
const etcdctl = findEtcdProgram('etcdctl');
const needs = skipWithoutServer(program) || skipUnless(etcdctl !== undefined, 'etcdctl is not installed');

describe('the members of a cluster', { skip: needs }, () => {
  let transcript: readonly string[];
  let expected: readonly string[] | undefined;

  before(async () => {
    const isEtcdThere = program !== 'etcd' && findEtcdProgram('etcd') !== undefined;
    [transcript, expected] = await Promise.all([
      MembershipScenario.run(program, etcdctl!),
      isEtcdThere ? MembershipScenario.run('etcd', etcdctl!) : undefined,
    ]);
  });

  /** What came of one question. */
  const outcome = (question: string): string => {
    const found = transcript.find((entry) => entry.startsWith(`${question}: `));
    assert.ok(found !== undefined, question);
    return found.slice(question.length + 2);
  };

  test('the scenario got to its end', () => {
    assert.match(outcome('etcdctl put last one standing'), /^0\nOK$/);
    assert.equal(
      outcome('remove the last'),
      `2 ${ETCD}re-configuration failed due to not enough started members`,
    );
    assert.equal(outcome('the removed member says so'), 'true');
    assert.equal(outcome('it leads'), 'true');
    assert.equal(outcome('leader: promote unknown'), `5 ${ETCD}member not found`);
    assert.equal(outcome('remove one that runs'), `14 ${ETCD}unhealthy cluster`);
  });

  test('every answer is etcd’s', (t) => {
    if (expected === undefined) return t.skip('etcd is not there to compare with');
    const newer = expected.map((entry) => entry.replace(/^([\w ,]+): 14 (.*for learner)$/, '$1: 9 $2'));
    assert.deepEqual(transcript, newer);
  });
});

const ETCD = 'etcdserver: ';
