/** Cluster: lists of members and every change of them, good and bad; learners; and what goes without a quorum. */
import { sleep } from '../../../harness/index.js';
import { CaseList } from '../case.js';
import type { Role } from '../cluster.js';
import type { Conversation } from '../conversation.js';
import type { Fields } from '../rpc.js';
import { put } from '../steps.js';

const list = new CaseList('cluster');
const learners = new CaseList('learner', { fixture: 'fresh' });
const quorum = new CaseList('without a quorum', { fixture: 'fresh', members: 3 });
export const CLUSTER_CASES = [list, learners, quorum];

/** Time after which etcd counts a connection between members as one to rely on, and some. */
const HEALTHY_AFTER_MS = 6000;
const NOWHERE = 'http://127.0.0.1:1';

const BAD_URLS: readonly (readonly string[])[] = [
  [],
  [''],
  ['foo'],
  ['http://127.0.0.1'],
  ['http://127.0.0.1:1/x'],
  ['ftp://127.0.0.1:1'],
  ['127.0.0.1:1'],
  [NOWHERE, 'foo'],
];

/** Waits until the members count as connected; one alone is. */
async function settle(t: Conversation): Promise<void> {
  if (t.target.members > 1) await sleep(HEALTHY_AFTER_MS);
}

async function idOf(t: Conversation, at: Role): Promise<string> {
  const { header } = await t.do('Maintenance/Status', {}, { at });
  return String((header as Fields)['member_id']);
}

list.add('list', async (t) => {
  await t.call('Cluster/MemberList');
  await t.call('Cluster/MemberList', { linearizable: true });
  await t.call('Cluster/MemberList', { linearizable: false });
});
list.add('list at every member', async (t) => {
  for (const at of ['leader', 'follower', 'other'] as const) await t.call('Cluster/MemberList', {}, { at });
});
for (const [i, peerURLs] of BAD_URLS.entries()) {
  list.add(`add with bad URLs ${i + 1}: ${peerURLs.join(' ') || 'none'}`, async (t) => {
    await t.call('Cluster/MemberAdd', { peerURLs });
    await t.call('Cluster/MemberAdd', { peerURLs, isLearner: true });
  });
}
list.add('remove who is not there', async (t) => {
  await t.call('Cluster/MemberRemove', { ID: 77 });
  await t.call('Cluster/MemberRemove', {});
});
list.add('update who is not there', async (t) => {
  await t.call('Cluster/MemberUpdate', { ID: 77, peerURLs: [NOWHERE] });
  await t.call('Cluster/MemberUpdate', { peerURLs: [NOWHERE] });
});
list.add('promote who is not there', async (t) => {
  await t.call('Cluster/MemberPromote', { ID: 77 });
  await t.call('Cluster/MemberPromote', {});
});
list.add('promote a voter', async (t) => {
  await t.call('Cluster/MemberPromote', { ID: await idOf(t, 'leader') }, { label: 'leader' });
  await t.call('Cluster/MemberPromote', { ID: await idOf(t, 'follower') }, { label: 'follower' });
});
list.add('add a peer URL that is used', async (t) => {
  await settle(t);
  const peerURLs = [t.cluster.member('leader').peerUrl];
  await t.call('Cluster/MemberAdd', { peerURLs }, { label: 'voter' });
  await t.call('Cluster/MemberAdd', { peerURLs, isLearner: true }, { label: 'learner' });
});
list.add(
  'update to the URL of another',
  async (t) => {
    const peerURLs = [t.cluster.member('leader').peerUrl];
    await t.call('Cluster/MemberUpdate', { ID: await idOf(t, 'follower'), peerURLs }, { label: 'update' });
  },
  { members: 3 },
);
list.add('update', async (t) => {
  const ID = await idOf(t, 'follower');
  const { peerUrl } = t.cluster.member('follower');
  await t.call('Cluster/MemberUpdate', { ID, peerURLs: [NOWHERE, peerUrl] }, { label: 'two URLs' });
  await t.call('Cluster/MemberUpdate', { ID, peerURLs: [peerUrl] }, { label: 'one URL' });
});
list.add(
  'remove the last',
  async (t) => {
    await t.call('Cluster/MemberRemove', { ID: await idOf(t, 'leader') }, { label: 'remove' });
  },
  { members: 1 },
);
list.add(
  'remove one of three',
  async (t) => {
    await settle(t);
    const ID = await idOf(t, 'other');
    await t.call('Cluster/MemberRemove', { ID }, { label: 'remove' });
    await t.call('Cluster/MemberRemove', { ID }, { label: 'again' });
    await t.call('Cluster/MemberPromote', { ID }, { label: 'promote it' });
    await t.call('Cluster/MemberUpdate', { ID, peerURLs: [NOWHERE] }, { label: 'update it' });
    await t.call('Cluster/MemberList');
    await t.call('KV/Put', { key: 'a', value: '1' });
  },
  { members: 3, fixture: 'fresh' },
);
/** Adds a member; what is noted is its URLs and how many there are then. */
async function add(t: Conversation, peerURLs: readonly string[], isLearner = false): Promise<string> {
  const { code, message, answer } = await t.attempt('Cluster/MemberAdd', { peerURLs, isLearner });
  const { ID, ...rest } = (answer?.['member'] ?? {}) as Fields;
  t.note('added', [code, message, rest, (answer?.['members'] as Fields[] | undefined)?.length]);
  t.normal.name(String(ID), '<added>');
  return String(ID);
}

