/** Lease: grants, keep-alives, time to live, lists, revocations and expiry. */
import { CaseList } from '../case.js';
import type { Conversation } from '../conversation.js';
import { grant, list as listKeys, put } from '../steps.js';

const list = new CaseList('lease');
export const LEASE_CASES = list.cases;

const MAX_TTL = 9_000_000_000;

/**
 * Whoever answers a grant has applied it, which may be before the leader has: two followers are a majority. A list of leases
 * does not wait for what is committed, a linearizable read does.
 */
const leaderCatchesUp = (t: Conversation): Promise<unknown> =>
  t.do('KV/Range', { key: 'a' }, { at: 'leader' });

list.add('grant', async (t) => {
  await t.call('Lease/LeaseGrant', { ID: 7, TTL: 60 });
  await t.call('Lease/LeaseTimeToLive', { ID: 7 });
});
list.add('grant without an id', async (t) => {
  const { answer } = await t.call('Lease/LeaseGrant', { TTL: 60 });
  t.note('the id is positive', BigInt(answer!['ID'] as string) > 0n);
});
list.add('grant twice', async (t) => {
  await t.call('Lease/LeaseGrant', { ID: 7, TTL: 60 });
  await t.call('Lease/LeaseGrant', { ID: 7, TTL: 90 });
});
list.add('a negative id', async (t) => {
  await t.call('Lease/LeaseGrant', { ID: -7, TTL: 60 });
  await t.call('KV/Put', { key: 'a', lease: -7 });
  await listKeys(t);
  await t.call('Lease/LeaseTimeToLive', { ID: -7, keys: true });
});
list.add('the largest and the smallest id', async (t) => {
  for (const id of [2n ** 63n - 1n, -(2n ** 63n)]) await t.call('Lease/LeaseGrant', { ID: id, TTL: 60 });
});
for (const ttl of [1, 0, -5, 2, MAX_TTL, MAX_TTL + 1]) {
  list.add(`a time to live of ${ttl}`, (t) => t.call('Lease/LeaseGrant', { ID: 7, TTL: ttl }).then(() => {}));
}
list.add('a time to live of nothing at all', (t) => t.call('Lease/LeaseGrant', {}).then(() => {}));
list.add('revoke', async (t) => {
  await grant(t, 7);
  await t.call('Lease/LeaseRevoke', { ID: 7 });
  await t.call('Lease/LeaseTimeToLive', { ID: 7 });
});
list.add('revoke what is not there', async (t) => {
  await t.call('Lease/LeaseRevoke', { ID: 7 });
  await t.call('Lease/LeaseRevoke', {});
});
list.add('revoke with keys: one revision, in order', async (t) => {
  await grant(t, 7);
  for (const key of ['c', 'a', 'b']) await t.do('KV/Put', { key, value: '1', lease: 7 });
  const watch = t.open('Watch/Watch');
  watch.send({ create_request: { key: 'a', range_end: 'z', prev_kv: true } });
  await watch.next('created');
  await t.call('Lease/LeaseRevoke', { ID: 7 });
  await watch.next('events');
  await listKeys(t);
});
list.add('revoke without keys changes no revision', async (t) => {
  await grant(t, 7);
  await t.call('Lease/LeaseRevoke', { ID: 7 });
  await listKeys(t);
});
list.add('revoke twice', async (t) => {
  await grant(t, 7);
  await t.call('Lease/LeaseRevoke', { ID: 7 });
  await t.call('Lease/LeaseRevoke', { ID: 7 });
});
list.add('grant again after a revocation', async (t) => {
  await grant(t, 7);
  await t.do('Lease/LeaseRevoke', { ID: 7 });
  await t.call('Lease/LeaseGrant', { ID: 7, TTL: 60 });
});
list.add('time to live of what is not there', async (t) => {
  await t.call('Lease/LeaseTimeToLive', { ID: 7 });
  await t.call('Lease/LeaseTimeToLive', { ID: 7, keys: true });
  await t.call('Lease/LeaseTimeToLive', {});
});
list.add('time to live with keys', async (t) => {
  await grant(t, 7);
  for (const key of ['b', 'a', 'c']) await t.do('KV/Put', { key, lease: 7 });
  await t.call('Lease/LeaseTimeToLive', { ID: 7, keys: true });
  await t.call('Lease/LeaseTimeToLive', { ID: 7 });
});
list.add('time to live with keys, of which there are none', async (t) => {
  await grant(t, 7);
  await t.call('Lease/LeaseTimeToLive', { ID: 7, keys: true });
});
list.add('time to live at every member', async (t) => {
  await grant(t, 7);
  for (const at of ['leader', 'follower', 'other'] as const)
    await t.call('Lease/LeaseTimeToLive', { ID: 7 }, { at });
});
list.add('list', async (t) => {
  await t.call('Lease/LeaseLeases');
  for (const id of [3, 1, 2]) await grant(t, id, 1000 * id);
  // Only the leader knows when they end, and lists them in that order.
  await leaderCatchesUp(t);
  await t.call('Lease/LeaseLeases', {}, { at: 'leader' });
});
list.add('keep alive', async (t) => {
  await grant(t, 7, 60);
  const stream = t.open('Lease/LeaseKeepAlive');
  for (let i = 0; i < 3; i++) {
    stream.send({ ID: 7 });
    await stream.next('kept');
  }
});
list.add('keep alive several', async (t) => {
  await grant(t, 7, 60);
  await grant(t, 8, 90);
  const stream = t.open('Lease/LeaseKeepAlive');
  for (const ID of [7, 8, 9, 7]) {
    stream.send({ ID });
    await stream.next('kept');
  }
});
list.add('keep alive what is not there', async (t) => {
  const stream = t.open('Lease/LeaseKeepAlive');
  for (const ID of [7, 0, -1]) {
    stream.send({ ID });
    await stream.next('not kept');
  }
});
list.add('keep alive what was revoked', async (t) => {
  await grant(t, 7, 60);
  const stream = t.open('Lease/LeaseKeepAlive');
  stream.send({ ID: 7 });
  await stream.next('kept');
  await t.do('Lease/LeaseRevoke', { ID: 7 });
  stream.send({ ID: 7 });
  await stream.next('not kept');
});
list.add(
  'keep-alives end with the client',
  async (t) => {
    await grant(t, 7, 60);
    const stream = t.open('Lease/LeaseKeepAlive');
    stream.send({ ID: 7 });
    await stream.next('kept');
    stream.halfClose();
    await stream.next('end');
  },
  { protocol: 'grpc' },
);
list.add('keep alive at every member', async (t) => {
  await grant(t, 7, 60);
  for (const at of ['leader', 'follower', 'other'] as const) {
    const stream = t.open('Lease/LeaseKeepAlive', undefined, { at });
    stream.send({ ID: 7 });
    await stream.next(`kept by ${at}`);
    stream.cancel();
  }
});
list.add('a keep-alive tells the revision, and changes none', async (t) => {
  await grant(t, 7, 60);
  await put(t, 'a=1');
  const stream = t.open('Lease/LeaseKeepAlive');
  stream.send({ ID: 7 });
  await stream.next('kept');
  await listKeys(t);
});
list.add('expiry takes the keys', async (t) => {
  await grant(t, 7, 2);
  for (const key of ['b', 'a']) await t.do('KV/Put', { key, value: '1', lease: 7 });
  const watch = t.open('Watch/Watch');
  watch.send({ create_request: { key: 'a', range_end: 'z' } });
  await watch.next('created');
  await watch.next('events', 30_000);
  await t.call('Lease/LeaseTimeToLive', { ID: 7 });
  await t.call('Lease/LeaseRevoke', { ID: 7 });
  await t.call('KV/Put', { key: 'a', lease: 7 });
  await t.call('Lease/LeaseLeases');
});
list.add('grant through every member', async (t) => {
  for (const [i, at] of (['leader', 'follower', 'other'] as const).entries())
    await t.call('Lease/LeaseGrant', { ID: 70 + i, TTL: 60 + i * 60 }, { at });
  await leaderCatchesUp(t);
  await t.call('Lease/LeaseLeases', {}, { at: 'leader' });
});
list.add('many keys', async (t) => {
  await grant(t, 7);
  const success = Array.from({ length: 100 }, (_, i) => ({ request_put: { key: `k${i + 100}`, lease: 7 } }));
  await t.do('KV/Txn', { success });
  await t.call('Lease/LeaseTimeToLive', { ID: 7, keys: true });
  await t.call('Lease/LeaseRevoke', { ID: 7 });
  await t.call('KV/Range', { key: 'k', range_end: 'l', count_only: true });
});
