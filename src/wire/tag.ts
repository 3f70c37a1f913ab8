/**
 * Field keys and unknown fields, with the leniency and the error texts of the protobuf runtime in etcd 3.5 (clients
 * see them after `grpc: error unmarshalling request: `): a known field of another wire type is an error, an unknown
 * one is skipped whatever it is, and groups need only balance.
 */
import { type ByteReader, MalformedError } from '../stdx/index.js';

export const WIRE_VARINT = 0;
export const WIRE_FIXED64 = 1;
export const WIRE_LENGTH = 2;
export const WIRE_GROUP_START = 3;
export const WIRE_GROUP_END = 4;
export const WIRE_FIXED32 = 5;

/** Keys below this take the fast path: their field number is a positive 28-bit integer. */
const SMALL_KEY_MAX = 0x7fffffff;

/**
 * Reads a field's key as `field * 8 + wireType`, which is a safe integer.
 *
 * @throws MalformedError on field number 0 and below (the number is cut to 32 bits), and on an end of group.
 */
export function readKey(reader: ByteReader, messageName: string): number {
  const start = reader.pos;
  const first = reader.buf[start]!;
  if (first >= 8 && first < 128 && (first & 7) !== WIRE_GROUP_END && start < reader.end) {
    reader.pos = start + 1;
    return first;
  }
  const key = reader.uvarint();
  if (key >= 8 && key <= SMALL_KEY_MAX && (key & 7) !== WIRE_GROUP_END) return key;
  reader.pos = start;
  const wire = reader.uvarint64();
  const wireType = Number(wire & 7n);
  if (wireType === WIRE_GROUP_END) {
    throw new MalformedError(`proto: ${messageName}: wiretype end group for non-group`);
  }
  const field = Number(BigInt.asIntN(32, wire >> 3n));
  if (field <= 0) throw new MalformedError(`proto: ${messageName}: illegal tag ${field} (wire type ${wire})`);
  return field * 8 + wireType;
}

/** Reads a length and checks that so many bytes follow. */
export function readLength(reader: ByteReader): number {
  const length = reader.uvarint();
  if (length > reader.end - reader.pos) throw lengthError(length);
  return length;
}

function lengthError(length: number): MalformedError {
  // A length that is negative as a signed 64-bit number.
  if (length >= 2 ** 63) return new MalformedError('proto: negative length found during unmarshaling');
  return new MalformedError('unexpected EOF');
}

/** An enum's number: a varint cut to 32 bits, with sign. */
export function readEnum(reader: ByteReader): number {
  const start = reader.pos;
  const value = reader.uvarint();
  if (value <= 0x7fffffff) return value;
  reader.pos = start;
  return Number(BigInt.asIntN(32, reader.uvarint64()));
}

export function wrongWireType(wireType: number, fieldName: string): MalformedError {
  return new MalformedError(`proto: wrong wireType = ${wireType} for field ${fieldName}`);
}

/** Skips the value of an unknown field whose key had `wireType`. */
export function skipValue(reader: ByteReader, wireType: number): void {
  let depth = 0;
  let type = wireType;
  for (;;) {
    switch (type) {
      case WIRE_VARINT:
        reader.uvarint();
        break;
      case WIRE_FIXED64:
        advance(reader, 8);
        break;
      case WIRE_LENGTH:
        advance(reader, readLength(reader));
        break;
      case WIRE_GROUP_START:
        depth++;
        break;
      case WIRE_GROUP_END:
        depth--;
        break;
      case WIRE_FIXED32:
        advance(reader, 4);
        break;
      default:
        throw new MalformedError(`proto: illegal wireType ${type}`);
    }
    if (depth === 0) return;
    type = Number(reader.uvarint64() & 7n);
  }
}

function advance(reader: ByteReader, count: number): void {
  if (count > reader.end - reader.pos) throw new MalformedError('unexpected EOF');
  reader.pos += count;
}
