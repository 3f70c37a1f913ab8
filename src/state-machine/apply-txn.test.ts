import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ByteWriter } from '../stdx/index.js';
import {
  Compare,
  CompareResult,
  CompareTarget,
  type ResponseOp,
  TxnRequest,
  TxnResponse,
} from '../wire/index.js';
import { isReadOnlyTxn, isSerializableTxn } from './apply-txn.js';
import { Reason } from './reason.js';
import {
  accepted,
  bytes,
  CLUSTER_ID,
  compare,
  MEMBER_ID,
  putOp,
  rangeOp,
  removeOp,
  StateMachineFixture,
  shown,
  TERM,
  txnOp,
} from './state-machine-fixture.conformance.js';

const { EQUAL, GREATER, LESS, NOT_EQUAL } = CompareResult;
const { VERSION, CREATE, MOD, VALUE, LEASE } = CompareTarget;

/** a (two puts), b, bb, c; revision 6. */
function filled(): StateMachineFixture {
  const fixture = new StateMachineFixture();
  for (const [key, value] of [
    ['a', '0'],
    ['a', '1'],
    ['b', '2'],
    ['bb', '3'],
    ['c', '4'],
  ] as const) {
    accepted(fixture.put({ key, value }));
  }
  return fixture;
}

/** What the operations answered, header revisions first. */
function outline(op: ResponseOp): string {
  if (op.responsePut !== undefined) {
    const { header, prevKv } = op.responsePut;
    return `put @${header!.revision}${prevKv === undefined ? '' : ` was ${shown(prevKv)}`}`;
  }
  if (op.responseDeleteRange !== undefined) {
    const { header, deleted, prevKvs } = op.responseDeleteRange;
    return `delete @${header!.revision} ${deleted} [${prevKvs.map(shown).join(', ')}]`;
  }
  if (op.responseRange !== undefined) {
    const { header, kvs, count, more } = op.responseRange;
    return `range @${header!.revision} ${count}${more ? '+' : ''} [${kvs.map(shown).join(', ')}]`;
  }
  const { header, succeeded, responses } = op.responseTxn!;
  return `txn @${header!.revision} ${succeeded} {${responses.map(outline).join('; ')}}`;
}

function run(fixture: StateMachineFixture, fields: Partial<TxnRequest>): string[] | string {
  const answer = fixture.txn(fields);
  if (typeof answer === 'string') return answer;
  return [`@${answer.header!.revision} ${answer.succeeded}`, ...answer.responses.map(outline)];
}

