/** Maintenance and Health. */
import { createHash } from 'node:crypto';
import { sleep } from '../../../harness/index.js';
import { CaseList } from '../case.js';
import type { Conversation } from '../conversation.js';
import type { Fields } from '../rpc.js';
import { grant, list as listKeys, put, remove } from '../steps.js';

const alarms = new CaseList('alarm');
const list = new CaseList('maintenance');
const health = new CaseList('health', { protocol: 'grpc' });
export const MAINTENANCE_CASES = [alarms, list, health];

async function alarm(
  t: Conversation,
  action: string,
  memberID: number,
  kind: string | number,
): Promise<void> {
  await t.call('Maintenance/Alarm', { action, memberID, alarm: kind });
}

alarms.add('none', (t) => alarm(t, 'GET', 0, 'NONE'));
alarms.add('raise', async (t) => {
  await alarm(t, 'ACTIVATE', 7, 'NOSPACE');
  await alarm(t, 'ACTIVATE', 7, 'NOSPACE');
  await alarm(t, 'GET', 0, 'NONE');
});
alarms.add('raise one of no kind', async (t) => {
  await alarm(t, 'ACTIVATE', 7, 'NONE');
  await alarm(t, 'GET', 0, 'NONE');
});
alarms.add('raise for nobody', async (t) => {
  await alarm(t, 'ACTIVATE', 0, 'NOSPACE');
  await alarm(t, 'GET', 0, 'NONE');
});
alarms.add('several, and by kind', async (t) => {
  await alarm(t, 'ACTIVATE', 7, 'NOSPACE');
  await alarm(t, 'ACTIVATE', 8, 'CORRUPT');
  await alarm(t, 'GET', 0, 'NOSPACE');
  await alarm(t, 'GET', 99, 'CORRUPT');
  await alarm(t, 'GET', 0, 'NONE');
});
alarms.add('end', async (t) => {
  await alarm(t, 'ACTIVATE', 7, 'NOSPACE');
  await alarm(t, 'DEACTIVATE', 8, 'NOSPACE');
  await alarm(t, 'DEACTIVATE', 7, 'CORRUPT');
  await alarm(t, 'DEACTIVATE', 0, 'NOSPACE');
  await alarm(t, 'DEACTIVATE', 7, 'NONE');
  await alarm(t, 'DEACTIVATE', 7, 'NOSPACE');
  await alarm(t, 'DEACTIVATE', 7, 'NOSPACE');
  await alarm(t, 'GET', 0, 'NONE');
});
alarms.add('status tells of them', async (t) => {
  await alarm(t, 'ACTIVATE', 7, 'NOSPACE');
  await alarm(t, 'ACTIVATE', 8, 'CORRUPT');
  const { answer } = await t.attempt('Maintenance/Status');
  t.note('errors', [...(answer!['errors'] as string[])].sort());
});

for (const kind of ['NOSPACE', 'CORRUPT']) {
  const under = (name: string, call: string, request: Fields): void => {
    alarms.add(`${kind}: ${name}`, async (t) => {
      await grant(t, 7);
      await put(t, 'a=1', 'b=1');
      await t.do('Maintenance/Alarm', { action: 'ACTIVATE', memberID: 3, alarm: kind });
      await t.call(call, request);
    });
  };
  under('range', 'KV/Range', { key: 'a' });
  under('put', 'KV/Put', { key: 'a', value: '2' });
  under('put without a key', 'KV/Put', { value: '2' });
  under('put with an unknown lease', 'KV/Put', { key: 'a', lease: 99 });
  under('delete', 'KV/DeleteRange', { key: 'a' });
  under('read-only transaction', 'KV/Txn', { success: [{ request_range: { key: 'a' } }] });
  under('transaction with a put', 'KV/Txn', { success: [{ request_put: { key: 'a', value: '2' } }] });
  under('put on the branch not taken', 'KV/Txn', { failure: [{ request_put: { key: 'a', value: '2' } }] });
  under('deletion in a transaction', 'KV/Txn', { success: [{ request_delete_range: { key: 'a' } }] });
  under('empty transaction', 'KV/Txn', {});
  under('grant', 'Lease/LeaseGrant', { ID: 9, TTL: 60 });
  under('revoke', 'Lease/LeaseRevoke', { ID: 7 });
  under('time to live', 'Lease/LeaseTimeToLive', { ID: 7 });
  under('user', 'Auth/UserAdd', { name: 'u', password: 'x' });
  under('member list', 'Cluster/MemberList', { linearizable: true });
  alarms.add(`${kind}: keep alive`, async (t) => {
    await grant(t, 7);
    await t.do('Maintenance/Alarm', { action: 'ACTIVATE', memberID: 3, alarm: kind });
    const stream = t.open('Lease/LeaseKeepAlive');
    stream.send({ ID: 7 });
    await stream.next('kept');
  });
  alarms.add(`${kind}: compact`, async (t) => {
    await put(t, 'a=1', 'a=2');
    await t.do('Maintenance/Alarm', { action: 'ACTIVATE', memberID: 3, alarm: kind });
    await t.call('KV/Compact', { revision: t.rev(2) });
  });
}

