import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ByteWriter, MalformedError } from '../stdx/index.js';
import { ResponseHeader } from './header.js';
import { AuthUserAddRequest } from './rpc-auth.js';
import { MemberUpdateRequest } from './rpc-cluster.js';
import { Compare, PutRequest, PutResponse, RangeRequest, RequestOp, TxnRequest } from './rpc-kv.js';
import { LeaseGrantRequest } from './rpc-lease.js';
import { WatchCreateRequest, WatchRequest } from './rpc-watch.js';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Messages inside each other: a transaction whose only operation is a transaction, and so on. */
function nestedTxn(levels: number): Uint8Array {
  let body = new Uint8Array(0);
  for (let level = 0; level < levels; level++) {
    const op = new ByteWriter(body.length + 16);
    op.bytesFieldAlways(4, body);
    const txn = new ByteWriter(body.length + 32);
    txn.bytesFieldAlways(2, op.view());
    body = Uint8Array.from(txn.view());
  }
  return body;
}

describe('encoding', () => {
  test('defaults are not written, in field order', () => {
    assert.equal(toHex(PutRequest.toBytes(PutRequest.create({}))), '');
    const put = PutRequest.create({ prevKv: true, lease: -1n, key: hex('61'), value: hex('6262') });
    assert.equal(toHex(PutRequest.toBytes(put)), '0a01611202626218ffffffffffffffffff012001');
  });

  test('a member of a oneof is written even at its default', () => {
    assert.equal(toHex(Compare.toBytes(Compare.create({ version: 0 }))), '2000');
    assert.equal(toHex(WatchRequest.toBytes(WatchRequest.create({ progressRequest: {} }))), '1a00');
  });

  test('a nested message longer than 127 bytes gets a longer length', () => {
    const value = new Uint8Array(300).fill(7);
    const bytes = RequestOp.toBytes(RequestOp.create({ requestPut: PutRequest.create({ value }) }));
    assert.equal(toHex(bytes.subarray(0, 6)), '12af0212ac02');
    assert.deepEqual(RequestOp.decode(bytes).requestPut?.value, value);
  });

  test('repeated enums are packed', () => {
    assert.equal(
      toHex(WatchCreateRequest.toBytes(WatchCreateRequest.create({ filters: [0, 1] }))),
      '2a020001',
    );
  });
});

describe('decoding', () => {
  test('a blank record has every property at its default', () => {
    assert.deepEqual(PutResponse.decode(hex('')), { header: undefined, prevKv: undefined });
    assert.deepEqual(TxnRequest.decode(hex('')), { compare: [], success: [], failure: [] });
  });

  test('repeated numbers may be packed, unpacked, or both', () => {
    assert.deepEqual(WatchCreateRequest.decode(hex('2a020001 2801')).filters, [0, 1, 1]);
  });

  test('two decoded records never share a list', () => {
    const one = WatchCreateRequest.decode(hex('2801'));
    const two = WatchCreateRequest.decode(hex('2800'));
    assert.deepEqual([one.filters, two.filters], [[1], [0]]);
  });

  test('the last member of a oneof wins, and a message given twice is merged', () => {
    assert.deepEqual(Compare.decode(hex('2005 2807')), {
      ...Compare.create({}),
      createRevision: 7,
    });
    const merged = PutResponse.decode(hex('0a021803 0a022005'));
    assert.equal(merged.header?.revision, 3);
    assert.equal(merged.header?.raftTerm, 5);
  });

  test('unknown fields of every wire type are skipped', () => {
    const unknown = hex('78 8001 79 0102030405060708 7a 03 010203 7b 08 01 13 14 7c 7d 01020304 a00601');
    const known = hex('0a0161');
    const put = PutRequest.decode(Uint8Array.from([...unknown, ...known, ...unknown]));
    assert.deepEqual(put.key, known.subarray(2));
  });

  test('ids use all 64 bits', () => {
    const id = -(2n ** 63n);
    const grant = LeaseGrantRequest.decode(
      LeaseGrantRequest.toBytes(LeaseGrantRequest.create({ id, ttl: -5 })),
    );
    assert.deepEqual(grant, { id, ttl: -5 });
    const member = { id: 2n ** 64n - 1n, peerUrls: ['', 'http://a'] };
    assert.deepEqual(MemberUpdateRequest.decode(MemberUpdateRequest.toBytes(member)), member);
  });

  test('numbers beyond 2^53 are rounded, and the greatest keep their sign when written again', () => {
    const max = hex('38ffffffffffffffff7f');
    const request = WatchCreateRequest.decode(max);
    assert.equal(request.watchId, 2 ** 63);
    assert.deepEqual(WatchCreateRequest.toBytes(request), max);
    const term = hex('20ffffffffffffffffff01');
    assert.deepEqual(ResponseHeader.toBytes(ResponseHeader.decode(term)), term);
  });

  test('an enum number beyond 32 bits is cut, as etcd does', () => {
    assert.equal(RangeRequest.decode(hex('28 8280808010')).sortOrder, 2);
    assert.equal(RangeRequest.decode(hex('28 ffffffffffffffffff01')).sortOrder, -1);
  });

  test('only the given slice is read', () => {
    assert.deepEqual(PutRequest.decode(hex('ff0a0161ff'), 1, 4).key, hex('61'));
  });

  test('transactions nest beyond what a server accepts, but not without end', () => {
    let txn: TxnRequest | undefined = TxnRequest.decode(nestedTxn(240));
    let depth = 0;
    for (; txn !== undefined; txn = txn.success[0]?.requestTxn) depth++;
    assert.equal(depth, 241);
    assert.throws(() => TxnRequest.decode(nestedTxn(20_000)), /maximum recursion depth/);
  });
});

