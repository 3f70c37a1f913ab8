/**
 * Protobuf to and from plain objects, led by the field tables. Made for proofs, not for speed: the encoder writes every
 * field that is present, default or not, in the order given, so that a test can say exactly which bytes go out; the
 * decoder keeps what it does not know, so that a comparison sees it.
 */
import { schemaOf } from './proto-schema.js';

export type Scalar = number | bigint | boolean | string | Uint8Array;
export type Value = Scalar | Message | readonly Scalar[] | readonly Message[];
export interface Message {
  readonly [field: string]: Value | undefined;
}

/** Encodes `message` as the named type. Field names must be the proto names. */
export function encode(type: string, message: Message): Buffer {
  const schema = schemaOf(type);
  const numbers = new Map([...schema].map(([number, field]) => [field.name, number]));
  const parts: Buffer[] = [];
  for (const [name, value] of Object.entries(message)) {
    if (value === undefined) continue;
    const number = numbers.get(name);
    if (number === undefined) throw new Error(`${type} has no field ${name}`);
    const field = schema.get(number)!;
    for (const item of Array.isArray(value) ? value : [value])
      parts.push(encodeField(number, field.type, item));
  }
  return Buffer.concat(parts);
}

function encodeField(number: number, type: string, value: Scalar | Message): Buffer {
  if (type === 'int64' || type === 'uint64' || type === 'bool') {
    return Buffer.concat([varint(BigInt(number * 8)), varint(BigInt(value as number | bigint | boolean))]);
  }
  const body =
    type === 'bytes'
      ? Buffer.from(value as Uint8Array)
      : type === 'string'
        ? Buffer.from(value as string, 'utf8')
        : encode(type, value as Message);
  return lengthDelimited(number, body);
}

/** A length-delimited field as raw bytes. */
export function lengthDelimited(number: number, body: Uint8Array): Buffer {
  return Buffer.concat([varint(BigInt(number * 8 + 2)), varint(BigInt(body.length)), body]);
}

export function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

class Reader {
  readonly buf: Buffer;
  at = 0;

  constructor(buf: Uint8Array) {
    this.buf = Buffer.from(buf.buffer, buf.byteOffset, buf.byteLength);
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (this.at >= this.buf.length) throw new Error('varint is cut');
      const byte = this.buf[this.at++]!;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asUintN(64, value);
    }
    throw new Error('varint is too long');
  }

  bytes(length: number): Buffer {
    if (this.at + length > this.buf.length) throw new Error('field is cut');
    const out = this.buf.subarray(this.at, this.at + length);
    this.at += length;
    return out;
  }
}

/**
 * Decodes the named type. 64-bit numbers are numbers where exact, bigints otherwise; unknown fields appear as
 * `?<number>`. Throws on bytes that are no such message.
 */
export function decode(type: string, bytes: Uint8Array): Record<string, Value> {
  const schema = schemaOf(type);
  const reader = new Reader(bytes);
  const out: Record<string, Value> = {};
  while (reader.at < reader.buf.length) {
    const tag = Number(reader.varint());
    const number = Math.floor(tag / 8);
    const raw = readRaw(reader, tag % 8);
    const field = schema.get(number);
    if (field === undefined) {
      out[`?${number}`] = raw;
      continue;
    }
    const values = fieldValues(field.type, field.repeated, raw);
    if (field.repeated) out[field.name] = [...((out[field.name] as Value[]) ?? []), ...values] as Value;
    else out[field.name] = values.at(-1)!;
  }
  return out;
}

function readRaw(reader: Reader, wireType: number): bigint | Buffer {
  switch (wireType) {
    case 0:
      return reader.varint();
    case 1:
      return reader.bytes(8);
    case 2:
      return reader.bytes(Number(reader.varint()));
    case 3:
      return skipGroup(reader);
    case 5:
      return reader.bytes(4);
    default:
      throw new Error(`wire type ${wireType}`);
  }
}

/** A group (of proto2) is nothing that a message here has: its bytes are stepped over. */
function skipGroup(reader: Reader): Buffer {
  const start = reader.at;
  for (;;) {
    const wireType = Number(reader.varint() & 7n);
    if (wireType === 4) return reader.buf.subarray(start, reader.at);
    readRaw(reader, wireType);
  }
}

function fieldValues(type: string, repeated: boolean, raw: bigint | Buffer): (Scalar | Message)[] {
  const isVarint = type === 'int64' || type === 'uint64' || type === 'bool';
  if (isVarint && typeof raw !== 'bigint' && repeated) {
    const packed = new Reader(raw);
    const values: Scalar[] = [];
    while (packed.at < packed.buf.length) values.push(scalarOf(type, packed.varint()));
    return values;
  }
  if (isVarint !== (typeof raw === 'bigint'))
    throw new Error(`a field of type ${type} has the wrong wire type`);
  if (typeof raw === 'bigint') return [scalarOf(type, raw)];
  if (type === 'bytes') return [raw];
  if (type === 'string') return [raw.toString('utf8')];
  return [decode(type, raw)];
}

function scalarOf(type: string, raw: bigint): Scalar {
  if (type === 'bool') return raw !== 0n;
  const value = type === 'int64' ? BigInt.asIntN(64, raw) : raw;
  const near = Number(value);
  return Number.isSafeInteger(near) ? near : value;
}