list.add(
  'add voters that never start',
  async (t) => {
    await settle(t);
    await add(t, ['http://127.0.0.1:2', NOWHERE]);
    await t.call('Cluster/MemberList');
    await add(t, ['http://127.0.0.1:3']);
  },
  { members: 3, fixture: 'fresh' },
);
list.add(
  'changes while a member is down',
  async (t) => {
    await settle(t);
    const [other, follower] = [await idOf(t, 'other'), await idOf(t, 'follower')];
    await t.cluster.member('other').kill9();
    await settle(t);
    const how = { at: 'leader' } as const;
    await t.call('Cluster/MemberAdd', { peerURLs: [NOWHERE] }, { ...how, label: 'add' });
    await t.call('Cluster/MemberRemove', { ID: follower }, { ...how, label: 'remove one that runs' });
    await t.call('Cluster/MemberRemove', { ID: other }, { ...how, label: 'remove the one that is down' });
  },
  { members: 3, fixture: 'fresh' },
);

/** How far behind a learner may be is a share of the log's length: this makes an entry more or less no matter. */
const LOG_LENGTH = 40;

/** Adds a learner, starts it, and waits until it can be read. */
async function join(t: Conversation): Promise<string> {
  await settle(t);
  for (let i = 0; i < LOG_LENGTH; i++) await put(t, 'a=1');
  const learner = await t.cluster.addLearner(t.normal);
  await learner.start();
  const id = await idOf(t, 'joined');
  t.normal.name(id, '<joined>');
  return id;
}

