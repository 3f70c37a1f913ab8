/** Lock and Election: queues of keys in the order of their creation. */
import { sleep } from '../../../harness/index.js';
import { CaseList } from '../case.js';
import type { Outcome } from '../channel.js';
import type { Conversation } from '../conversation.js';
import type { Fields } from '../rpc.js';
import { enableAuth, grant, list as listKeys, login, put, READ, READWRITE } from '../steps.js';

const locks = new CaseList('lock');
const elections = new CaseList('election');
export const LOCK_CASES = [locks, elections];

const PATIENCE_MS = 20_000;

async function grants(t: Conversation, ...ids: readonly number[]): Promise<void> {
  for (const id of ids) await grant(t, id);
}

/** Waits until so many keys are queued under the name. */
async function queued(t: Conversation, name: string, count: number): Promise<void> {
  const givenUpAt = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await t.do('KV/Range', { key: `${name}/`, range_end: `${name}0`, count_only: true });
    if (Number(answer['count'] ?? 0) === count) return;
    if (Date.now() > givenUpAt)
      throw new Error(`${String(answer['count'] ?? 0)} keys under ${name}, not ${count}`);
    await sleep(10);
  }
}

locks.add('a free one', async (t) => {
  await grants(t, 16);
  await t.call('Lock/Lock', { name: 'l', lease: 16 });
  await listKeys(t);
});
locks.add('the own one again', async (t) => {
  await grants(t, 16);
  await t.call('Lock/Lock', { name: 'l', lease: 16 });
  await t.call('Lock/Lock', { name: 'l', lease: 16 });
});
locks.add('without a lease', async (t) => {
  await t.call('Lock/Lock', { name: 'l' });
  await t.call('KV/Range', { key: 'l/', range_end: 'l0', keys_only: true, sort_target: 'VALUE' });
});
locks.add('an unknown lease', async (t) => {
  await t.call('Lock/Lock', { name: 'l', lease: 99 });
  await listKeys(t);
});
locks.add('without a name', async (t) => {
  await grants(t, 16);
  await t.call('Lock/Lock', { lease: 16 });
  await t.call('Lock/Unlock', { key: '/10' });
});
locks.add('a lease with a negative id', async (t) => {
  await grants(t, -16);
  await t.call('Lock/Lock', { name: 'l', lease: -16 });
});
locks.add('two in turn', async (t) => {
  await grants(t, 16, 32, 48);
  await t.call('Lock/Lock', { name: 'l', lease: 16 });
  const second = t.call('Lock/Lock', { name: 'l', lease: 32 });
  await queued(t, 'l', 2);
  const third = t.call('Lock/Lock', { name: 'l', lease: 48 });
  await queued(t, 'l', 3);
  await t.call('Lock/Unlock', { key: 'l/10' });
  await second;
  await t.call('Lock/Unlock', { key: 'l/20' });
  await third;
});
locks.add('given up by its deadline', async (t) => {
  await grants(t, 16, 32);
  await t.call('Lock/Lock', { name: 'l', lease: 16 });
  await t.call('Lock/Lock', { name: 'l', lease: 32 }, { timeoutMs: 400 });
  await queued(t, 'l', 1);
  await listKeys(t);
});
locks.add('the lease of the holder is revoked', async (t) => {
  await grants(t, 16, 32);
  await t.call('Lock/Lock', { name: 'l', lease: 16 });
  const second = t.call('Lock/Lock', { name: 'l', lease: 32 });
  await queued(t, 'l', 2);
  await t.call('Lease/LeaseRevoke', { ID: 16 });
  await second;
});
locks.add('the lease of a waiting one is revoked', async (t) => {
  await grants(t, 16, 32);
  await t.call('Lock/Lock', { name: 'l', lease: 16 });
  const second = t.call('Lock/Lock', { name: 'l', lease: 32 });
  await queued(t, 'l', 2);
  await t.call('Lease/LeaseRevoke', { ID: 32 });
  await t.call('Lock/Unlock', { key: 'l/10' });
  await second;
});
locks.add('unlock what is not locked', async (t) => {
  await t.call('Lock/Unlock', { key: 'l/10' });
  await t.call('Lock/Unlock', {});
});
locks.add('at different members', async (t) => {
  await grants(t, 16, 32);
  await t.call('Lock/Lock', { name: 'l', lease: 16 }, { at: 'leader' });
  const second = t.call('Lock/Lock', { name: 'l', lease: 32 }, { at: 'other' });
  await queued(t, 'l', 2);
  await t.call('Lock/Unlock', { key: 'l/10' }, { at: 'follower' });
  await second;
});
locks.add('with rights, and without', async (t) => {
  await grants(t, 16);
  await enableAuth(t, { users: { u: ['r'] }, roles: { r: [[READWRITE, 'mine/', 'mine0']] } });
  await t.call('Lock/Lock', { name: 'mine', lease: 16 }, { label: 'nobody' });
  await t.call('Lock/Lock', { name: 'mine', lease: 16 }, { token: 'garbage', label: 'garbage' });
  t.token = await login(t, 'u');
  await t.call('Lock/Lock', { name: 'mine', lease: 16 });
  await t.call('Lock/Lock', { name: 'theirs', lease: 16 });
  await t.call('Lock/Unlock', { key: 'theirs/10' });
  await t.call('Lock/Unlock', { key: 'mine/10' });
});