/** The kinds of the alarms, once there is one: it is raised beside the refusal, not before it. */
async function raised(t: Conversation): Promise<unknown[]> {
  const givenUpAt = Date.now() + 20_000;
  for (;;) {
    const { alarms: found } = (await t.do('Maintenance/Alarm')) as { alarms?: Fields[] };
    if (found !== undefined || Date.now() > givenUpAt) return (found ?? []).map(({ alarm: kind }) => kind);
    await sleep(50);
  }
}

alarms.add(
  'the quota is met',
  async (t) => {
    const value = 'v'.repeat(500_000);
    let refused = 0;
    for (let i = 0; i < 20 && refused === 0; i++)
      refused = (await t.attempt('KV/Put', { key: `k${i}`, value })).code;
    t.note('the code of the refusal', refused);
    await t.call('KV/Put', { key: 'a', value });
    await t.call('Lease/LeaseGrant', { ID: 7, TTL: 60 });
    await t.call('KV/Txn', { success: [{ request_put: { key: 'a', value: '1' } }] });
    t.note('alarms', [...new Set(await raised(t))]);
    t.note('a deletion', (await t.attempt('KV/DeleteRange', { key: 'k0' })).code);
  },
  { fixture: 'quota' },
);

list.add('status', (t) => t.call('Maintenance/Status').then(() => {}));
list.add('status of every member', async (t) => {
  for (const at of ['leader', 'follower', 'other'] as const) await t.call('Maintenance/Status', {}, { at });
});
list.add('defragment', async (t) => {
  await put(t, 'a=1');
  await t.call('Maintenance/Defragment');
  await listKeys(t);
});
list.add('hash', (t) => t.call('Maintenance/Hash').then(() => {}));

/** A little history, so that there is something to hash. */
async function history(t: Conversation): Promise<void> {
  await put(t, 'a=1', 'b=1', 'a=2');
  await remove(t, 'b');
  await put(t, 'c=1');
}
list.add(
  'hash of keys',
  async (t) => {
    await history(t);
    for (const n of [0, 1, 2, 3, 4, 5]) {
      const { answer } = await t.call('Maintenance/HashKV', n === 0 ? {} : { revision: t.rev(n) }, {
        label: `of ${n}`,
      });
      t.note('hash', answer!['hash']);
    }
  },
  { fixture: 'fresh' },
);
list.add(
  'hash of keys after a compaction',
  async (t) => {
    await history(t);
    await t.do('KV/Compact', { revision: t.rev(3), physical: true });
    for (const n of [4, 5]) {
      const { answer } = await t.call('Maintenance/HashKV', { revision: t.rev(n) }, { label: `of ${n}` });
      t.note('hash', answer!['hash']);
    }
    await t.call('Maintenance/HashKV', { revision: t.rev(2) }, { label: 'of a compacted revision' });
  },
  { fixture: 'fresh' },
);
list.add('hash of keys of the future', (t) =>
  t.call('Maintenance/HashKV', { revision: t.rev(1) }).then(() => {}),
);
list.add(
  'hashes of all members are equal',
  async (t) => {
    await history(t);
    const hashes: unknown[] = [];
    for (const at of ['leader', 'follower', 'other'] as const) {
      // What is read with a barrier is applied.
      await t.do('KV/Range', { key: 'a' }, { at });
      hashes.push((await t.do('Maintenance/HashKV', {}, { at }))['hash']);
    }
    t.note('different ones', new Set(hashes).size);
  },
  { members: 3 },
);