describe('compares', () => {
  const cases: [string, Compare, boolean][] = [
    ['version', compare({ key: 'a', target: VERSION, result: EQUAL, version: 2 }), true],
    ['version below', compare({ key: 'a', target: VERSION, result: LESS, version: 2 }), false],
    ['create', compare({ key: 'a', target: CREATE, result: EQUAL, createRevision: 2 }), true],
    ['create not', compare({ key: 'a', target: CREATE, result: NOT_EQUAL, createRevision: 2 }), false],
    ['mod above', compare({ key: 'a', target: MOD, result: GREATER, modRevision: 2 }), true],
    ['mod not above', compare({ key: 'a', target: MOD, result: GREATER, modRevision: 3 }), false],
    ['lease', compare({ key: 'a', target: LEASE, result: EQUAL, lease: 0n }), true],
    ['lease below', compare({ key: 'a', target: LEASE, result: LESS, lease: 1n }), true],
    ['lease, negative', compare({ key: 'a', target: LEASE, result: GREATER, lease: -1n }), true],
    ['value', compare({ key: 'a', target: VALUE, result: EQUAL, value: '1' }), true],
    ['value above', compare({ key: 'a', target: VALUE, result: GREATER, value: '0zz' }), true],
    ['value below a longer one', compare({ key: 'a', target: VALUE, result: LESS, value: '10' }), true],
    ['another member of the union reads as 0', compare({ key: 'a', target: MOD, version: 3 }), false],
    ['no member of the union reads as 0', compare({ key: 'a', target: MOD, result: GREATER }), true],
    ['no value reads as empty', compare({ key: 'a', target: VALUE, result: GREATER }), true],
    ['absent: numbers are 0', compare({ key: 'x', target: CREATE, result: EQUAL, createRevision: 0 }), true],
    ['absent: version below 1', compare({ key: 'x', target: VERSION, result: LESS, version: 1 }), true],
    ['absent: a value never equals', compare({ key: 'x', target: VALUE, result: EQUAL, value: '' }), false],
    [
      'absent: a value never differs',
      compare({ key: 'x', target: VALUE, result: NOT_EQUAL, value: 'y' }),
      false,
    ],
    ['an unknown result holds', compare({ key: 'a', target: VERSION, result: 9, version: 77 }), true],
    ['an unknown result of an absent value', compare({ key: 'x', target: VALUE, result: 9 }), false],
    ['an unknown target is equal', compare({ key: 'a', target: 9, result: EQUAL, version: 77 }), true],
    ['an unknown target is not above', compare({ key: 'a', target: 9, result: GREATER }), false],
    [
      'all of a range',
      compare({ key: 'b', rangeEnd: 'c', target: VERSION, result: EQUAL, version: 1 }),
      true,
    ],
    [
      'not all of a range',
      compare({ key: 'a', rangeEnd: 'c', target: VERSION, result: EQUAL, version: 1 }),
      false,
    ],
    [
      'the last of a range counts',
      compare({ key: 'a', rangeEnd: '\0', target: VALUE, result: NOT_EQUAL, value: '4' }),
      false,
    ],
    ['a prefix', compare({ key: 'b', rangeEnd: 'c', target: MOD, result: GREATER, modRevision: 3 }), true],
    [
      'an empty range is an absent key',
      compare({ key: 'x', rangeEnd: 'z', target: CREATE, result: EQUAL }),
      true,
    ],
    [
      'a reversed range is empty',
      compare({ key: 'c', rangeEnd: 'a', target: VALUE, result: NOT_EQUAL }),
      false,
    ],
  ];
  const fixture = filled();
  for (const [name, condition, expected] of cases) {
    test(name, () => {
      assert.equal(accepted(fixture.txn({ compare: [condition] })).succeeded, expected);
    });
  }

  test('all of them must hold, and none always does', () => {
    const yes = compare({ key: 'a', target: VERSION, version: 2 });
    const no = compare({ key: 'a', target: VERSION, version: 3 });
    assert.equal(accepted(fixture.txn({ compare: [yes, yes] })).succeeded, true);
    assert.equal(accepted(fixture.txn({ compare: [yes, no] })).succeeded, false);
    assert.equal(accepted(fixture.txn({})).succeeded, true);
    assert.equal(fixture.store.revision, 6, 'nothing was changed by any of these');
  });

  test('a deleted key is an absent one', () => {
    const deleted = filled();
    accepted(deleted.remove({ key: 'a' }));
    const gone = compare({ key: 'a', target: VERSION, result: EQUAL, version: 0 });
    assert.equal(accepted(deleted.txn({ compare: [gone] })).succeeded, true);
  });
});

test('the chosen branch runs in order under one revision, and ranges see what was written before them', () => {
  const fixture = filled();
  const answer = run(fixture, {
    success: [
      rangeOp({ key: 'a', rangeEnd: 'b' }),
      removeOp({ key: 'x' }),
      putOp({ key: 'd', value: '5' }),
      rangeOp({ key: 'd' }),
      removeOp({ key: 'b', rangeEnd: 'c', prevKv: true }),
      putOp({ key: 'a', value: '6', prevKv: true }),
      rangeOp({ key: '\0', rangeEnd: '\0', limit: 2 }),
      rangeOp({ key: 'a', revision: 2 }),
    ],
    failure: [putOp({ key: 'never', value: '' })],
  });
  assert.deepEqual(answer, [
    '@7 true',
    'range @6 1 [a=1 2/3/2]',
    'delete @6 0 []',
    'put @7',
    'range @7 1 [d=5 7/7/1]',
    'delete @7 2 [b=2 4/4/1, bb=3 5/5/1]',
    'put @7 was a=1 2/3/2',
    'range @7 3+ [a=6 2/7/3, c=4 6/6/1]',
    'range @7 1 [a=0 2/2/1]',
  ]);
  assert.deepEqual(fixture.all(), ['a=6 2/7/3', 'c=4 6/6/1', 'd=5 7/7/1']);
});

