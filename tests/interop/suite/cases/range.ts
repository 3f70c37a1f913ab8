/** KV/Range: every option, alone and together. */
import { CaseList } from '../case.js';
import type { Conversation } from '../conversation.js';
import type { Fields } from '../rpc.js';
import { grant, put, remove } from '../steps.js';

const list = new CaseList('range');
export const RANGE_CASES = list.cases;

/** Seven changes: a, b, c, d and e are there at the end, with different versions, revisions and values. */
async function fill(t: Conversation): Promise<void> {
  await put(t, 'd=1', 'c=5', 'b=3', 'a=4', 'e=2', 'b=9', 'gone=0');
  await remove(t, 'gone');
  await put(t, 'd=0');
}

const ALL = { key: 'a', range_end: 'f' };

/** One question on the filled store. */
function ask(name: string, request: Fields): void {
  list.add(name, async (t) => {
    await fill(t);
    await t.call('KV/Range', request);
  });
}

/** One question with revisions counted from the beginning of the case. */
function askAt(name: string, request: (t: Conversation) => Fields): void {
  list.add(name, async (t) => {
    await fill(t);
    await t.call('KV/Range', request(t));
  });
}

ask('one key', { key: 'b' });
ask('a missing key', { key: 'x' });
ask('no key', {});
ask('no key, but an end', { range_end: 'z' });
ask('an interval', ALL);
ask('an interval that ends before it begins', { key: 'c', range_end: 'a' });
ask('an interval that ends where it begins', { key: 'c', range_end: 'c' });
ask('from a key on', { key: 'c', range_end: '\0' });
ask('everything', { key: '\0', range_end: '\0' });
ask('a prefix', { key: 'b', range_end: 'c' });
for (const limit of [1, 2, 4, 5, 6, -1]) ask(`limit ${limit}`, { ...ALL, limit });
ask('limit on one key', { key: 'b', limit: 1 });
ask('the largest limit', { ...ALL, limit: 2 ** 53 });
ask('count only', { ...ALL, count_only: true });
ask('count only with a limit', { ...ALL, count_only: true, limit: 2 });
ask('count only and keys only', { ...ALL, count_only: true, keys_only: true });
ask('count only of a missing key', { key: 'x', count_only: true });
ask('count only, sorted', { ...ALL, count_only: true, sort_order: 'DESCEND', sort_target: 'MOD' });
ask('keys only', { ...ALL, keys_only: true });
ask('keys only of one key', { key: 'b', keys_only: true });
ask('keys only with a limit', { ...ALL, keys_only: true, limit: 3 });
ask('serializable', { ...ALL, serializable: true });
ask('serializable with a limit', { ...ALL, serializable: true, limit: 2 });

for (const order of ['NONE', 'ASCEND', 'DESCEND']) {
  for (const target of ['KEY', 'VERSION', 'CREATE', 'MOD', 'VALUE']) {
    // Versions are not all different: which of two equals comes first is open, so they are not cut.
    const request = { ...ALL, sort_order: order, sort_target: target };
    if (target === 'VERSION')
      ask(`sorted by ${target}, ${order}`, { key: 'b', range_end: 'd', ...sortOf(request) });
    else ask(`sorted by ${target}, ${order}`, request);
    if (target !== 'VERSION') ask(`sorted by ${target}, ${order}, limit 2`, { ...request, limit: 2 });
  }
}

function sortOf({ sort_order, sort_target }: Fields): Fields {
  return { sort_order, sort_target };
}

ask('sorted by value, keys only', { ...ALL, sort_order: 'ASCEND', sort_target: 'VALUE', keys_only: true });
ask('an unknown order', { ...ALL, sort_order: 7 });

for (const n of [1, 2, 4, 6, 7, 8, 9]) askAt(`at revision ${n}`, (t) => ({ ...ALL, revision: t.rev(n) }));
askAt('at a revision before the deletion', (t) => ({ key: 'gone', revision: t.rev(7) }));
askAt('at the revision of the deletion', (t) => ({ key: 'gone', revision: t.rev(8) }));
askAt('at a future revision', (t) => ({ ...ALL, revision: t.rev(10) }));
askAt('at a future revision, serializable', (t) => ({ ...ALL, revision: t.rev(10), serializable: true }));
ask('at a negative revision', { ...ALL, revision: -1 });
askAt('count at an old revision', (t) => ({ ...ALL, revision: t.rev(3), count_only: true }));
askAt('keys at an old revision', (t) => ({ ...ALL, revision: t.rev(3), keys_only: true, limit: 1 }));
askAt('sorted at an old revision', (t) => ({
  ...ALL,
  revision: t.rev(6),
  sort_order: 'DESCEND',
  sort_target: 'MOD',
  limit: 3,
}));