describe('malformed input is refused with the text of etcd', () => {
  // Each text was observed on etcd 3.5.30, after "grpc: error unmarshalling request: ".
  const cases: [string, { decode(b: Uint8Array): unknown }, string, string][] = [
    ['field number 0', PutRequest, '00', 'proto: PutRequest: illegal tag 0 (wire type 0)'],
    ['field number 0, odd wire type', PutRequest, '07', 'proto: PutRequest: illegal tag 0 (wire type 7)'],
    ['no length', PutRequest, '0a', 'unexpected EOF'],
    ['short bytes', PutRequest, '0a0561', 'unexpected EOF'],
    ['number for bytes', PutRequest, '0801', 'proto: wrong wireType = 0 for field Key'],
    ['bytes for number', PutRequest, '1a0161', 'proto: wrong wireType = 2 for field Lease'],
    ['stray end of group', PutRequest, '0c', 'proto: PutRequest: wiretype end group for non-group'],
    ['open group', PutRequest, '7b', 'unexpected EOF'],
    ['wire type 7', PutRequest, '7f', 'proto: illegal wireType 7'],
    ['short fixed32', PutRequest, '7d0000', 'unexpected EOF'],
    ['long varint', PutRequest, '18ffffffffffffffffffffff', 'proto: integer overflow'],
    ['long key', PutRequest, 'ffffffffffffffffffffff', 'proto: integer overflow'],
    [
      'negative length',
      PutRequest,
      '0affffffffffffffffff01',
      'proto: negative length found during unmarshaling',
    ],
    [
      'negative length, unknown field',
      PutRequest,
      '7affffffffffffffffff01',
      'proto: negative length found during unmarshaling',
    ],
    [
      'field number above 32 bits',
      PutRequest,
      '80808080808001',
      'proto: PutRequest: illegal tag 0 (wire type 4398046511104)',
    ],
    [
      'negative field number',
      PutRequest,
      '808080804001',
      'proto: PutRequest: illegal tag -2147483648 (wire type 17179869184)',
    ],
    ['two words', RangeRequest, '2a0161', 'proto: wrong wireType = 2 for field SortOrder'],
    ['inner message', TxnRequest, '12040a020801', 'proto: wrong wireType = 0 for field Key'],
    ['wrong type for a oneof', TxnRequest, '0a0422020801', 'proto: wrong wireType = 2 for field Version'],
    ['initialism', LeaseGrantRequest, '0a00', 'proto: wrong wireType = 2 for field TTL'],
    ['initialism at the end', MemberUpdateRequest, '1000', 'proto: wrong wireType = 0 for field PeerURLs'],
    ['invalid UTF-8', AuthUserAddRequest, '0a02fffe', 'string field contains invalid UTF-8'],
  ];
  for (const [name, type, body, message] of cases) {
    test(name, () => {
      assert.throws(() => type.decode(hex(body)), new MalformedError(message));
    });
  }
});