test('the failure branch runs when a compare does not hold', () => {
  const fixture = filled();
  const answer = run(fixture, {
    compare: [compare({ key: 'a', target: VALUE, value: 'no' })],
    success: [putOp({ key: 'yes', value: '' })],
    failure: [putOp({ key: 'no', value: '' })],
  });
  assert.deepEqual(answer, ['@7 false', 'put @7']);
  assert.ok(fixture.all().some((line) => line.startsWith('no=')));
});

test('a nested transaction compares the state before all of it; its answer has an empty header', () => {
  const fixture = filled();
  const nested = txnOp({
    compare: [compare({ key: 'n', target: VERSION, result: EQUAL, version: 0 })],
    success: [rangeOp({ key: 'n' }), txnOp({ success: [putOp({ key: 'm', value: '' })] })],
    failure: [putOp({ key: 'wrong', value: '' })],
  });
  assert.deepEqual(run(fixture, { success: [putOp({ key: 'n', value: '1' }), nested] }), [
    '@7 true',
    'put @7',
    'txn @0 true {range @7 1 [n=1 7/7/1]; txn @0 true {put @7}}',
  ]);
});

test('put and open-ended deletion of one key both happen, under the same revision', () => {
  const fixture = new StateMachineFixture();
  const both = [putOp({ key: 'x', value: '' }), removeOp({ key: 'w', rangeEnd: '\0' })];
  assert.deepEqual(run(fixture, { success: both }), ['@2 true', 'put @2', 'delete @2 1 []']);
  assert.deepEqual(fixture.all(), []);
  assert.equal(fixture.store.revision, 2);
});

test('a transaction that changes nothing adds no revision', () => {
  const fixture = filled();
  const nothing = [removeOp({ key: 'x' }), txnOp({ success: [removeOp({ key: 'y', rangeEnd: 'z' })] })];
  assert.deepEqual(run(fixture, { success: nothing }), [
    '@6 true',
    'delete @6 0 []',
    'txn @0 true {delete @6 0 []}',
  ]);
});

describe('checks of the chosen path, before anything happens', () => {
  const refusals: [string, Partial<TxnRequest>, string][] = [
    [
      'a range may not name the revision to come',
      { success: [putOp({ key: 'x' }), rangeOp({ key: 'x', revision: 7 })] },
      Reason.FUTURE_REVISION.message,
    ],
    [
      'a compacted revision, nested',
      { success: [putOp({ key: 'x' }), txnOp({ success: [rangeOp({ key: 'a', revision: 2 })] })] },
      Reason.COMPACTED.message,
    ],
    [
      'a negative revision once something was compacted',
      { success: [rangeOp({ key: 'a', revision: -1 })] },
      Reason.COMPACTED.message,
    ],
    ['a lease', { success: [putOp({ key: 'x', lease: 1n })] }, Reason.LEASE_NOT_FOUND.message],
    [
      'the value of an absent key',
      { success: [putOp({ key: 'x', ignoreValue: true })] },
      Reason.KEY_NOT_FOUND.message,
    ],
    [
      'the key comes before the lease here',
      { success: [putOp({ key: 'x', ignoreValue: true, lease: 1n })] },
      Reason.KEY_NOT_FOUND.message,
    ],
    [
      'puts come before ranges',
      { success: [rangeOp({ key: 'a', revision: 99 }), putOp({ key: 'x', lease: 1n })] },
      Reason.LEASE_NOT_FOUND.message,
    ],
  ];
  for (const [name, request, expected] of refusals) {
    test(name, () => {
      const fixture = filled();
      accepted(fixture.compact(3));
      const before = fixture.all();
      assert.equal(fixture.txn(request), expected);
      assert.deepEqual([fixture.all(), fixture.store.revision], [before, 6]);
    });
  }

  test('the branch that is not taken is not checked', () => {
    const fixture = filled();
    assert.deepEqual(run(fixture, { failure: [putOp({ key: 'x', lease: 1n })] }), ['@6 true']);
  });

  test('a negative revision passes while nothing was compacted', () => {
    const answer = run(filled(), { success: [rangeOp({ key: 'c', revision: -1 })] });
    assert.deepEqual(answer, ['@6 true', 'range @6 1 [c=4 6/6/1]']);
  });
});