function leaderOf(outcome: Outcome): Fields {
  const leader = outcome.answer!['leader'] as Fields;
  const text = (value: unknown): string => Buffer.from(value as string, 'base64').toString('latin1');
  return { ...leader, name: text(leader['name']), key: text(leader['key']) };
}

elections.add('nobody leads', (t) => t.call('Election/Leader', { name: 'n' }).then(() => {}));
elections.add('a campaign without rivals', async (t) => {
  await grants(t, 16);
  await t.call('Election/Campaign', { name: 'n', lease: 16, value: 'me' });
  await t.call('Election/Leader', { name: 'n' });
  await listKeys(t);
});
elections.add('the same candidate again', async (t) => {
  await grants(t, 16);
  await t.call('Election/Campaign', { name: 'n', lease: 16, value: 'me' });
  await t.call('Election/Campaign', { name: 'n', lease: 16, value: 'me' });
  await t.call('Election/Campaign', { name: 'n', lease: 16, value: 'other' });
  await t.call('Election/Leader', { name: 'n' });
});
elections.add('without a lease', async (t) => {
  await t.call('Election/Campaign', { name: 'n', value: 'me' });
  await t.call('Election/Leader', { name: 'n' });
});
elections.add('an unknown lease', (t) =>
  t.call('Election/Campaign', { name: 'n', lease: 99 }).then(() => {}),
);
elections.add('without a name', async (t) => {
  await grants(t, 16);
  await t.call('Election/Campaign', { lease: 16, value: 'me' });
  await t.call('Election/Leader', {});
});
elections.add('two in turn', async (t) => {
  await grants(t, 16, 32);
  const first = await t.call('Election/Campaign', { name: 'n', lease: 16, value: 'one' });
  const second = t.call('Election/Campaign', { name: 'n', lease: 32, value: 'two' });
  await queued(t, 'n', 2);
  await t.call('Election/Leader', { name: 'n' });
  await t.call('Election/Resign', { leader: leaderOf(first) });
  await second;
  await t.call('Election/Leader', { name: 'n' });
});
elections.add('given up by its deadline', async (t) => {
  await grants(t, 16, 32);
  await t.call('Election/Campaign', { name: 'n', lease: 16, value: 'one' });
  await t.call('Election/Campaign', { name: 'n', lease: 32, value: 'two' }, { timeoutMs: 400 });
  await queued(t, 'n', 1);
  await t.call('Election/Leader', { name: 'n' });
});
elections.add('the lease of the leader is revoked', async (t) => {
  await grants(t, 16, 32);
  await t.call('Election/Campaign', { name: 'n', lease: 16, value: 'one' });
  const second = t.call('Election/Campaign', { name: 'n', lease: 32, value: 'two' });
  await queued(t, 'n', 2);
  await t.call('Lease/LeaseRevoke', { ID: 16 });
  await second;
});
elections.add('proclaim', async (t) => {
  await grants(t, 16);
  const leader = leaderOf(await t.call('Election/Campaign', { name: 'n', lease: 16, value: 'one' }));
  await t.call('Election/Proclaim', { leader, value: 'news' });
  await t.call('Election/Leader', { name: 'n' });
  await t.call(
    'Election/Proclaim',
    { leader: { ...leader, rev: Number(leader['rev']) + 1 }, value: 'x' },
    { label: 'wrong' },
  );
});
elections.add('proclaim by nobody', async (t) => {
  await t.call('Election/Proclaim', { value: 'x' });
  await t.call('Election/Proclaim', { leader: {}, value: 'x' });
  await t.call('Election/Proclaim', { leader: { name: 'n', key: 'n/10', rev: 5, lease: 16 }, value: 'x' });
});
elections.add('resign', async (t) => {
  await grants(t, 16);
  const leader = leaderOf(await t.call('Election/Campaign', { name: 'n', lease: 16, value: 'one' }));
  await t.call(
    'Election/Resign',
    { leader: { ...leader, rev: Number(leader['rev']) + 1 } },
    { label: 'wrong' },
  );
  await t.call('Election/Resign', { leader }, { label: 'right' });
  await t.call('Election/Resign', { leader }, { label: 'again' });
  await t.call('Election/Leader', { name: 'n' });
});
elections.add('resign by nobody', async (t) => {
  await t.call('Election/Resign', {});
  await t.call('Election/Resign', { leader: {} });
});
elections.add('observe', async (t) => {
  await grants(t, 16, 32);
  const first = leaderOf(await t.call('Election/Campaign', { name: 'n', lease: 16, value: 'one' }));
  const observer = t.open('Election/Observe', { name: 'n' });
  await observer.next('the leader');
  await t.call('Election/Proclaim', { leader: first, value: 'news' });
  await observer.next('what it proclaims');
  const second = t.call('Election/Campaign', { name: 'n', lease: 32, value: 'two' });
  await queued(t, 'n', 2);
  await t.call('Election/Resign', { leader: first });
  await second;
  await observer.next('the next leader');
});
elections.add('observe before anybody leads', async (t) => {
  await grants(t, 16);
  const observer = t.open('Election/Observe', { name: 'n' });
  await sleep(200);
  await t.call('Election/Campaign', { name: 'n', lease: 16, value: 'one' });
  await observer.next('the leader');
});
elections.add('observe what others put there', async (t) => {
  await grants(t, 16);
  await t.call('Election/Campaign', { name: 'n', lease: 16, value: 'one' });
  const observer = t.open('Election/Observe', { name: 'n' });
  await observer.next('the leader');
  await put(t, 'elsewhere=1');
  await t.do('KV/Put', { key: 'n/10', value: 'by hand', ignore_lease: true });
  await observer.next('what was put');
});
elections.add('at different members', async (t) => {
  await grants(t, 16, 32);
  const first = await t.call('Election/Campaign', { name: 'n', lease: 16, value: 'one' }, { at: 'leader' });
  const second = t.call('Election/Campaign', { name: 'n', lease: 32, value: 'two' }, { at: 'other' });
  await queued(t, 'n', 2);
  await t.call('Election/Resign', { leader: leaderOf(first) }, { at: 'follower' });
  await second;
});
elections.add('with rights, and without', async (t) => {
  await grants(t, 16);
  await enableAuth(t, {
    users: { u: ['r'] },
    roles: {
      r: [
        [READWRITE, 'mine/', 'mine0'],
        [READ, 'read/', 'read0'],
      ],
    },
  });
  await t.call('Election/Campaign', { name: 'mine', lease: 16, value: 'x' }, { label: 'nobody' });
  t.token = await login(t, 'u');
  const leader = leaderOf(await t.call('Election/Campaign', { name: 'mine', lease: 16, value: 'x' }));
  await t.call('Election/Campaign', { name: 'read', lease: 16, value: 'x' });
  await t.call('Election/Leader', { name: 'read' });
  await t.call('Election/Leader', { name: 'theirs' });
  await t.call('Election/Proclaim', {
    leader: { name: 'theirs', key: 'theirs/10', rev: 5, lease: 16 },
    value: 'x',
  });
  await t.call('Election/Resign', { leader: { name: 'theirs', key: 'theirs/10', rev: 5, lease: 16 } });
  const observer = t.open('Election/Observe', { name: 'theirs' });
  await observer.next('what may not be seen');
  await t.call('Election/Resign', { leader });
});
