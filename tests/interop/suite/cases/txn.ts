/** KV/Txn: comparisons, branches, nesting, what is refused and what is not. */
import { CaseList } from '../case.js';
import type { Conversation } from '../conversation.js';
import type { Fields } from '../rpc.js';
import { grant, list, put } from '../steps.js';

const compares = new CaseList('compare');
const txns = new CaseList('txn');
const duplicates = new CaseList('txn, duplicate keys');
export const TXN_CASES = [compares, txns, duplicates];

const range = (key: string, more: Fields = {}): Fields => ({ request_range: { key, ...more } });
const write = (key: string, value = 'v', more: Fields = {}): Fields => ({
  request_put: { key, value, ...more },
});
const erase = (key: string, rangeEnd?: string, more: Fields = {}): Fields => ({
  request_delete_range: { key, ...(rangeEnd === undefined ? {} : { range_end: rangeEnd }), ...more },
});
const nested = (success: Fields[], failure: Fields[] = [], compare: Fields[] = []): Fields => ({
  request_txn: { compare, success, failure },
});

async function txn(
  t: Conversation,
  success: Fields[],
  failure: Fields[] = [],
  compare: Fields[] = [],
): Promise<void> {
  await t.call('KV/Txn', { compare, success, failure });
}

// --- comparisons

async function fill(t: Conversation): Promise<void> {
  await grant(t, 7);
  await put(t, 'a=1', 'b=2');
  await t.do('KV/Put', { key: 'b', value: '3', lease: 7 });
}

/** Below, at, and above what key b has. */
const OPERANDS: Readonly<Record<string, (t: Conversation) => readonly [string, readonly unknown[]]>> = {
  VERSION: () => ['version', [1, 2, 3]],
  CREATE: (t) => ['create_revision', [t.rev(1), t.rev(2), t.rev(3)]],
  MOD: (t) => ['mod_revision', [t.rev(2), t.rev(3), t.rev(4)]],
  VALUE: () => ['value', ['2', '3', '4']],
  LEASE: () => ['lease', [6, 7, 8]],
};
for (const [target, operands] of Object.entries(OPERANDS)) {
  for (const result of ['EQUAL', 'GREATER', 'LESS', 'NOT_EQUAL']) {
    compares.add(`${target} ${result}`, async (t) => {
      await fill(t);
      const [member, values] = operands(t);
      for (const value of values)
        await txn(t, [range('a')], [range('b')], [{ key: 'b', target, result, [member]: value }]);
    });
  }
  compares.add(`${target} of a missing key`, async (t) => {
    await fill(t);
    const [member, values] = operands(t);
    const zero = typeof values[0] === 'string' ? '' : 0;
    for (const result of ['EQUAL', 'GREATER', 'LESS', 'NOT_EQUAL']) {
      await txn(t, [range('a')], [], [{ key: 'x', target, result, [member]: zero }]);
      await txn(t, [range('a')], [], [{ key: 'x', target, result, [member]: values[1] }]);
    }
  });
  compares.add(`${target} of an interval`, async (t) => {
    await fill(t);
    const [member, values] = operands(t);
    for (const result of ['EQUAL', 'GREATER', 'LESS', 'NOT_EQUAL']) {
      await txn(t, [], [range('a')], [{ key: 'a', range_end: 'c', target, result, [member]: values[1] }]);
      await txn(t, [], [range('a')], [{ key: 'x', range_end: 'z', target, result, [member]: values[1] }]);
    }
  });
}
compares.add('no key', (t) => txn(t, [], [], [{ target: 'VERSION', version: 1 }]));
compares.add('no key, but an end', (t) =>
  txn(t, [], [], [{ range_end: 'z', target: 'VERSION', version: 1 }]),
);
compares.add('no operand', async (t) => {
  await fill(t);
  for (const target of ['VERSION', 'CREATE', 'MOD', 'VALUE', 'LEASE'])
    await txn(t, [], [], [{ key: 'b', target }]);
});
compares.add('an operand of another target', async (t) => {
  await fill(t);
  await txn(t, [], [], [{ key: 'b', target: 'VERSION', result: 'GREATER', value: 'x' }]);
  await txn(t, [], [], [{ key: 'b', target: 'VALUE', result: 'GREATER', version: 9 }]);
  await txn(t, [], [], [{ key: 'x', target: 'LEASE', result: 'EQUAL', mod_revision: 9 }]);
});
compares.add('an unknown result is true', async (t) => {
  await fill(t);
  await txn(t, [], [], [{ key: 'b', target: 'VERSION', result: 9, version: 77 }]);
});
compares.add('an unknown target', async (t) => {
  await fill(t);
  for (const result of ['EQUAL', 'GREATER', 'LESS', 'NOT_EQUAL'])
    await txn(t, [], [], [{ key: 'b', target: 9, result, version: 77 }]);
});
compares.add('several, all true', async (t) => {
  await fill(t);
  await txn(
    t,
    [range('a')],
    [],
    [
      { key: 'a', target: 'VALUE', value: '1' },
      { key: 'b', target: 'VERSION', version: 2 },
    ],
  );
});
compares.add('several, one false', async (t) => {
  await fill(t);
  await txn(
    t,
    [],
    [range('a')],
    [
      { key: 'a', target: 'VALUE', value: '1' },
      { key: 'b', target: 'VERSION', version: 3 },
    ],
  );
});
compares.add('everything', async (t) => {
  await fill(t);
  const all = { key: '\0', range_end: '\0', target: 'VERSION' };
  await txn(t, [], [], [{ ...all, result: 'GREATER', version: 0 }]);
  await txn(t, [], [], [{ ...all, result: 'EQUAL', version: 2 }]);
});
compares.add('negative numbers', async (t) => {
  await fill(t);
  await txn(t, [], [], [{ key: 'b', target: 'VERSION', result: 'GREATER', version: -1 }]);
  await txn(t, [], [], [{ key: 'x', target: 'MOD', result: 'GREATER', mod_revision: -1 }]);
});