describe('a put that needs a key which the same transaction takes away', () => {
  const keep = putOp({ key: 'a', ignoreValue: true });
  const openEnded = removeOp({ key: 'a', rangeEnd: '\0' });
  const refused = Reason.KEY_NOT_FOUND.message;
  const cases: [string, Partial<TxnRequest>, string | string[]][] = [
    ['before it', { success: [openEnded, keep] }, refused],
    ['behind it', { success: [keep, openEnded] }, ['@7 true', 'put @7', 'delete @7 4 []']],
    [
      'elsewhere',
      { success: [removeOp({ key: 'b', rangeEnd: '\0' }), keep] },
      ['@7 true', 'delete @7 3 []', 'put @7'],
    ],
    [
      'in a nested one before it',
      { success: [txnOp({ success: [openEnded] }), txnOp({ success: [keep] })] },
      refused,
    ],
    [
      'in a nested branch that is not taken',
      { success: [txnOp({ failure: [openEnded] }), txnOp({ success: [keep] })] },
      ['@7 true', 'txn @0 true {}', 'txn @0 true {put @7}'],
    ],
  ];
  for (const [name, request, expected] of cases) {
    test(name, () => {
      assert.deepEqual(run(filled(), request), expected);
    });
  }

  test('and puts back', () => {
    // The static check would refuse this; a member of another version may have let it pass.
    const again = [openEnded, putOp({ key: 'a', value: '9' }), putOp({ key: 'a', ignoreValue: true })];
    const fixture = filled();
    assert.deepEqual(run(fixture, { success: again }), ['@7 true', 'delete @7 4 []', 'put @7', 'put @7']);
    assert.deepEqual(fixture.all(), ['a=9 7/7/2']);
  });
});

test('a read-only transaction is answered in place like one through the log', () => {
  const fixture = filled();
  const request = TxnRequest.create({
    compare: [compare({ key: 'a', target: VERSION, version: 2 })],
    success: [rangeOp({ key: 'b', rangeEnd: 'c', keysOnly: true }), rangeOp({ key: 'zz', countOnly: true })],
  });
  const out = new ByteWriter();
  assert.equal(fixture.machine.readTxn(request, out), undefined);
  const answer = TxnResponse.decode(out.buf, 0, out.len);
  assert.deepEqual(out.buf.slice(0, out.len), TxnResponse.toBytes(answer));
  assert.deepEqual(answer, fixture.txn(request));
  assert.deepEqual(answer.header, {
    clusterId: CLUSTER_ID,
    memberId: MEMBER_ID,
    revision: 6,
    raftTerm: TERM,
  });
  assert.deepEqual(answer.responses.map(outline), ['range @6 2 [b= 4/4/1, bb= 5/5/1]', 'range @6 0 []']);
  out.reset();
  const future = TxnRequest.create({ success: [rangeOp({ key: 'a', revision: 9 })] });
  assert.equal(fixture.machine.readTxn(future, out), Reason.FUTURE_REVISION);
  assert.equal(out.len, 0);
});

test('what counts as read-only and as serializable', () => {
  const read = rangeOp({ key: 'a' });
  const stale = rangeOp({ key: 'a', serializable: true });
  const kinds = (fields: Partial<TxnRequest>): [boolean, boolean] => {
    const request = TxnRequest.create(fields);
    return [isReadOnlyTxn(request), isSerializableTxn(request)];
  };
  assert.deepEqual(kinds({}), [true, true]);
  assert.deepEqual(kinds({ success: [stale], failure: [stale] }), [true, true]);
  assert.deepEqual(kinds({ success: [stale], failure: [read] }), [true, false]);
  assert.deepEqual(kinds({ success: [stale], failure: [putOp({ key: 'a' })] }), [false, false]);
  assert.deepEqual(kinds({ success: [txnOp({ success: [stale] })] })[0], false);
});

test('compares are made with the bytes of the key, not its text', () => {
  const fixture = new StateMachineFixture();
  accepted(fixture.put({ key: '\xff\xfe', value: '\xff' }));
  const condition = Compare.create({
    key: Uint8Array.of(0xff, 0xfe),
    target: VALUE,
    result: GREATER,
    value: bytes('z'),
  });
  assert.equal(accepted(fixture.txn({ compare: [condition] })).succeeded, true);
});