learners.add('add two', async (t) => {
  await settle(t);
  const ID = await add(t, [NOWHERE], true);
  await t.call('Cluster/MemberAdd', { peerURLs: ['http://127.0.0.1:2'], isLearner: true });
  await t.call('Cluster/MemberPromote', { ID }, { label: 'promote one that never started' });
  await t.call('Maintenance/MoveLeader', { targetID: ID }, { at: 'leader', label: 'move the lead to it' });
  // With a second URL: one alone would make the same id within the same second.
  const peerURLs = [NOWHERE, 'http://127.0.0.1:2'];
  await t.call('Cluster/MemberAdd', { peerURLs }, { label: 'a voter with its URL' });
  await t.call('Cluster/MemberRemove', { ID }, { label: 'remove it' });
  await t.call('Cluster/MemberList');
});
learners.add('add the same within a second', async (t) => {
  await settle(t);
  let refusal = '';
  for (let i = 0; i < 10 && refusal !== 'etcdserver: member ID already exist'; i++) {
    const request = { peerURLs: [NOWHERE], isLearner: true };
    const first = await t.do('Cluster/MemberAdd', request);
    refusal = (await t.attempt('Cluster/MemberAdd', request)).message;
    await t.do('Cluster/MemberRemove', { ID: (first['member'] as Fields)['ID'] });
  }
  t.note('the second is refused', refusal);
});
learners.add('what it answers', async (t) => {
  await join(t);
  const at = { at: 'joined' } as const;
  await t.call('Maintenance/Status', {}, at);
  await t.call('KV/Range', { key: 'a' }, at);
  await t.call(
    'KV/Range',
    { key: 'a', serializable: true, count_only: true },
    { ...at, label: 'serializable' },
  );
  for (const [name, request] of [
    ['KV/Put', { key: 'a' }],
    ['KV/DeleteRange', { key: 'a' }],
    ['KV/Txn', {}],
    ['KV/Compact', { revision: 1 }],
    ['Lease/LeaseGrant', { TTL: 60 }],
    ['Lease/LeaseRevoke', { ID: 1 }],
    ['Lease/LeaseTimeToLive', { ID: 1 }],
    ['Lease/LeaseLeases', {}],
    ['Cluster/MemberList', {}],
    ['Cluster/MemberAdd', { peerURLs: [NOWHERE] }],
    ['Cluster/MemberRemove', { ID: 1 }],
    ['Cluster/MemberUpdate', { ID: 1 }],
    ['Cluster/MemberPromote', { ID: 1 }],
    ['Maintenance/Alarm', {}],
    ['Maintenance/Defragment', {}],
    ['Maintenance/Hash', {}],
    ['Maintenance/HashKV', {}],
    ['Maintenance/MoveLeader', { targetID: 1 }],
    ['Maintenance/Downgrade', { action: 'VALIDATE', version: '3.4.0' }],
    ['Auth/Authenticate', { name: 'u', password: 'x' }],
    ['Auth/AuthStatus', {}],
    ['Auth/UserList', {}],
    ['Election/Leader', { name: 'n' }],
    ['Lock/Unlock', { key: 'n/1' }],
  ] as const)
    await t.call(name, request, at);
});
learners.add('what it streams', async (t) => {
  await join(t);
  const at = { at: 'joined' } as const;
  const watch = t.open('Watch/Watch', undefined, at);
  watch.send({ create_request: { key: 'a' } });
  await watch.next('watch');
  const keepAlive = t.open('Lease/LeaseKeepAlive', undefined, at);
  keepAlive.send({ ID: 1 });
  await keepAlive.next('keep alive');
  await t.open('Election/Observe', { name: 'n' }, at).next('observe');
  const snapshot = await t.open('Maintenance/Snapshot', {}, at).take();
  t.note('a snapshot', snapshot === undefined ? 'none' : 'comes');
});
learners.add(
  'health of a learner',
  async (t) => {
    await join(t);
    await t.call('Health/Check', {}, { at: 'joined' });
    await t.open('Health/Watch', {}, { at: 'joined' }).next('watch');
  },
  { protocol: 'grpc' },
);
learners.add('promote', async (t) => {
  const ID = await join(t);
  const givenUpAt = Date.now() + 60_000;
  for (;;) {
    const { code, message } = await t.attempt('Cluster/MemberPromote', { ID });
    if (code === 0) break;
    if (Date.now() > givenUpAt) throw new Error(`not promoted: ${code} ${message}`);
    await sleep(100);
    await put(t, 'b=1');
  }
  await t.call('Cluster/MemberPromote', { ID }, { label: 'again' });
  await t.call('Cluster/MemberList');
  // It learns of its promotion by applying it.
  while ((await t.attempt('Maintenance/Status', {}, { at: 'joined' })).answer?.['isLearner'] === true) {
    if (Date.now() > givenUpAt) throw new Error('it stays a learner');
    await sleep(50);
  }
  await t.call('KV/Put', { key: 'a', value: 'it votes' }, { at: 'joined' });
});
learners.add('update', async (t) => {
  const ID = await join(t);
  const { peerUrl } = t.cluster.member('joined');
  await t.call('Cluster/MemberUpdate', { ID, peerURLs: [peerUrl] }, { label: 'update' });
});

