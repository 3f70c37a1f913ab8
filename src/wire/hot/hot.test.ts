import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ByteWriter, MalformedError, Prng } from '../../stdx/index.js';
import { ResponseHeader } from '../header.js';
import { KeyValue } from '../kv.js';
import type { MessageType } from '../message.js';
import {
  CompactionResponse,
  Compare,
  DeleteRangeRequest,
  DeleteRangeResponse,
  PutRequest,
  PutResponse,
  RangeRequest,
  RangeResponse,
  RequestOp,
  TxnRequest,
} from '../rpc-kv.js';
import { DeleteRangeRequestView } from './delete-range-request.js';
import { HeaderEncoder } from './header-encoder.js';
import {
  writeDeleted,
  writeDeletedPrevKv,
  writePutPrevKv,
  writeRangeKv,
  writeRangeTail,
} from './kv-response.js';
import { PutRequestView } from './put-request.js';
import { RangeRequestView } from './range-request.js';
import { decodeTxnRequest } from './txn-request.js';

const SEED = Number(process.env['QUOIN_SEED'] ?? 20240601);
const ROUNDS = 20_000;

type Outcome = { readonly value: unknown } | { readonly error: string };

function outcomeOf(decode: () => unknown): Outcome {
  try {
    return { value: decode() };
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    return { error: error.message };
  }
}

function randomInt(prng: Prng): number {
  const sizes = [0, 1, 127, 128, 2 ** 31, 2 ** 40, Number.MAX_SAFE_INTEGER];
  return prng.chance(0.5) ? 0 : prng.pick(sizes) * (prng.chance(0.2) ? -1 : 1) + 0;
}

const randomBytes = (prng: Prng): Uint8Array => prng.bytes(prng.pick([0, 1, 5, 30, 200]));

/** Bytes of a valid message, then now and then cut, changed, or followed by noise. */
function damage(prng: Prng, bytes: Uint8Array): Uint8Array {
  const at = prng.below(bytes.length + 1);
  switch (prng.below(4)) {
    case 0:
      return bytes;
    case 1:
      return bytes.subarray(0, at);
    case 2: {
      const changed = Uint8Array.from(bytes);
      if (at < changed.length) changed[at] = prng.below(256);
      return changed;
    }
    default:
      return Uint8Array.from([...bytes.subarray(0, at), ...prng.bytes(12), ...bytes.subarray(at)]);
  }
}

/** The view must give what the table codec gives, error texts included, wherever the message lies in its buffer. */
function compare<T>(
  type: MessageType<T>,
  random: (prng: Prng) => T,
  viewOf: (b: Uint8Array, s: number, e: number) => T,
): void {
  const prng = new Prng(SEED);
  for (let round = 0; round < ROUNDS; round++) {
    const body = damage(prng, type.toBytes(random(prng)));
    const before = prng.below(20);
    const buf = Uint8Array.from([...prng.bytes(before), ...body, ...prng.bytes(20)]);
    assert.deepEqual(
      outcomeOf(() => viewOf(buf, before, before + body.length)),
      outcomeOf(() => type.decode(body)),
      `seed ${SEED}, round ${round}: ${Buffer.from(body).toString('hex')}`,
    );
  }
}

function randomTxn(prng: Prng, depth: number): TxnRequest {
  const list = <T>(one: () => T): T[] => Array.from({ length: prng.below(3) }, one);
  return {
    compare: list(() => randomCompare(prng)),
    success: list(() => randomOp(prng, depth)),
    failure: list(() => randomOp(prng, depth)),
  };
}

function randomCompare(prng: Prng): Compare {
  const targets: Partial<Compare>[] = [
    {},
    { version: randomInt(prng) },
    { createRevision: randomInt(prng) },
    { modRevision: randomInt(prng) },
    { value: randomBytes(prng) },
    { lease: -5n },
  ];
  const rangeEnd = prng.chance(0.2) ? randomBytes(prng) : new Uint8Array(0);
  const [result, target] = [prng.below(5), prng.below(6)];
  return Compare.create({ result, target, key: randomBytes(prng), rangeEnd, ...prng.pick(targets) });
}

function randomOp(prng: Prng, depth: number): RequestOp {
  const key = randomBytes(prng);
  switch (prng.below(depth < 2 ? 5 : 4)) {
    case 0:
      return RequestOp.create({});
    case 1:
      return RequestOp.create({
        requestPut: PutRequest.create({ key, value: randomBytes(prng), lease: 9n }),
      });
    case 2:
      return RequestOp.create({ requestRange: RangeRequest.create({ key, limit: randomInt(prng) }) });
    case 3:
      return RequestOp.create({ requestDeleteRange: DeleteRangeRequest.create({ key, prevKv: true }) });
    default:
      return RequestOp.create({ requestTxn: randomTxn(prng, depth + 1) });
  }
}

