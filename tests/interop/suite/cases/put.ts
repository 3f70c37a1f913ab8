/** KV/Put, KV/DeleteRange and KV/Compact: every option, and what they leave behind. */
import { CaseList } from '../case.js';
import { grant, list, put } from '../steps.js';

const puts = new CaseList('put');
const deletions = new CaseList('delete');
const compactions = new CaseList('compact');
export const PUT_CASES = [puts, deletions, compactions];

puts.add('a new key', async (t) => {
  await t.call('KV/Put', { key: 'a', value: '1' });
  await list(t);
});
puts.add('over a key', async (t) => {
  await put(t, 'a=1');
  await t.call('KV/Put', { key: 'a', value: '2' });
  await list(t);
});
puts.add('the same value again is a change', async (t) => {
  await put(t, 'a=1');
  await t.call('KV/Put', { key: 'a', value: '1' });
  await list(t);
});
puts.add('no key', (t) => t.call('KV/Put', { value: '1' }).then(() => {}));
puts.add('no value', async (t) => {
  await t.call('KV/Put', { key: 'a' });
  await list(t);
});
puts.add('prev_kv of a new key', (t) =>
  t.call('KV/Put', { key: 'a', value: '1', prev_kv: true }).then(() => {}),
);
puts.add('prev_kv of an old key', async (t) => {
  await put(t, 'a=1', 'a=2');
  await t.call('KV/Put', { key: 'a', value: '3', prev_kv: true });
});
puts.add('prev_kv of a deleted key', async (t) => {
  await put(t, 'a=1');
  await t.do('KV/DeleteRange', { key: 'a' });
  await t.call('KV/Put', { key: 'a', value: '3', prev_kv: true });
  await list(t);
});
puts.add('prev_kv tells the lease of before', async (t) => {
  await grant(t, 7);
  await t.do('KV/Put', { key: 'a', value: '1', lease: 7 });
  await t.call('KV/Put', { key: 'a', value: '2', prev_kv: true });
});
puts.add('ignore_value', async (t) => {
  await put(t, 'a=1');
  await t.call('KV/Put', { key: 'a', ignore_value: true });
  await list(t);
});
puts.add('ignore_value of a missing key', (t) =>
  t.call('KV/Put', { key: 'a', ignore_value: true }).then(() => {}),
);
puts.add('ignore_value and a value', async (t) => {
  await put(t, 'a=1');
  await t.call('KV/Put', { key: 'a', value: '2', ignore_value: true });
});
puts.add('ignore_value drops the lease', async (t) => {
  await grant(t, 7);
  await t.do('KV/Put', { key: 'a', value: '1', lease: 7 });
  await t.call('KV/Put', { key: 'a', ignore_value: true });
  await list(t);
  await t.call('Lease/LeaseTimeToLive', { ID: 7, keys: true });
});
puts.add('ignore_lease', async (t) => {
  await grant(t, 7);
  await t.do('KV/Put', { key: 'a', value: '1', lease: 7 });
  await t.call('KV/Put', { key: 'a', value: '2', ignore_lease: true });
  await list(t);
});
puts.add('ignore_lease of a missing key', (t) =>
  t.call('KV/Put', { key: 'a', value: '1', ignore_lease: true }).then(() => {}),
);
puts.add('ignore_lease and a lease', async (t) => {
  await grant(t, 7);
  await put(t, 'a=1');
  await t.call('KV/Put', { key: 'a', value: '2', lease: 7, ignore_lease: true });
});
puts.add('both flags', async (t) => {
  await grant(t, 7);
  await t.do('KV/Put', { key: 'a', value: '1', lease: 7 });
  await t.call('KV/Put', { key: 'a', ignore_value: true, ignore_lease: true, prev_kv: true });
  await list(t);
});
puts.add('both flags, key missing', (t) =>
  t.call('KV/Put', { key: 'a', ignore_value: true, ignore_lease: true }).then(() => {}),
);
puts.add('a lease', async (t) => {
  await grant(t, 7);
  await t.call('KV/Put', { key: 'a', value: '1', lease: 7 });
  await list(t);
  await t.call('Lease/LeaseTimeToLive', { ID: 7, keys: true });
});
puts.add('an unknown lease', async (t) => {
  await t.call('KV/Put', { key: 'a', value: '1', lease: 99 });
  await list(t);
});
puts.add('an unknown lease and a missing key', (t) =>
  t.call('KV/Put', { key: 'a', lease: 99, ignore_value: true }).then(() => {}),
);
puts.add('from one lease to another', async (t) => {
  await grant(t, 7);
  await grant(t, 8);
  await t.do('KV/Put', { key: 'a', value: '1', lease: 7 });
  await t.call('KV/Put', { key: 'a', value: '1', lease: 8 });
  for (const ID of [7, 8]) await t.call('Lease/LeaseTimeToLive', { ID, keys: true });
});
puts.add('without the lease of before', async (t) => {
  await grant(t, 7);
  await t.do('KV/Put', { key: 'a', value: '1', lease: 7 });
  await t.call('KV/Put', { key: 'a', value: '2' });
  await t.call('Lease/LeaseRevoke', { ID: 7 });
  await list(t);
});
puts.add('a large value', async (t) => {
  await t.call('KV/Put', { key: 'a', value: 'v'.repeat(1_000_000) });
  await t.call('KV/Range', { key: 'a' });
});
puts.add('a large key', async (t) => {
  await t.call('KV/Put', { key: 'k'.repeat(100_000), value: '1' });
  await list(t);
});
puts.add('too large', async (t) => {
  await t.call('KV/Put', { key: 'a', value: 'v'.repeat(1_573_000) });
  await list(t);
});
puts.add('larger than a message may be', (t) =>
  t.call('KV/Put', { key: 'a', value: 'v'.repeat(2_097_162) }).then(() => {}),
);
puts.add('through every member', async (t) => {
  for (const at of ['leader', 'follower', 'other'] as const)
    await t.call('KV/Put', { key: 'a', value: at }, { at });
  await list(t);
});
puts.add(
  'other limits',
  async (t) => {
    await t.call('KV/Put', { key: 'a', value: 'v'.repeat(4000) });
    await t.call('KV/Put', { key: 'a', value: 'v'.repeat(4200) });
    await t.call('KV/Put', { key: 'a', value: 'v'.repeat(530_000) });
  },
  { fixture: 'limits' },
);