// --- operations

txns.add('empty', (t) => txn(t, []));
txns.add('one of each', async (t) => {
  await put(t, 'a=1', 'b=2');
  await txn(t, [range('a'), write('c'), erase('b'), range('a', { range_end: 'z' })]);
  await list(t);
});
txns.add('reads only', async (t) => {
  await put(t, 'a=1');
  await txn(t, [range('a'), range('x'), range('a', { range_end: 'z', count_only: true })]);
});
txns.add('serializable reads', async (t) => {
  await put(t, 'a=1');
  await txn(t, [range('a', { serializable: true }), range('x', { serializable: true })]);
});
txns.add('the other branch', async (t) => {
  await put(t, 'a=1');
  await txn(t, [write('a', 'wrong')], [write('a', 'right')], [{ key: 'a', target: 'VERSION', version: 5 }]);
  await list(t);
});
txns.add('options of a range', async (t) => {
  await put(t, 'a=3', 'b=2', 'c=1');
  const all = { range_end: 'z' };
  await txn(t, [
    range('a', { ...all, limit: 1 }),
    range('a', { ...all, keys_only: true }),
    range('a', { ...all, sort_order: 'DESCEND', sort_target: 'VALUE' }),
    range('a', { ...all, revision: t.rev(2) }),
    range('a', { ...all, min_mod_revision: t.rev(2), max_create_revision: t.rev(2) }),
  ]);
});
txns.add('a range of a future revision', (t) => txn(t, [range('a', { revision: t.rev(1) })]));
txns.add('a range of the revision that is being made', (t) =>
  txn(t, [write('a'), range('a', { revision: t.rev(1) })]),
);
txns.add('a range of a compacted revision', async (t) => {
  await put(t, 'a=1', 'a=2', 'a=3');
  await t.do('KV/Compact', { revision: t.rev(2) });
  await txn(t, [range('a', { revision: t.rev(1) })]);
  await txn(t, [write('b'), range('a', { revision: t.rev(1) })]);
  await list(t);
});
txns.add('a bad range on the branch not taken', async (t) => {
  await txn(t, [write('a')], [range('a', { revision: t.rev(100) })]);
  await list(t);
});
txns.add('writes seen by later reads', async (t) => {
  await put(t, 'a=1');
  await txn(t, [range('a'), write('a', '2'), range('a'), erase('a'), range('a')]);
});
txns.add('reads between writes', async (t) => {
  await put(t, 'a=1');
  await txn(t, [range('a'), write('b', '2'), range('a', { range_end: 'z' }), erase('a'), range('a')]);
  await list(t);
});
txns.add('options of a put', async (t) => {
  await grant(t, 7);
  await put(t, 'a=1', 'b=1');
  await txn(t, [
    write('a', '2', { prev_kv: true }),
    { request_put: { key: 'b', ignore_value: true, prev_kv: true } },
    write('c', '3', { lease: 7 }),
  ]);
  await list(t);
});
txns.add('options of a deletion', async (t) => {
  await put(t, 'a=1', 'b=1');
  await txn(t, [erase('a', 'z', { prev_kv: true })]);
});
txns.add('a deletion of nothing changes nothing', async (t) => {
  await txn(t, [erase('a'), range('a')]);
  await list(t);
});
txns.add('a put with an unknown lease undoes all', async (t) => {
  await txn(t, [write('a'), write('b', '1', { lease: 99 })]);
  await list(t);
});
txns.add('an unknown lease on the branch not taken', async (t) => {
  await txn(t, [write('a')], [write('b', '1', { lease: 99 })]);
  await list(t);
});
txns.add('a value kept of a missing key undoes all', async (t) => {
  await txn(t, [write('a'), { request_put: { key: 'x', ignore_value: true } }]);
  await list(t);
});
txns.add('a key made before is not there yet for ignore_value', async (t) => {
  await txn(t, [nested([write('x')]), nested([{ request_put: { key: 'y', ignore_lease: true } }])]);
  await list(t);
});
for (const [what, op] of [
  ['a range without a key', { request_range: {} }],
  ['a put without a key', { request_put: { value: '1' } }],
  ['a deletion without a key', { request_delete_range: {} }],
  ['a put with a value to ignore', { request_put: { key: 'a', value: '1', ignore_value: true } }],
  ['a put with a lease to ignore', { request_put: { key: 'a', lease: 1, ignore_lease: true } }],
  ['an operation without content', {}],
] as const) {
  txns.add(what, async (t) => {
    await txn(t, [write('k'), op]);
    await txn(t, [], [op]);
    await txn(t, [nested([], [op])]);
    await list(t);
  });
}
txns.add('an unknown order in a range', (t) => txn(t, [range('a', { sort_order: 9 })]));
txns.add('as many operations as may be', async (t) => {
  const many = (count: number): Fields[] => Array.from({ length: count }, (_, i) => write(`k${i}`));
  await txn(t, many(128));
  await txn(t, many(129));
  await txn(t, [], many(129));
});
txns.add('as many comparisons as may be', async (t) => {
  const many = (count: number): Fields[] =>
    Array.from({ length: count }, () => ({ key: 'x', target: 'VERSION', version: 0 }));
  await txn(t, [], [], many(128));
  await txn(t, [], [], many(129));
});
txns.add('the budget of nested transactions', async (t) => {
  const many = (count: number, name = 'k'): Fields[] =>
    Array.from({ length: count }, (_, i) => range(`${name}${i}`));
  await txn(t, [...many(127), nested(many(1, 'n'))]);
  await txn(t, [...many(126), nested(many(1, 'n'))]);
  await txn(t, [...many(126), nested(many(2, 'n'))]);
  await txn(t, [nested(many(127, 'n'))]);
  await txn(t, [nested(many(128, 'n'))]);
});
txns.add(
  'other limits',
  async (t) => {
    const many = (count: number): Fields[] => Array.from({ length: count }, (_, i) => write(`k${i}`));
    await txn(t, many(4));
    await txn(t, many(5));
    await txn(t, [write('a', 'x'.repeat(5000))]);
  },
  { fixture: 'limits' },
);
txns.add('too large', (t) => txn(t, [write('a', 'v'.repeat(800_000)), write('b', 'v'.repeat(800_000))]));
txns.add('nested', async (t) => {
  await put(t, 'a=1');
  await txn(t, [write('b'), nested([range('a'), write('c')]), range('a', { range_end: 'z' })]);
  await list(t);
});
txns.add('nested, and empty', async (t) => {
  await txn(t, [nested([])]);
  await txn(t, [{ request_txn: {} }, nested([nested([])])]);
});
txns.add('nested four deep', async (t) => {
  await txn(t, [nested([nested([nested([write('deep'), range('deep')])])])]);
  await list(t);
});
txns.add('nested comparisons look at the state before', async (t) => {
  const born = { key: 'a', target: 'VERSION', result: 'GREATER', version: 0 };
  await txn(t, [write('a'), nested([write('saw')], [range('a')], [born])]);
  await list(t);
});
txns.add('nested comparisons of the branch not taken', async (t) => {
  await txn(t, [nested([write('x')], [write('y')], [{ key: 'q', target: 'VERSION', version: 3 }])]);
  await list(t);
});
txns.add('nested comparison without a key', (t) =>
  txn(t, [nested([], [], [{ target: 'VERSION', version: 1 }])]),
);
txns.add('one revision for all, in order', async (t) => {
  const watch = t.open('Watch/Watch');
  watch.send({ create_request: { key: '\0', range_end: '\0', prev_kv: true } });
  await watch.next('created');
  await txn(t, [write('b', '1'), write('a', '2'), nested([write('c', '3')]), erase('x')]);
  await watch.next('events');
  await txn(t, [erase('a', 'd'), write('e')]);
  await watch.next('events');
});
txns.add('through every member', async (t) => {
  for (const at of ['leader', 'follower', 'other'] as const)
    await t.call('KV/Txn', { success: [write('a', at, { prev_kv: true }), range('a')] }, { at });
});

