/**
 * Three members, each behind a cable of its own, and what happens when cables break: both ways, one way, and between two
 * members that a third one still reaches. Who cannot reach a majority answers no linearizable read and does no write,
 * with the errors of etcd; it still answers from its own state. After the cables are whole again, everything works at
 * every member within three seconds, and nothing that was acknowledged is missing anywhere.
 *
 *   npm run netns -- [--program quoin|etcd]
 *
 * Not a part of `npm test`: it takes a minute, and needs root.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { parseArgs } from 'node:util';
import { type Program, programUnderTest, skipWithoutServer, sleep } from '../harness/index.js';
import { NetnsMember, type Refusal } from './member.js';
import { Network, whyNoNetwork } from './network.js';

const { values } = parseArgs({ options: { program: { type: 'string' } }, allowPositionals: true });
const program = (values.program ?? programUnderTest()) as Program;
const skip = whyNoNetwork() ?? skipWithoutServer(program);

/** etcd 3.5 takes up to 5.5 s: TCP's own retransmissions have become rare, and it dials anew only then. */
const RECOVERY_MS_MAX = program === 'etcd' ? 8000 : 3000;
/** Pre-vote and election take one to two time-outs of a second each, a few when votes are split. */
const ELECTION_MS_MAX = 10_000;
/** etcd gives up after 5 s and two election time-outs. */
const MINORITY_CALL_MS = 12_000;
/** A leader that hears nobody steps down after an election time-out, and a follower that hears no leader asks for votes. */
const NOTICE_MS = 2500;
/** What waited for a leader that it lost, and what waited for any leader at all. */
const GAVE_UP =
  /^14 etcdserver: request timed out(?:, possibly due to (?:previous leader failure|connection lost))?$|^4 context deadline exceeded$/;
const NO_LEADER = /^14 etcdserver: no leader$/;

let network: Network;
let members: NetnsMember[];
/** Every put that was acknowledged. */
const acknowledged = new Map<string, string>();
let puts = 0;

function otherThan(...left: readonly NetnsMember[]): NetnsMember[] {
  return members.filter((member) => !left.includes(member));
}

async function leader(among: readonly NetnsMember[] = members): Promise<NetnsMember> {
  const deadline = Date.now() + ELECTION_MS_MAX;
  while (Date.now() < deadline) {
    const all = await Promise.all(among.map((member) => member.status()));
    const term = Math.max(...all.map((status) => status.term));
    const found = all.findIndex((status) => status.id === status.leader && status.term === term);
    if (found >= 0 && all.every((status) => status.leader === all[found]!.id)) return among[found]!;
    await sleep(20);
  }
  throw new Error(`no leader among ${among.map(({ name }) => name).join()} in time`);
}

/** A new key; it is remembered if the put succeeds. */
async function put(member: NetnsMember, timeoutMs?: number): Promise<Refusal | undefined> {
  const [key, value] = [`key ${++puts}`, `value ${puts}`];
  const refusal = await member.put(key, value, timeoutMs === undefined ? {} : { timeoutMs });
  if (refusal === undefined) acknowledged.set(key, value);
  return refusal;
}

/** Tries until a put succeeds; gives back how long that took. */
async function untilWritten(member: NetnsMember, timeoutMs: number): Promise<number> {
  const began = performance.now();
  for (;;) {
    const refusal = await put(member, 500);
    const tookMs = performance.now() - began;
    if (refusal === undefined) return tookMs;
    assert.ok(tookMs < timeoutMs, `${member.name} takes no write for ${timeoutMs} ms: ${refusal.message}`);
    await sleep(10);
  }
}

/** A member that has just got its leader back may lose it once more before the vote is settled. */
async function untilRead(member: NetnsMember): Promise<void> {
  const deadline = Date.now() + ELECTION_MS_MAX;
  for (;;) {
    const refusal = await member.read('any');
    if (refusal === undefined) return;
    assert.ok(Date.now() < deadline, `${member.name} reads nothing: ${refusal.code} ${refusal.message}`);
    await sleep(10);
  }
}

interface Diagnostics {
  diagnostic(text: string): void;
}

/** What a member without a majority must do with calls, all asked at once. */
async function assertMinority(context: Diagnostics, member: NetnsMember): Promise<void> {
  const [someKey, someValue] = [...acknowledged][0]!;
  const options = { timeoutMs: MINORITY_CALL_MS };
  const leaderWanted = { timeoutMs: MINORITY_CALL_MS, metadata: { hasleader: 'true' } };
  const [write, read, strictWrite, strictRead] = await Promise.all([
    put(member, MINORITY_CALL_MS),
    member.read(someKey, options),
    member.put('never', 'with a leader only', leaderWanted),
    member.read(someKey, leaderWanted),
  ]);
  for (const [what, refusal] of Object.entries({ write, read })) {
    assert.ok(refusal !== undefined, `a ${what} at ${member.name} succeeded without a majority`);
    assert.match(`${refusal.code} ${refusal.message}`, GAVE_UP, `${what} at ${member.name}`);
  }
  for (const [what, refusal] of Object.entries({ strictWrite, strictRead })) {
    assert.ok(refusal !== undefined, `a ${what} at ${member.name} succeeded without a leader`);
    assert.match(`${refusal.code} ${refusal.message}`, NO_LEADER, `${what} at ${member.name}`);
  }
  assert.equal(await member.own(someKey), someValue, 'a serializable read goes on');
  context.diagnostic(
    `${member.name}: write ${write!.code} ${write!.message} after ${write!.tookMs.toFixed(0)} ms, ` +
      `read ${read!.code} ${read!.message} after ${read!.tookMs.toFixed(0)} ms`,
  );
}