askAt('min_mod_revision', (t) => ({ ...ALL, min_mod_revision: t.rev(4) }));
askAt('max_mod_revision', (t) => ({ ...ALL, max_mod_revision: t.rev(4) }));
askAt('both mod revisions', (t) => ({ ...ALL, min_mod_revision: t.rev(4), max_mod_revision: t.rev(5) }));
askAt('min_create_revision', (t) => ({ ...ALL, min_create_revision: t.rev(3) }));
askAt('max_create_revision', (t) => ({ ...ALL, max_create_revision: t.rev(3) }));
askAt('both create revisions', (t) => ({
  ...ALL,
  min_create_revision: t.rev(2),
  max_create_revision: t.rev(4),
}));
askAt('all four filters', (t) => ({
  ...ALL,
  min_mod_revision: t.rev(2),
  max_mod_revision: t.rev(6),
  min_create_revision: t.rev(1),
  max_create_revision: t.rev(3),
}));
askAt('filters and a limit that is met', (t) => ({ ...ALL, min_mod_revision: t.rev(4), limit: 2 }));
askAt('filters and a limit that is not', (t) => ({ ...ALL, min_mod_revision: t.rev(4), limit: 5 }));
askAt('filters, a limit and an order', (t) => ({
  ...ALL,
  max_mod_revision: t.rev(6),
  limit: 2,
  sort_order: 'DESCEND',
  sort_target: 'CREATE',
}));
askAt('a filter that leaves nothing', (t) => ({ ...ALL, min_mod_revision: t.rev(100) }));
ask('a negative filter', { ...ALL, max_mod_revision: -1 });
askAt('filters and keys only', (t) => ({ ...ALL, min_create_revision: t.rev(2), keys_only: true }));
askAt('filters and count only', (t) => ({ ...ALL, min_create_revision: t.rev(2), count_only: true }));
askAt('filters at an old revision', (t) => ({ ...ALL, revision: t.rev(5), min_mod_revision: t.rev(3) }));

list.add('after a compaction', async (t) => {
  await fill(t);
  await t.do('KV/Compact', { revision: t.rev(6) });
  for (const n of [1, 5, 6, 7])
    await t.call('KV/Range', { ...ALL, revision: t.rev(n) }, { label: `at ${n}` });
  await t.call('KV/Range', { ...ALL, revision: t.rev(5), serializable: true }, { label: 'serializable' });
  await t.call('KV/Range', { ...ALL, revision: t.rev(5), count_only: true }, { label: 'count' });
  await t.call('KV/Range', { ...ALL, revision: -1 }, { label: 'negative' });
});

list.add('keys only, with a lease', async (t) => {
  await grant(t, 7);
  await t.do('KV/Put', { key: 'a', value: '1', lease: 7 });
  await t.call('KV/Range', { key: 'a', keys_only: true });
  await t.call('KV/Range', { key: 'a', keys_only: true, sort_order: 'ASCEND', sort_target: 'VALUE' });
  await t.call('KV/Range', { key: 'a' });
});

list.add('pages as clients turn them', async (t) => {
  await fill(t);
  const first = await t.call('KV/Range', { ...ALL, limit: 2 });
  const revision = Number((first.answer!['header'] as Fields)['revision']);
  await put(t, 'bb=between');
  await t.call('KV/Range', { key: 'b\0', range_end: 'f', limit: 2, revision }, { label: 'second page' });
  await t.call('KV/Range', { key: 'd\0', range_end: 'f', limit: 2, revision }, { label: 'third page' });
});

list.add('keys and values of any bytes', async (t) => {
  const bytes = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join('');
  await t.do('KV/Put', { key: bytes, value: bytes });
  await t.do('KV/Put', { key: '\xff\xff', value: '' });
  await t.call('KV/Range', { key: '\0', range_end: '\0' });
  await t.call('KV/Range', { key: '\xff\xff' });
});

list.add('through every member', async (t) => {
  await fill(t);
  for (const at of ['leader', 'follower', 'other'] as const)
    await t.call('KV/Range', { ...ALL, limit: 1 }, { at });
});

list.add('many keys', async (t) => {
  for (let i = 0; i < 10; i++) {
    const success = Array.from({ length: 100 }, (_, j) => ({
      request_put: { key: `k/${i}${String(j).padStart(2, '0')}`, value: `${j}` },
    }));
    await t.do('KV/Txn', { success });
  }
  const interval = { key: 'k/', range_end: 'k0' };
  await t.call('KV/Range', { ...interval, count_only: true });
  await t.call('KV/Range', { ...interval, limit: 10, sort_order: 'DESCEND', sort_target: 'KEY' });
  await t.call('KV/Range', { ...interval, keys_only: true, limit: 999 });
  await t.call('KV/Range', interval);
});

list.add(
  'as a stream (3.7)',
  async (t) => {
    await fill(t);
    const whole = t.open('KV/RangeStream', ALL);
    await whole.next('all');
    await whole.next('its end');
  },
  { protocol: 'grpc' },
);
