/**
 * Request bytes of the measured calls (field numbers: etcd's rpc.proto). They are built once; a put's key is changed
 * in place, because a run that encodes every request anew measures its own encoder.
 */
import { assert, ByteReader, ByteWriter } from '../stdx/index.js';
import { keyNumberBytes, writeKey } from './key-sequence.js';

export const RANGE_PATH = '/etcdserverpb.KV/Range';
export const PUT_PATH = '/etcdserverpb.KV/Put';
export const TXN_PATH = '/etcdserverpb.KV/Txn';
export const WATCH_PATH = '/etcdserverpb.Watch/Watch';
export const AUTHENTICATE_PATH = '/etcdserverpb.Auth/Authenticate';

export interface RangeShape {
  readonly key: Uint8Array;
  /** Empty: the key alone. */
  readonly rangeEnd: Uint8Array;
  readonly serializable: boolean;
  readonly limit: number;
  readonly keysOnly: boolean;
  readonly countOnly: boolean;
}

export function encodeRange(shape: RangeShape): Uint8Array {
  const out = new ByteWriter(64);
  out.bytesField(1, shape.key);
  out.bytesField(2, shape.rangeEnd);
  out.intField(3, shape.limit);
  out.boolField(7, shape.serializable);
  out.boolField(8, shape.keysOnly);
  out.boolField(9, shape.countOnly);
  return out.finish();
}

export function encodePut(key: Uint8Array, value: Uint8Array): Uint8Array {
  const out = new ByteWriter(key.length + value.length + 16);
  out.bytesField(1, key);
  out.bytesField(2, value);
  return out.finish();
}

/** A put, or a transaction of puts, whose keys can be replaced in place. */
export interface PutTemplate {
  readonly bytes: Uint8Array;
  /** Makes number `n` the key of the put with this index. */
  setKey(index: number, n: number): void;
}

function templateOf(bytes: Uint8Array, keyOffsets: readonly number[], keySize: number): PutTemplate {
  return {
    bytes,
    setKey(index, n) {
      writeKey(bytes, keyOffsets[index]!, keySize, n);
    },
  };
}

/** Keys have `keySize` bytes each, which must hold the largest key number (see {@link keySizeProblem}). */
export function putTemplate(keySize: number, value: Uint8Array): PutTemplate {
  const bytes = encodePut(new Uint8Array(keySize), value);
  return templateOf(bytes, [putKeyOffset(keySize)], keySize);
}

function putKeyOffset(keySize: number): number {
  assert(keySize > 0, 'an empty key is not written to the wire');
  const prefix = new ByteWriter(16);
  prefix.tag(1, 2);
  prefix.varint(keySize);
  return prefix.len;
}

/** A transaction without conditions: `ops` puts in its success branch. */
export function txnPutTemplate(ops: number, keySize: number, value: Uint8Array): PutTemplate {
  const put = encodePut(new Uint8Array(keySize), value);
  const out = new ByteWriter((put.length + 16) * ops);
  const keyOffsets: number[] = [];
  for (let i = 0; i < ops; i++) {
    const op = new ByteWriter(put.length + 16);
    op.bytesFieldAlways(2, put);
    out.bytesFieldAlways(2, op.view());
    keyOffsets.push(out.len - put.length + putKeyOffset(keySize));
  }
  return templateOf(out.finish(), keyOffsets, keySize);
}

/** What is wrong with keys of `keySize` bytes for numbers below `space`, as a sentence; undefined if nothing is. */
export function keySizeProblem(keySize: number, space: number): string | undefined {
  const need = keyNumberBytes(space - 1);
  return keySize >= need ? undefined : `--key-size ${keySize} is too small: ${space} keys need ${need} bytes`;
}

export function encodeWatchCreate(key: Uint8Array): Uint8Array {
  const create = new ByteWriter(key.length + 8);
  create.bytesField(1, key);
  const out = new ByteWriter(key.length + 16);
  out.bytesFieldAlways(1, create.view());
  return out.finish();
}

export function encodeAuthenticate(name: string, password: string): Uint8Array {
  const out = new ByteWriter(64);
  out.stringField(1, name);
  out.stringField(2, password);
  return out.finish();
}

/** The token of an AuthenticateResponse. */
export function decodeToken(answer: Uint8Array): string {
  const reader = new ByteReader(answer);
  let token = '';
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === (2 << 3) + 2) token = reader.string();
    else reader.skip(tag);
  }
  return token;
}

/** What the watch workload needs of one WatchResponse; reused for the next. */
export class WatchAnswer {
  created = false;
  canceled = false;
  cancelReason = '';
  /** Offsets in the decoded buffer: start and end of each event's value, one after the other. */
  readonly values: number[] = [];
  readonly #reader = new ByteReader();

  decode(buf: Uint8Array, start: number, end: number): void {
    this.created = false;
    this.canceled = false;
    this.cancelReason = '';
    this.values.length = 0;
    const reader = this.#reader;
    reader.reset(buf, start, end);
    while (reader.pos < end) {
      const tag = reader.tag();
      if (tag === 3 * 8) this.created = reader.bool();
      else if (tag === 4 * 8) this.canceled = reader.bool();
      else if (tag === 6 * 8 + 2) this.cancelReason = reader.string();
      else if (tag === 11 * 8 + 2) this.#event(reader);
      else reader.skip(tag);
    }
  }

  #event(reader: ByteReader): void {
    const end = reader.length() + reader.pos;
    while (reader.pos < end) {
      const tag = reader.tag();
      if (tag === 2 * 8 + 2) this.#keyValue(reader);
      else reader.skip(tag);
    }
  }

  #keyValue(reader: ByteReader): void {
    const end = reader.length() + reader.pos;
    while (reader.pos < end) {
      const tag = reader.tag();
      if (tag === 5 * 8 + 2) {
        const length = reader.length();
        this.values.push(reader.pos, reader.pos + length);
        reader.pos += length;
      } else {
        reader.skip(tag);
      }
    }
  }
}