/** The cables are whole again: everything works at every member soon. */
async function healAndCheck(context: Diagnostics): Promise<void> {
  network.heal();
  const took = await Promise.all(members.map((member) => untilWritten(member, 20_000)));
  context.diagnostic(
    `written at every member ${took.map((ms) => ms.toFixed(0)).join(', ')} ms after healing`,
  );
  assert.ok(Math.max(...took) <= RECOVERY_MS_MAX, `recovery took ${Math.max(...took).toFixed(0)} ms`);
  for (const member of members) await untilRead(member);
  for (const [key, value] of acknowledged) {
    for (const member of members) assert.equal(await member.own(key), value, `${key} at ${member.name}`);
  }
  const { header } = await members[0]!.client.kv.range({ key: 'any' });
  for (const member of members) await untilRead(member);
  const request = { revision: header!.revision };
  const hashes = await Promise.all(members.map((member) => member.client.maintenance.hashKV(request)));
  assert.equal(new Set(hashes.map(({ hash }) => hash)).size, 1, 'the members hold different things');
}

describe(`partitions of three members of ${program}`, { skip }, () => {
  before(async () => {
    network = new Network(3);
    members = await NetnsMember.launchAll(network, program);
    for (const member of members) assert.equal(await put(member), undefined);
  });
  // A test that failed half-way leaves whole cables to the next one.
  afterEach(() => network.heal());
  after(async () => {
    for (const member of members ?? []) await member.close();
    network?.close();
  });

  test('the leader is cut off both ways: the others elect, it refuses', async (context) => {
    const old = await leader();
    const others = otherThan(old);
    for (const other of others) network.cutBoth(old.index, other.index);
    const tookMs = await untilWritten(others[0]!, ELECTION_MS_MAX);
    context.diagnostic(`the majority writes after ${tookMs.toFixed(0)} ms`);
    await sleep(NOTICE_MS);
    await Promise.all([untilWritten(others[1]!, ELECTION_MS_MAX), assertMinority(context, old)]);
    await healAndCheck(context);
  });

  test('a follower is cut off both ways: nobody else notices', async (context) => {
    const first = await leader();
    const { term } = await first.status();
    const [follower] = otherThan(first);
    for (const other of otherThan(follower!)) network.cutBoth(follower!.index, other.index);
    await sleep(NOTICE_MS);
    const writes = otherThan(follower!).map((other) => untilWritten(other, 1000));
    await Promise.all([assertMinority(context, follower!), ...writes]);
    await healAndCheck(context);
    assert.equal((await first.status()).term, term, 'a member that returns must not depose the leader');
  });

  test('the leader is heard but hears nobody', async (context) => {
    const old = await leader();
    const others = otherThan(old);
    for (const other of others) network.cut(other.index, old.index);
    await untilWritten(others[0]!, ELECTION_MS_MAX);
    await sleep(NOTICE_MS);
    await Promise.all([untilWritten(others[1]!, ELECTION_MS_MAX), assertMinority(context, old)]);
    await healAndCheck(context);
  });

  test('the leader hears but is not heard', async (context) => {
    const old = await leader();
    const others = otherThan(old);
    for (const other of others) network.cut(old.index, other.index);
    await untilWritten(others[0]!, ELECTION_MS_MAX);
    await sleep(NOTICE_MS);
    await Promise.all([untilWritten(others[1]!, ELECTION_MS_MAX), assertMinority(context, old)]);
    await healAndCheck(context);
  });

  test('a follower hears but is not heard', async (context) => {
    const first = await leader();
    const [follower] = otherThan(first);
    for (const other of otherThan(follower!)) network.cut(follower!.index, other.index);
    await sleep(NOTICE_MS);
    for (const other of otherThan(follower!)) await untilWritten(other, 1000);
    const refusal = await put(follower!, MINORITY_CALL_MS);
    assert.ok(refusal !== undefined, 'a write that nobody hears succeeded');
    await healAndCheck(context);
  });

  test('a bridge: leader and follower lose each other, the third reaches both', async (context) => {
    const first = await leader();
    const { term } = await first.status();
    const [far, bridge] = otherThan(first) as [NetnsMember, NetnsMember];
    network.cutBoth(first.index, far.index);
    await sleep(NOTICE_MS);
    for (const member of [first, bridge]) await untilWritten(member, 1000);
    assert.equal(
      (await bridge.status()).term,
      term,
      'who lost the leader must not depose it for those who have it',
    );
    await assertMinority(context, far);
    await healAndCheck(context);
  });

  test('nobody reaches anybody: all refuse, and all recover', async (context) => {
    for (const a of members)
      for (const b of members) if (a.index < b.index) network.cutBoth(a.index, b.index);
    await sleep(NOTICE_MS);
    await Promise.all(members.map((member) => assertMinority(context, member)));
    await healAndCheck(context);
  });
});
