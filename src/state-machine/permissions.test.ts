import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AuthStore } from '../auth/index.js';
import { EMPTY_BYTES, encodeUtf8 } from '../stdx/index.js';
import { Compare, PutRequest, RangeRequest, RequestOp, TxnRequest } from '../wire/index.js';
import { Permissions } from './permissions.js';
import { comparePermissions } from './permissions-model.conformance.js';

const bytes = encodeUtf8;

/** A user who may read and write `mine/`, and nothing else. */
function fenced(leaseKeys: Record<string, readonly string[]> = {}) {
  const auth = new AuthStore();
  auth.addUser('root', EMPTY_BYTES, false);
  auth.grantRole('root', 'root');
  auth.addUser('u', EMPTY_BYTES, false);
  auth.addRole('r');
  auth.grantRole('u', 'r');
  auth.grantPermission('r', { access: 'readwrite', key: bytes('mine/'), rangeEnd: bytes('mine0') });
  auth.enable();
  const permissions = new Permissions(auth, { keysOf: (lease) => leaseKeys[String(lease)]?.map(bytes) });
  return { permissions, who: { user: 'u', revision: auth.revision } };
}

const put = (key: string, rest: Partial<PutRequest> = {}) => PutRequest.create({ key: bytes(key), ...rest });
const nest = (op: RequestOp) =>
  TxnRequest.create({ success: [RequestOp.create({ requestTxn: TxnRequest.create({ failure: [op] }) })] });

test('the walk equals the naive model', () => {
  const seed = 1;
  const { allowed, denied } = comparePermissions(seed, 20_000);
  assert.ok(allowed > 2000 && denied > 2000, 'both outcomes are common');
});

test('a nested transaction gives nothing away', () => {
  const { permissions, who } = fenced();
  const read = RequestOp.create({ requestRange: RangeRequest.create({ key: bytes('theirs') }) });
  assert.equal(permissions.txn(who, nest(read)), 'permission-denied');
  assert.equal(
    permissions.txn(who, nest(RequestOp.create({ requestPut: put('theirs') }))),
    'permission-denied',
  );
  const compare = TxnRequest.create({ compare: [Compare.create({ key: bytes('theirs') })] });
  assert.equal(permissions.txn(who, compare), 'permission-denied');
  assert.equal(permissions.txn(who, nest(RequestOp.create({ requestPut: put('mine/a') }))), undefined);
});

test('a previous value is a read', () => {
  const auth = new AuthStore();
  auth.addUser('root', EMPTY_BYTES, false);
  auth.grantRole('root', 'root');
  auth.addUser('w', EMPTY_BYTES, false);
  auth.addRole('r');
  auth.grantRole('w', 'r');
  auth.grantPermission('r', { access: 'write', key: bytes('a'), rangeEnd: EMPTY_BYTES });
  auth.enable();
  const permissions = new Permissions(auth, { keysOf: () => undefined });
  const who = { user: 'w', revision: auth.revision };
  assert.equal(permissions.put(who, put('a')), undefined);
  assert.equal(permissions.put(who, put('a', { prevKv: true })), 'permission-denied');
  const all = { key: bytes('a'), rangeEnd: EMPTY_BYTES };
  assert.equal(permissions.deleteRange(who, { ...all, prevKv: false }), undefined);
  assert.equal(permissions.deleteRange(who, { ...all, prevKv: true }), 'permission-denied');
});

test("a lease with others' keys can be neither joined, nor kept, nor revoked, nor looked into", () => {
  const { permissions, who } = fenced({ 7: ['mine/a', 'theirs'], 8: ['mine/a'] });
  assert.equal(permissions.put(who, put('mine/b', { lease: 7n })), 'permission-denied');
  assert.equal(permissions.put(who, put('mine/b', { lease: 8n })), undefined);
  assert.equal(
    permissions.put(who, put('mine/b', { lease: 9n })),
    undefined,
    'that it is missing is said later',
  );
  assert.equal(permissions.changeLease(who, 7n), 'permission-denied');
  assert.equal(permissions.changeLease(who, 8n), undefined);
  assert.equal(permissions.readLeaseKeys(who, 7n), 'permission-denied');
  assert.equal(permissions.changeLease(undefined, 8n), 'user-empty');
  assert.equal(permissions.changeLease({ user: 'root', revision: who.revision }, 7n), undefined);
});

test('an open interval is more than its first key', () => {
  const { permissions, who } = fenced();
  const open = { key: bytes('mine/'), rangeEnd: new Uint8Array([0]) };
  assert.equal(permissions.range(who, open), 'permission-denied');
  assert.equal(permissions.range(who, { key: bytes('mine/'), rangeEnd: bytes('mine0') }), undefined);
});

test('a transaction that asks and does nothing needs nobody', () => {
  const { permissions } = fenced();
  assert.equal(permissions.txn(undefined, TxnRequest.create({})), undefined);
});

test('a transaction that names no key is for nobody with old credentials', () => {
  const { permissions, who } = fenced();
  assert.equal(permissions.txn(who, TxnRequest.create({})), undefined);
  assert.equal(permissions.upToDate(who), undefined);
  assert.equal(permissions.upToDate(undefined), undefined);
  assert.equal(permissions.upToDate({ ...who, revision: who.revision - 1 }), 'old-revision');
});
