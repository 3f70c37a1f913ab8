import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteWriter, encodeUtf8, Prng } from '../stdx/index.js';
import { KeySequence, keyNumberBytes, writeKey } from './key-sequence.js';
import {
  encodePut,
  encodeRange,
  encodeWatchCreate,
  keySizeProblem,
  putTemplate,
  txnPutTemplate,
  WatchAnswer,
} from './requests.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test('requests are the bytes that protobuf prescribes', () => {
  const range = {
    key: encodeUtf8('k'),
    rangeEnd: encodeUtf8('l'),
    serializable: true,
    limit: 300,
    keysOnly: true,
    countOnly: true,
  };
  assert.equal(hex(encodeRange(range)), '0a016b12016c18ac02380140014801');
  assert.equal(hex(encodePut(encodeUtf8('k'), encodeUtf8('vv'))), '0a016b12027676');
  assert.equal(hex(encodeWatchCreate(encodeUtf8('k'))), '0a030a016b');
});

test('keys begin with the zig-zag varint of their number, as Go writes it', () => {
  const key = (n: number, size: number): string => {
    const out = new Uint8Array(size).fill(0xee);
    writeKey(out, 0, size, n);
    return hex(out);
  };
  assert.equal(key(0, 4), '00000000');
  assert.equal(key(1, 4), '02000000');
  assert.equal(key(63, 2), '7e00');
  assert.equal(key(64, 2), '8001');
  assert.equal(key(99_999, 8), 'be9a0c0000000000');
  assert.equal(keyNumberBytes(63), 1);
  assert.equal(keyNumberBytes(64), 2);
  assert.equal(keyNumberBytes(99_999), 3);
  assert.equal(keySizeProblem(2, 8192), undefined);
  assert.match(keySizeProblem(2, 8193) ?? '', /need 3 bytes/);
});

test('a template with its key replaced equals the request encoded anew', () => {
  const value = new Uint8Array(200).fill(7);
  const key = new Uint8Array(130);
  writeKey(key, 0, key.length, 12_345);
  const template = putTemplate(key.length, value);
  template.setKey(0, 999_999);
  template.setKey(0, 12_345);
  assert.deepEqual(template.bytes, encodePut(key, value));

  const txn = txnPutTemplate(3, key.length, value);
  const expected = new ByteWriter();
  for (let i = 0; i < 3; i++) {
    writeKey(key, 0, key.length, i * 1000);
    txn.setKey(i, i * 1000);
    const op = new ByteWriter();
    op.bytesFieldAlways(2, encodePut(key, value));
    expected.bytesFieldAlways(2, op.view());
  }
  assert.deepEqual(txn.bytes, expected.finish());
});

test('key sequences stay in their space', () => {
  const inOrder = new KeySequence(3, true, new Prng(1));
  assert.deepEqual(
    Array.from({ length: 7 }, () => inOrder.next()),
    [0, 1, 2, 0, 1, 2, 0],
  );
  const atRandom = new KeySequence(5, false, new Prng(1));
  const seen = new Set(Array.from({ length: 200 }, () => atRandom.next()));
  assert.deepEqual([...seen].sort(), [0, 1, 2, 3, 4]);
});

test("a watch answer gives its events' values", () => {
  const kv = (value: string): Uint8Array => {
    const out = new ByteWriter();
    out.stringField(1, 'key');
    out.intField(2, 5);
    out.stringField(5, value);
    return out.finish();
  };
  const event = (value: string): Uint8Array => {
    const out = new ByteWriter();
    out.bytesFieldAlways(2, kv(value));
    return out.finish();
  };
  const out = new ByteWriter();
  out.byte(99);
  out.intField(2, 7);
  out.bytesFieldAlways(11, event('first'));
  out.bytesFieldAlways(11, event('second'));
  const answer = new WatchAnswer();
  answer.decode(out.buf, 1, out.len);
  const texts: string[] = [];
  for (let i = 0; i < answer.values.length; i += 2) {
    texts.push(Buffer.from(out.buf.subarray(answer.values[i], answer.values[i + 1])).toString());
  }
  assert.deepEqual(texts, ['first', 'second']);
  assert.equal(answer.created, false);

  const created = new ByteWriter();
  created.boolField(3, true);
  created.boolField(4, true);
  created.stringField(6, 'why');
  answer.decode(created.buf, 0, created.len);
  assert.deepEqual([answer.created, answer.canceled, answer.cancelReason], [true, true, 'why']);
  assert.equal(answer.values.length, 0);
});
