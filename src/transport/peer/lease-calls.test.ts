import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClientConnection } from '../grpc/client-connection.js';
import type { Metadata } from '../grpc/metadata.js';
import { ManualClock } from '../testing/manual-clock.js';
import { MemoryWeb } from '../testing/memory-web.js';
import { CLUSTER_ID, ELECTION_MS, pairOf, TestMember } from '../testing/peer-fixture.js';
import { greetingMetadata } from './handshake.js';
import { RENEW_PATH } from './lease-calls.js';
import { CALL_TIMEOUT_FACTOR, REFUSED_RETRY_MS, RENEWALS_PER_CALL_MAX } from './limits.js';
import type { LeaseTimeToLive } from './ports.js';

type Ttls = readonly number[] | undefined;

/** Answers renewals with the ids as seconds, and counts the calls. */
function leaderOf(member: TestMember): { calls: (readonly bigint[])[]; answers: boolean } {
  const leader = { calls: [] as (readonly bigint[])[], answers: true };
  member.leases = {
    renewForPeer: (ids, done) => {
      leader.calls.push(ids);
      if (leader.answers) done(ids.map(Number));
    },
    timeToLiveForPeer: (id, keys, done) => {
      if (id === 0n) done(undefined);
      else done({ ttl: Number(id), grantedTtl: 99, keys: keys ? [Uint8Array.of(1), Uint8Array.of(2)] : [] });
    },
  };
  return leader;
}

test('renewals of one turn go as one call, as far as one call holds', () => {
  const web = new MemoryWeb(new ManualClock());
  const [a, b] = pairOf(web);
  const leader = leaderOf(b);
  const got: Ttls[] = [];
  a.network.leases.renew(2n, [1n, 2n], (ttls) => got.push(ttls));
  a.network.leases.renew(2n, [3n], (ttls) => got.push(ttls));
  assert.deepEqual([...got], [], 'never from within the call');
  web.run(20);
  assert.deepEqual([...got], [[1, 2], [3]]);
  assert.deepEqual(leader.calls, [[1n, 2n, 3n]]);
  const many = Array.from({ length: RENEWALS_PER_CALL_MAX }, (_, i) => BigInt(i));
  a.network.leases.renew(2n, many, (ttls) => got.push(ttls));
  a.network.leases.renew(2n, [7n], (ttls) => got.push(ttls));
  web.run(20);
  assert.deepEqual(
    leader.calls.slice(1).map((ids) => ids.length),
    [RENEWALS_PER_CALL_MAX, 1],
  );
  assert.deepEqual(got.slice(2), [many.map(Number), [7]]);
});

test('how long a lease lives is told, or that nobody there knows', () => {
  const web = new MemoryWeb(new ManualClock());
  const [a, b] = pairOf(web);
  leaderOf(b);
  const got: (LeaseTimeToLive | undefined)[] = [];
  a.network.leases.timeToLive(2n, 5n, true, (answer) => got.push(answer));
  a.network.leases.timeToLive(2n, 6n, false, (answer) => got.push(answer));
  a.network.leases.timeToLive(2n, 0n, false, (answer) => got.push(answer));
  web.run(20);
  assert.deepEqual(
    [...got],
    [
      { ttl: 5, grantedTtl: 99, keys: [Uint8Array.of(1), Uint8Array.of(2)] },
      { ttl: 6, grantedTtl: 99, keys: [] },
      undefined,
    ],
  );
});

test('who cannot be asked is told at once or in time; a peer that is back is asked again', () => {
  const web = new MemoryWeb(new ManualClock());
  const [a, b] = pairOf(web);
  const leader = leaderOf(b);
  const got: Ttls[] = [];
  a.network.leases.renew(77n, [1n], (ttls) => got.push(ttls));
  web.run(5);
  assert.deepEqual([...got], [undefined], 'nobody knows where it is');
  leader.answers = false;
  a.network.leases.renew(2n, [1n], (ttls) => got.push(ttls));
  web.run(CALL_TIMEOUT_FACTOR * ELECTION_MS - 20);
  assert.equal(got.length, 1);
  web.run(50);
  assert.deepEqual([...got], [undefined, undefined], 'too late');
  leader.answers = true;
  a.network.leases.renew(2n, [4n], (ttls) => got.push(ttls));
  web.run(20);
  assert.deepEqual(got[2], [4], 'on a new connection');
  b.kill();
  a.network.leases.renew(2n, [5n], (ttls) => got.push(ttls));
  web.run(CALL_TIMEOUT_FACTOR * ELECTION_MS + 50);
  assert.equal(got.length, 4);
  assert.equal(got[3], undefined);
  const again = new TestMember(web, 2n).start(a);
  leaderOf(again);
  a.network.leases.renew(2n, [6n], (ttls) => got.push(ttls));
  web.run(50);
  assert.deepEqual(got[4], [6]);
});