deletions.add('one key', async (t) => {
  await put(t, 'a=1', 'b=2');
  await t.call('KV/DeleteRange', { key: 'a' });
  await list(t);
});
deletions.add('a missing key changes nothing', async (t) => {
  await put(t, 'a=1');
  await t.call('KV/DeleteRange', { key: 'x' });
  await list(t);
});
deletions.add('no key', (t) => t.call('KV/DeleteRange', {}).then(() => {}));
deletions.add('no key, but an end', (t) => t.call('KV/DeleteRange', { range_end: 'z' }).then(() => {}));
deletions.add('an interval', async (t) => {
  await put(t, 'a=1', 'b=2', 'c=3');
  await t.call('KV/DeleteRange', { key: 'a', range_end: 'c' });
  await list(t);
});
deletions.add('an empty interval', async (t) => {
  await put(t, 'a=1', 'b=2');
  await t.call('KV/DeleteRange', { key: 'c', range_end: 'a' });
  await t.call('KV/DeleteRange', { key: 'a', range_end: 'a' });
  await list(t);
});
deletions.add('from a key on', async (t) => {
  await put(t, 'a=1', 'b=2', 'c=3');
  await t.call('KV/DeleteRange', { key: 'b', range_end: '\0' });
  await list(t);
});
deletions.add('everything', async (t) => {
  await put(t, 'a=1', 'b=2', '\xff=3');
  await t.call('KV/DeleteRange', { key: '\0', range_end: '\0', prev_kv: true });
  await list(t);
});
deletions.add('prev_kv of one', async (t) => {
  await put(t, 'a=1', 'a=2');
  await t.call('KV/DeleteRange', { key: 'a', prev_kv: true });
});
deletions.add('prev_kv of several, in order', async (t) => {
  await put(t, 'c=1', 'a=2', 'b=3');
  await t.call('KV/DeleteRange', { key: 'a', range_end: 'z', prev_kv: true });
});
deletions.add('prev_kv of none', (t) => t.call('KV/DeleteRange', { key: 'a', prev_kv: true }).then(() => {}));
deletions.add('twice', async (t) => {
  await put(t, 'a=1');
  await t.call('KV/DeleteRange', { key: 'a' });
  await t.call('KV/DeleteRange', { key: 'a' });
});
deletions.add('and born again', async (t) => {
  await put(t, 'a=1', 'a=2');
  await t.do('KV/DeleteRange', { key: 'a' });
  await put(t, 'a=3');
  await list(t);
  await t.call('KV/Range', { key: 'a', revision: t.rev(2) });
});
deletions.add('takes keys from their lease', async (t) => {
  await grant(t, 7);
  await t.do('KV/Put', { key: 'a', value: '1', lease: 7 });
  await t.call('KV/DeleteRange', { key: 'a', prev_kv: true });
  await t.call('Lease/LeaseTimeToLive', { ID: 7, keys: true });
});
deletions.add('too large a request', (t) =>
  t.call('KV/DeleteRange', { key: 'a', range_end: 'z'.repeat(1_573_000) }).then(() => {}),
);