list.add('snapshot', async (t) => {
  await put(t, `a=${'v'.repeat(200_000)}`);
  const stream = t.open('Maintenance/Snapshot', {});
  const hash = createHash('sha256');
  let sizes = 0;
  let last = Buffer.alloc(0);
  let remaining: unknown;
  let headers = 0;
  for (;;) {
    const answer = await stream.take();
    if (answer === undefined) break;
    hash.update(last);
    last = Buffer.from((answer['blob'] ?? '') as string, 'base64');
    sizes = Math.max(sizes, last.length);
    remaining = answer['remaining_bytes'];
    if (answer['header'] !== undefined) headers++;
  }
  t.note('the last message is the hash of the others', last.equals(hash.digest()));
  t.note('the largest message', sizes);
  t.note('bytes that remain', Number(remaining ?? 0));
  t.note('headers', headers);
});
list.add('snapshot messages', async (t) => {
  const stream = t.open('Maintenance/Snapshot', {});
  const answer = await stream.take();
  t.note(
    'fields of the first message',
    Object.keys(answer!)
      .filter((name) => name !== 'version')
      .sort(),
  );
});

const VERSIONS = ['', 'x', '3', '3.x', '3.1.2.3', '9.9', '4.0.0', '-1.2', '3.1.0-rc1'];
list.add('downgrades that are none', async (t) => {
  for (const version of VERSIONS) await t.call('Maintenance/Downgrade', { action: 'VALIDATE', version });
});
list.add('enable a downgrade to nowhere', async (t) => {
  await t.call('Maintenance/Downgrade', { action: 'ENABLE', version: '9.9.0' });
  await t.call('Maintenance/Downgrade', { action: 'ENABLE', version: '' });
});
list.add('an unknown downgrade', (t) =>
  t.call('Maintenance/Downgrade', { action: 9, version: '3.4.0' }).then(() => {}),
);
list.add('cancel a downgrade that is not there', (t) =>
  t.call('Maintenance/Downgrade', { action: 'CANCEL' }).then(() => {}),
);
list.add(
  'a downgrade, and its end',
  async (t) => {
    const version = await otherVersion(t, -1);
    const ask = (action: string): Promise<unknown> =>
      t.call('Maintenance/Downgrade', { action, version }, { label: `${action} the version below` });
    for (const action of ['VALIDATE', 'ENABLE', 'VALIDATE', 'ENABLE', 'CANCEL', 'VALIDATE'])
      await ask(action);
  },
  { fixture: 'fresh' },
);

list.add('downgrades to other versions than the one below', async (t) => {
  for (const distance of [0, -2, 1]) {
    const version = await otherVersion(t, distance);
    await t.call('Maintenance/Downgrade', { action: 'VALIDATE', version }, { label: `${distance}` });
  }
});

/** A version that many minor versions from the cluster's. */
async function otherVersion(t: Conversation, distance: number): Promise<string> {
  const [major, minor] = String((await t.do('Maintenance/Status'))['version'])
    .split('.')
    .map(Number);
  return `${major}.${minor! + distance}.0`;
}

list.add('move the lead to nobody', async (t) => {
  await t.cluster.assignRoles();
  await t.call('Maintenance/MoveLeader', { targetID: 77 }, { at: 'leader' });
  await t.call('Maintenance/MoveLeader', {}, { at: 'leader' });
});
list.add('move the lead to who has it', async (t) => {
  await t.cluster.assignRoles();
  const id = (await t.do('Maintenance/Status', {}, { at: 'leader' }))['leader'];
  await t.call('Maintenance/MoveLeader', { targetID: id }, { at: 'leader' });
});
list.add(
  'move the lead, asked of a follower',
  async (t) => {
    await t.cluster.assignRoles();
    await t.call('Maintenance/MoveLeader', { targetID: 77 }, { at: 'follower' });
  },
  { members: 3 },
);
list.add(
  'move the lead',
  async (t) => {
    const header = (await t.do('Maintenance/Status', {}, { at: 'follower' }))['header'] as Fields;
    const id = String(header['member_id']);
    await t.call('Maintenance/MoveLeader', { targetID: id }, { at: 'leader', label: 'move' });
    await t.cluster.assignRoles();
    const leader = (await t.do('Maintenance/Status', {}, { at: 'leader' }))['leader'];
    t.note('it leads', String(leader) === id);
  },
  { members: 3, fixture: 'fresh' },
);

health.add('check', async (t) => {
  await t.call('Health/Check');
  await t.call('Health/Check', { service: '' });
});
health.add('check an unknown service', (t) => t.call('Health/Check', { service: 'nothing' }).then(() => {}));
health.add('check a service by its name', (t) =>
  t.call('Health/Check', { service: 'etcdserverpb.KV' }).then(() => {}),
);
health.add('list', (t) => t.call('Health/List').then(() => {}));
health.add('watch', async (t) => {
  const stream = t.open('Health/Watch', {});
  await stream.next('status');
});
health.add('watch an unknown service', async (t) => {
  const stream = t.open('Health/Watch', { service: 'nothing' });
  await stream.next('status');
});
