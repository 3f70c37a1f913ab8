import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeUtf8 } from '../stdx/index.js';
import { RequestKind } from './request-kind.js';
import { etcdRequestBytes } from './request-size.js';
import { PutRequest, RequestOp, TxnRequest } from './rpc-kv.js';

const MAX_REQUEST_BYTES = 1_572_864;

const put = (valueBytes: number): PutRequest =>
  PutRequest.create({ key: Uint8Array.of(97), value: new Uint8Array(valueBytes) });

const putBytes = (valueBytes: number): number =>
  etcdRequestBytes(RequestKind.PUT, PutRequest.toBytes(put(valueBytes)).length, undefined);

// Boundaries observed on etcd 3.5.30, on a member whose request ids take nine bytes: one byte more passes there.
describe('the size etcd would have measured', () => {
  test('of a put with a key of one byte', () => {
    assert.equal(putBytes(1_572_839), MAX_REQUEST_BYTES);
    assert.ok(putBytes(1_572_844) > MAX_REQUEST_BYTES);
  });

  test('of a transaction with that put', () => {
    const txnBytes = (valueBytes: number): number => {
      const success = [RequestOp.create({ requestPut: put(valueBytes) })];
      const bytes = TxnRequest.toBytes(TxnRequest.create({ success })).length;
      return etcdRequestBytes(RequestKind.TXN, bytes, undefined);
    };
    assert.equal(txnBytes(1_572_831), MAX_REQUEST_BYTES);
    assert.ok(txnBytes(1_572_833) > MAX_REQUEST_BYTES);
  });

  test('counts the caller, and the longer tags of younger requests', () => {
    const anonymous = etcdRequestBytes(RequestKind.PUT, 10, undefined);
    const caller = { username: encodeUtf8('alice'), authRevision: 300 };
    assert.equal(etcdRequestBytes(RequestKind.PUT, 10, caller), anonymous + (1 + 1 + 5) + (1 + 2));
    assert.equal(etcdRequestBytes(RequestKind.AUTH_ROLE_ADD, 10, undefined), anonymous + 1);
  });
});