// --- duplicate keys: each list on both branches

const BODIES: readonly (readonly [string, Fields[]])[] = [
  ['put, put', [write('k'), write('k')]],
  ['put, delete', [write('k'), erase('k')]],
  ['delete, put', [erase('k'), write('k')]],
  ['delete, delete', [erase('k'), erase('k')]],
  ['delete an interval, put in it', [erase('j', 'l'), write('k')]],
  ['delete an interval, put at its end', [erase('j', 'k'), write('k')]],
  ['overlapping deletions', [erase('a', 'l'), erase('j', 'z')]],
  ['range and put', [range('k'), write('k'), range('k')]],
  ['nested: put or put', [nested([write('k')], [write('k')])]],
  ['nested: put or delete', [nested([write('k')], [erase('k')])]],
  ['nested: put and put', [nested([write('k'), write('k')])]],
  ['siblings: put, put', [nested([write('k')]), nested([write('k')])]],
  ['siblings: put, and put in the other branch', [nested([write('k')]), nested([], [write('k')])]],
  ['siblings: delete, put', [nested([erase('k')]), nested([write('k')])]],
  ['siblings: put, delete', [nested([write('k')]), nested([erase('k')])]],
  ['siblings: delete, delete', [nested([erase('k')]), nested([erase('k')])]],
  ['nested put, then delete', [nested([write('k')]), erase('k')]],
  ['delete, then nested put', [erase('k'), nested([write('k')])]],
  ['put, then nested delete', [write('k'), nested([erase('k')])]],
  ['put, then nested put', [write('k'), nested([write('k')])]],
  ['nested twice: put, and put above', [nested([nested([write('k')])]), write('k')]],
  ['nested twice: put, put', [nested([nested([write('k')])]), nested([nested([write('k')])])]],
  ['put, then delete from a key on', [write('k'), erase('a', '\0')]],
  ['delete from a key on, then put', [erase('a', '\0'), write('k')]],
  ['delete everything, then put', [erase('\0', '\0'), write('k')]],
  ['delete the empty interval around', [erase('z', 'a'), write('k')]],
];
for (const [name, ops] of BODIES) {
  duplicates.add(name, async (t) => {
    await put(t, 'k=0');
    await txn(t, ops);
    await list(t);
    await txn(t, [], ops);
    await txn(t, [], ops, [{ key: 'k', target: 'VERSION', version: 77 }]);
    await list(t);
  });
}
duplicates.add('the count of operations is looked at first', async (t) => {
  await txn(t, [...Array.from({ length: 129 }, () => write('k'))]);
  await txn(t, [write('k'), write('k')], [{}]);
});
