/** A difference is seen, and accepted only by the rule that is there for it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCEPTED_DIFFERENCES } from './accepted-differences.js';
import type { Case } from './case.js';
import { compareCase } from './compare.js';
import type { Line } from './conversation.js';

const CASE: Case = { name: 'range: an unknown order', play: () => Promise.resolve() };
const TARGET = { members: 1, security: 'plain', protocol: 'grpc' } as const;

function differences(each: Case, etcd: readonly string[], quoin: readonly string[]) {
  const lines = (texts: readonly string[]): Line[] => texts.map((text, i) => ({ what: `call ${i}`, text }));
  return compareCase(each, TARGET, lines(etcd), lines(quoin), ACCEPTED_DIFFERENCES);
}

test('equal accounts have no difference', () => {
  assert.deepEqual(differences(CASE, ['OK {}', '3 no'], ['OK {}', '3 no']), []);
});

test('another answer is a difference, and so is one that is missing', () => {
  const [other, missing] = differences(CASE, ['OK {}', 'OK {}', 'OK {}'], ['OK {}', 'OK {"more":true}']);
  assert.deepEqual([other!.what, other!.quoin, other!.accepted], ['call 1', 'OK {"more":true}', undefined]);
  assert.deepEqual([missing!.what, missing!.quoin, missing!.accepted], ['call 2', 'nothing', undefined]);
});

test('what is accepted names its row, in this case only, and with this text only', () => {
  const refusal = '3 etcdserver: invalid sort option';
  assert.match(differences(CASE, ['OK {}'], [refusal])[0]!.accepted!.row, /unknown number for sort/);
  assert.match(differences(CASE, ['OK {} [HTTP 200]'], [`${refusal} [HTTP 400]`])[0]!.accepted!.row, /sort/);
  assert.equal(
    differences({ ...CASE, name: 'range: one key' }, ['OK {}'], [refusal])[0]!.accepted,
    undefined,
  );
  assert.equal(differences(CASE, ['OK {}'], ['3 etcdserver: key not found'])[0]!.accepted, undefined);
  assert.equal(differences(CASE, [refusal], ['OK {}'])[0]!.accepted, undefined);
});