describe('request views agree with the table codec on valid and damaged messages', () => {
  test('PutRequest', () => {
    const view = new PutRequestView();
    compare(
      PutRequest,
      (prng) => ({
        key: randomBytes(prng),
        value: randomBytes(prng),
        lease: BigInt.asIntN(64, BigInt(prng.uint32()) * BigInt(prng.uint32())),
        prevKv: prng.chance(0.5),
        ignoreValue: prng.chance(0.5),
        ignoreLease: prng.chance(0.5),
      }),
      (buf, start, end) => {
        view.decode(buf, start, end);
        const { lease, prevKv, ignoreValue, ignoreLease } = view;
        const key = view.buf.subarray(view.keyStart, view.keyEnd);
        const value = view.buf.subarray(view.valueStart, view.valueEnd);
        return { key, value, lease, prevKv, ignoreValue, ignoreLease };
      },
    );
  });

  test('RangeRequest', () => {
    const view = new RangeRequestView();
    compare(
      RangeRequest,
      (prng) => ({
        key: randomBytes(prng),
        rangeEnd: randomBytes(prng),
        limit: randomInt(prng),
        revision: randomInt(prng),
        sortOrder: prng.below(4),
        sortTarget: prng.below(6),
        serializable: prng.chance(0.5),
        keysOnly: prng.chance(0.5),
        countOnly: prng.chance(0.5),
        minModRevision: randomInt(prng),
        maxModRevision: randomInt(prng),
        minCreateRevision: randomInt(prng),
        maxCreateRevision: randomInt(prng),
      }),
      (buf, start, end) => {
        view.decode(buf, start, end);
        const { keyStart, keyEnd, rangeEndStart, rangeEndEnd, buf: held, ...rest } = view;
        return {
          key: held.subarray(keyStart, keyEnd),
          rangeEnd: held.subarray(rangeEndStart, rangeEndEnd),
          ...rest,
        };
      },
    );
  });

  test('DeleteRangeRequest', () => {
    const view = new DeleteRangeRequestView();
    compare(
      DeleteRangeRequest,
      (prng) => ({ key: randomBytes(prng), rangeEnd: randomBytes(prng), prevKv: prng.chance(0.5) }),
      (buf, start, end) => {
        view.decode(buf, start, end);
        const { keyStart, keyEnd, rangeEndStart, rangeEndEnd, buf: held, prevKv } = view;
        return {
          key: held.subarray(keyStart, keyEnd),
          rangeEnd: held.subarray(rangeEndStart, rangeEndEnd),
          prevKv,
        };
      },
    );
  });

  test('TxnRequest', () => {
    compare(TxnRequest, (prng) => randomTxn(prng, 0), decodeTxnRequest);
  });

  test('an operation with two members, and one deeper than the stack allows', () => {
    // request_range {limit 3} and request_range {revision 4} merge; a put after a range wins.
    for (const body of ['0a0218030a022004', '0a02180312030a0161', '12030a01610a021803', '22001203 0a0162']) {
      const op = Buffer.from(body.replace(' ', ''), 'hex');
      const txn = Uint8Array.from([0x12, op.length, ...op]);
      assert.deepEqual(decodeTxnRequest(txn, 0, txn.length), TxnRequest.decode(txn));
    }
    let nested: Uint8Array = new Uint8Array(0);
    for (let level = 0; level < 5000; level++) {
      const out = new ByteWriter(nested.length + 32);
      out.bytesFieldAlways(level % 2 === 0 ? 4 : 2, nested);
      nested = out.finish();
    }
    assert.throws(() => decodeTxnRequest(nested, 0, nested.length), /maximum recursion depth/);
  });

  test('a huge field number is unknown, not a known one in disguise', () => {
    const body = Uint8Array.from([0x8a, 0x80, 0x80, 0x80, 0x10, 1, 7, 0x0a, 1, 8]);
    const view = new PutRequestView();
    view.decode(body, 0, body.length);
    assert.deepEqual(view.buf.subarray(view.keyStart, view.keyEnd), Uint8Array.of(8));
    assert.deepEqual(PutRequest.decode(body).key, Uint8Array.of(8));
  });
});

test('answers written by hand are what the table codec writes', () => {
  const prng = new Prng(SEED);
  for (let round = 0; round < ROUNDS / 10; round++) compareAnswers(prng, round);
});

function randomKeyValue(prng: Prng): KeyValue {
  const lease = prng.chance(0.5) ? 0n : -1n;
  return KeyValue.create({
    key: randomBytes(prng),
    value: randomBytes(prng),
    modRevision: 7,
    version: 1,
    lease,
  });
}

function compareAnswers(prng: Prng, round: number): void {
  const clusterId = prng.chance(0.1) ? 0n : (BigInt(prng.uint32()) << 32n) | BigInt(prng.uint32());
  const memberId = BigInt(prng.uint32());
  const encoder = new HeaderEncoder(clusterId, memberId);
  const revision = prng.pick([0, 1, 128, 2 ** 31, 2 ** 33 + 5, Number.MAX_SAFE_INTEGER]);
  const raftTerm = prng.pick([0, 1, 127, 300, 2 ** 35]);
  const header = ResponseHeader.create({ clusterId, memberId, revision, raftTerm });
  const kvs = [randomKeyValue(prng), randomKeyValue(prng), randomKeyValue(prng)];
  const encoded = kvs.map((kv) => KeyValue.toBytes(kv));
  const count = round * 100;
  const more = prng.chance(0.5);

  // One byte of room, so that growing in the middle of an answer is part of the test.
  const out = new ByteWriter(1);
  const same = (rest: () => void, expected: Uint8Array): void => {
    out.reset();
    encoder.write(out, revision, raftTerm);
    rest();
    assert.deepEqual(out.view(), expected, `seed ${SEED}, round ${round}`);
  };
  same(() => {}, CompactionResponse.toBytes({ header }));
  same(
    () => writePutPrevKv(out, encoded[0]!, 0, encoded[0]!.length),
    PutResponse.toBytes({ header, prevKv: kvs[0] }),
  );
  same(
    () => {
      writeDeleted(out, count);
      for (const each of encoded) writeDeletedPrevKv(out, each, 0, each.length);
    },
    DeleteRangeResponse.toBytes({ header, deleted: count, prevKvs: kvs }),
  );
  same(() => {
    for (const each of encoded) writeRangeKv(out, each, 0, each.length);
    writeRangeTail(out, more, count);
  }, RangeResponse.toBytes({ header, kvs, more, count }));
}