test('where somebody else answers at the first URL of a peer, another one is asked', () => {
  const web = new MemoryWeb(new ManualClock());
  const [b, c] = [2n, 3n].map((id) => new TestMember(web, id).start()) as [TestMember, TestMember];
  leaderOf(b);
  const unlinked = new TestMember(web, 1n);
  const peers = [{ id: 2n, peerUrls: [c.url, b.url] }];
  unlinked.network.setPeers(peers);
  const got: Ttls[] = [];
  for (let i = 0; i < 3; i++) {
    unlinked.network.leases.renew(2n, [BigInt(i)], (ttls) => got.push(ttls));
    web.run(20);
  }
  assert.deepEqual([...got], [undefined, [1], [2]]);
  // A link that has found the peer saves the first attempt.
  const linked = new TestMember(web, 4n).start();
  linked.network.setPeers(peers);
  web.run(2 * REFUSED_RETRY_MS + 100);
  assert.notEqual(linked.network.connectedSince(2n), undefined);
  linked.network.leases.renew(2n, [3n], (ttls) => got.push(ttls));
  web.run(20);
  assert.deepEqual(got[3], [3]);
});

test('a peer that answers that it does not lead keeps its connection', () => {
  const web = new MemoryWeb(new ManualClock());
  const [a, b] = pairOf(web);
  const leader = leaderOf(b);
  const got: unknown[] = [];
  const links = web.links.length;
  a.network.leases.timeToLive(2n, 0n, false, (answer) => got.push(answer));
  web.run(20);
  a.network.leases.renew(2n, [1n], (ttls) => got.push(ttls));
  web.run(20);
  assert.deepEqual([got, leader.calls, web.links.length], [[undefined, [1]], [[1n]], links + 1]);
});

test('a removed member is not answered, and a stop leaves nobody waiting', () => {
  const web = new MemoryWeb(new ManualClock());
  const [a, b] = pairOf(web);
  const leader = leaderOf(b);
  const got: Ttls[] = [];
  b.network.setRemoved(new Set([1n]));
  a.network.leases.renew(2n, [1n], (ttls) => got.push(ttls));
  web.run(20);
  assert.deepEqual([got, leader.calls], [[undefined], []]);
  b.network.setRemoved(new Set());
  leader.answers = false;
  a.network.leases.renew(2n, [1n], (ttls) => got.push(ttls));
  web.run(20);
  a.network.stop();
  a.network.leases.renew(2n, [2n], (ttls) => got.push(ttls));
  web.run(20);
  assert.deepEqual([...got], [undefined, undefined, undefined]);
});

test('strangers and those who were removed are refused, and malformed questions too', () => {
  const web = new MemoryWeb(new ManualClock());
  const [a, b] = pairOf(web);
  const leader = leaderOf(b);
  const statuses: string[] = [];
  const call = (metadata: Metadata, message: Uint8Array): void => {
    const connection = new ClientConnection(web.connect(b.url), { clock: web.clock, authority: 'raw' });
    connection.unary(RENEW_PATH, message, metadata, (code, text) => statuses.push(`${code} ${text}`));
    web.run(20);
  };
  const greet = (clusterId: bigint, from: bigint): Metadata =>
    greetingMetadata({ clusterId, memberId: from, version: '0.0.1', peerUrls: [] }, 2n, 'call', {
      life: 'a',
      ordinal: 1,
    });
  call([], new Uint8Array(0));
  call(greet(1n, 1n), new Uint8Array(0));
  call(greet(CLUSTER_ID, 1n), Uint8Array.of(0x08));
  b.network.setRemoved(new Set([1n]));
  call(greet(CLUSTER_ID, 1n), new Uint8Array(0));
  assert.deepEqual(statuses, [
    '3 malformed greeting',
    '9 cluster ID mismatch',
    '3 malformed request',
    '7 the member has been permanently removed from the cluster',
  ]);
  assert.deepEqual([leader.calls, a.received], [[], []]);
});