/** Leaves only the follower. */
async function loseQuorum(t: Conversation): Promise<void> {
  await put(t, 'a=1');
  await t.do('Lease/LeaseGrant', { ID: 7, TTL: 1000 });
  await Promise.all([t.cluster.member('leader').kill9(), t.cluster.member('other').kill9()]);
  const givenUpAt = Date.now() + 20_000;
  while (Date.now() < givenUpAt) {
    const { answer } = await t.attempt('Maintenance/Status');
    if (answer !== undefined && (answer['leader'] ?? '0') === '0') return;
    await sleep(50);
  }
  throw new Error('the follower still knows a leader');
}
quorum.add('what can be answered', async (t) => {
  await loseQuorum(t);
  await t.call('KV/Range', { key: 'a', serializable: true });
  await t.call('KV/Txn', {});
  await t.call('KV/Txn', { success: [{ request_range: { key: 'a', serializable: true } }] });
  await t.call('Cluster/MemberList', { linearizable: false });
  await t.call('Lease/LeaseLeases');
  await t.call('Maintenance/Alarm');
  await t.call('Maintenance/HashKV');
  await t.call('Auth/AuthStatus');
});
quorum.add('what cannot be', async (t) => {
  await loseQuorum(t);
  await Promise.all([
    t.call('KV/Range', { key: 'a' }),
    t.call('KV/Put', { key: 'a', value: '2' }),
    t.call('Lease/LeaseTimeToLive', { ID: 7 }),
    t.call('Lease/LeaseGrant', { ID: 8, TTL: 60 }),
    t.call('Cluster/MemberList', { linearizable: true }),
    t.call('Cluster/MemberAdd', { peerURLs: [NOWHERE] }),
    t.call('Maintenance/MoveLeader', { targetID: 77 }),
    t.call('KV/Put', { key: 'a', value: '2' }, { timeoutMs: 500, label: 'put with a deadline' }),
  ]);
});
quorum.add('with hasleader', async (t) => {
  await loseQuorum(t);
  const metadata = { hasleader: 'true' };
  await t.call('KV/Range', { key: 'a' }, { metadata });
  await t.call('KV/Range', { key: 'a', serializable: true }, { metadata });
  await t.call('KV/Put', { key: 'a' }, { metadata });
  await t.call('KV/Put', {}, { metadata });
  await t.call('Maintenance/Status', {}, { metadata });
  await t.call(
    'KV/Range',
    { key: 'a', serializable: true },
    { metadata: { hasleader: 'TRUE' }, label: 'TRUE' },
  );
  const watch = t.open('Watch/Watch', undefined, { metadata });
  watch.send({ create_request: { key: 'a' } });
  await watch.next('watch');
});
quorum.add('a watch that wants a leader ends, another stays', async (t) => {
  const [first, second] = [
    t.open('Watch/Watch', undefined, { metadata: { hasleader: 'true' } }),
    t.open('Watch/Watch'),
  ];
  for (const watch of [first, second]) {
    watch.send({ create_request: { key: 'b' } });
    await watch.next('created');
  }
  await loseQuorum(t);
  await first.next('the end', 30_000);
  t.note('the other', (await second.take(100)) ?? 'is silent');
});
quorum.add('keep alive', async (t) => {
  await loseQuorum(t);
  const stream = t.open('Lease/LeaseKeepAlive');
  stream.send({ ID: 7 });
  await stream.next('the end', 30_000);
});
quorum.add('back again', async (t) => {
  await loseQuorum(t);
  await t.cluster.processes.start();
  await t.cluster.assignRoles();
  const outcome = await t.attempt('KV/Put', { key: 'a', value: '2' });
  t.note('put', outcome.code);
  t.note('keys', (await t.do('KV/Range', { key: 'a' }))['count']);
});
