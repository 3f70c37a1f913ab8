import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type RequestOp, RequestOp as RequestOpType, TxnRequest } from '../wire/index.js';
import { checkDeleteRange, checkPut, checkRange, checkTxn } from './check-request.js';
import { Reason } from './reason.js';
import {
  compare,
  put,
  putOp,
  range,
  rangeOp,
  remove,
  removeOp,
  txnOp,
} from './state-machine-fixture.conformance.js';

const check = (fields: Partial<TxnRequest>, opsMax = 128): string =>
  checkTxn(TxnRequest.create(fields), opsMax)?.message ?? 'ok';

const DUPLICATE = Reason.DUPLICATE_KEY.message;

test('keys must not be empty, and what is to be kept must not be given', () => {
  assert.equal(checkRange(range({})), Reason.EMPTY_KEY);
  assert.equal(checkPut(put({})), Reason.EMPTY_KEY);
  assert.equal(checkDeleteRange(remove({ rangeEnd: 'b' })), Reason.EMPTY_KEY);
  assert.equal(checkPut(put({ key: 'a', value: '1', ignoreValue: true })), Reason.VALUE_PROVIDED);
  assert.equal(checkPut(put({ key: 'a', lease: 1n, ignoreLease: true })), Reason.LEASE_PROVIDED);
  assert.equal(checkPut(put({ key: 'a', value: '1', ignoreLease: true })), undefined);
  assert.equal(checkPut(put({ key: 'a', lease: 1n, ignoreValue: true })), undefined);
});

test('sort order and target are numbers of their enums', () => {
  assert.equal(checkRange(range({ key: 'a', sortOrder: 2, sortTarget: 4 })), undefined);
  for (const sortOrder of [-1, 3]) {
    assert.equal(checkRange(range({ key: 'a', sortOrder })), Reason.INVALID_SORT);
  }
  for (const sortTarget of [-1, 5]) {
    assert.equal(checkRange(range({ key: 'a', sortTarget })), Reason.INVALID_SORT);
  }
  assert.equal(check({ failure: [rangeOp({ key: 'a', sortTarget: 9 })] }), Reason.INVALID_SORT.message);
});

test('the largest of the three lists counts, and a nested transaction gets what its parent leaves', () => {
  const ranges = (count: number): RequestOp[] => Array.from({ length: count }, () => rangeOp({ key: 'a' }));
  const compares = (count: number) => Array.from({ length: count }, () => compare({ key: 'a' }));
  const tooMany = Reason.TOO_MANY_OPS.message;
  assert.equal(check({ compare: compares(128), success: ranges(128), failure: ranges(128) }), 'ok');
  assert.equal(check({ compare: compares(129) }), tooMany);
  assert.equal(check({ success: ranges(129) }), tooMany);
  assert.equal(check({ failure: ranges(129) }), tooMany);
  const withNested = (own: number, nested: number): string =>
    check({ success: [...ranges(own), txnOp({ success: ranges(nested) })] });
  assert.equal(withNested(127, 1), tooMany);
  assert.equal(withNested(126, 1), 'ok');
  assert.equal(withNested(126, 2), tooMany);
});

test('every operation of both branches is checked, at every depth, before duplicates', () => {
  const duplicates = [putOp({ key: 'a' }), putOp({ key: 'a' })];
  assert.equal(check({ success: duplicates, failure: [putOp({})] }), Reason.EMPTY_KEY.message);
  assert.equal(check({ compare: [compare({})] }), Reason.EMPTY_KEY.message);
  const deep = txnOp({ failure: [txnOp({ success: [removeOp({})] })] });
  assert.equal(check({ success: [deep] }), Reason.EMPTY_KEY.message);
  const empty = RequestOpType.create({});
  assert.equal(check({ success: [empty] }), Reason.KEY_NOT_FOUND.message);
});

describe('keys that are changed twice', () => {
  const putA = putOp({ key: 'a' });
  const deleteA = removeOp({ key: 'a' });
  const deleteAll = removeOp({ key: '\0', rangeEnd: '\0' });
  const deleteAToC = removeOp({ key: 'a', rangeEnd: 'c' });
  const inSuccess = (...ops: RequestOp[]): RequestOp => txnOp({ success: ops });
  const inFailure = (...ops: RequestOp[]): RequestOp => txnOp({ failure: ops });
  const cases: [string, RequestOp[], string][] = [
    ['two puts of a key', [putA, putA], DUPLICATE],
    ['puts of two keys', [putA, putOp({ key: 'b' })], 'ok'],
    ['keys that differ in a zero byte', [putA, putOp({ key: 'a\0' })], 'ok'],
    ['put, deletion of the key', [putA, deleteA], DUPLICATE],
    ['deletion, put of the key', [deleteA, putA], DUPLICATE],
    ['put within a deleted interval', [deleteAToC, putOp({ key: 'b' })], DUPLICATE],
    ['put at the end of a deleted interval', [deleteAToC, putOp({ key: 'c' })], 'ok'],
    ['overlapping deletions', [deleteA, deleteAToC, deleteA], 'ok'],
    ['ranges with anything', [rangeOp({ key: 'a' }), putA, rangeOp({ key: 'a' })], 'ok'],
    ['an open-ended deletion is not seen', [removeOp({ key: 'a', rangeEnd: '\0' }), putA], 'ok'],
    ['everything deleted is not seen', [deleteAll, putA], 'ok'],
    ['both branches of one nested', [txnOp({ success: [putA], failure: [putA] })], 'ok'],
    ['put and deletion in its branches', [txnOp({ success: [putA], failure: [deleteA] })], 'ok'],
    ['puts in two nested', [inSuccess(putA), inFailure(putA)], DUPLICATE],
    ['put here, put nested', [putA, inSuccess(putA)], DUPLICATE],
    ['put nested, put here', [inFailure(putA), putA], DUPLICATE],
    ['deletion here, put nested', [inSuccess(putA), deleteA], DUPLICATE],
    ['put here, deletion nested', [putA, inSuccess(deleteA)], DUPLICATE],
    ['deletion nested, then put nested', [inSuccess(deleteA), inSuccess(putA)], DUPLICATE],
    ['put nested, then deletion nested', [inSuccess(putA), inSuccess(deleteA)], 'ok'],
    ['deletions nested and here', [inSuccess(deleteA), deleteA], 'ok'],
    ['twice within one nested', [inFailure(putA, putA)], DUPLICATE],
    ['two levels down', [putA, inSuccess(inFailure(putA))], DUPLICATE],
  ];
  for (const [name, ops, expected] of cases) {
    test(name, () => {
      assert.equal(check({ success: ops }), expected);
      assert.equal(check({ failure: ops }), expected);
    });
  }

  test('the branches of the outermost transaction do not exclude each other', () => {
    assert.equal(check({ success: [putA], failure: [putA, deleteAll] }), 'ok');
  });
});