compactions.add('to a revision', async (t) => {
  await put(t, 'a=1', 'a=2', 'b=1', 'a=3');
  await t.call('KV/Compact', { revision: t.rev(3) });
  for (const n of [1, 2, 3, 4]) await t.call('KV/Range', { key: 'a', range_end: 'c', revision: t.rev(n) });
});
compactions.add('physical', async (t) => {
  await put(t, 'a=1', 'a=2', 'a=3');
  await t.call('KV/Compact', { revision: t.rev(2), physical: true });
  await t.call('KV/Range', { key: 'a', revision: t.rev(1) });
  await t.call('KV/Compact', { revision: t.rev(2), physical: true });
  await t.call('KV/Compact', { revision: t.rev(9), physical: true });
});
compactions.add('twice to the same', async (t) => {
  await put(t, 'a=1', 'a=2');
  await t.call('KV/Compact', { revision: t.rev(2) });
  await t.call('KV/Compact', { revision: t.rev(2) });
});
compactions.add('back', async (t) => {
  await put(t, 'a=1', 'a=2', 'a=3');
  await t.call('KV/Compact', { revision: t.rev(3) });
  await t.call('KV/Compact', { revision: t.rev(2) });
});
compactions.add('to the future', async (t) => {
  await put(t, 'a=1');
  await t.call('KV/Compact', { revision: t.rev(2) });
});
compactions.add('to a negative revision', (t) => t.call('KV/Compact', { revision: -1 }).then(() => {}));
compactions.add('what was deleted is gone', async (t) => {
  await put(t, 'a=1', 'b=1');
  await t.do('KV/DeleteRange', { key: 'a' });
  await put(t, 'b=2');
  await t.call('KV/Compact', { revision: t.rev(4), physical: true });
  await t.call('KV/Range', { key: 'a', range_end: 'c', revision: t.rev(4) });
  await t.call('KV/Range', { key: 'a', revision: t.rev(2) });
});
compactions.add(
  'to revision 0 goes once',
  async (t) => {
    await t.call('KV/Compact', { revision: 0 });
    await t.call('KV/Compact', { revision: 0 });
    await t.call('KV/Compact', { revision: -3 });
    await put(t, 'a=1', 'a=2');
    await t.call('KV/Txn', { success: [{ request_range: { key: 'a', revision: -1 } }] });
  },
  { fixture: 'fresh' },
);
compactions.add(
  'a negative revision in a transaction, before any',
  async (t) => {
    await put(t, 'a=1', 'a=2');
    await t.call('KV/Txn', { success: [{ request_range: { key: 'a', revision: -1 } }] });
    await t.call('KV/Compact', { revision: t.rev(1) });
    await t.call('KV/Txn', { success: [{ request_range: { key: 'a', revision: -1 } }] });
    await t.call('KV/Range', { key: 'a', revision: -1 });
  },
  { fixture: 'fresh' },
);
