/**
 * What the hot decoders share: one reader for all of them (they never nest and never keep it), and the strict field
 * checks of the table codec.
 */
import { ByteReader } from '../../stdx/index.js';
import { readEnum, readKey, readLength, skipValue, WIRE_LENGTH, WIRE_VARINT, wrongWireType } from '../tag.js';

export const reader = new ByteReader();

const KEY_MAX = 0x7fffffff;
const UNKNOWN_FIELD_KEY = 0x7ffffff8;

/** Reads a length-delimited field's length; the content starts at `reader.pos` and is skipped by the caller. */
export function enterBytes(key: number, fieldName: string): number {
  if ((key & 7) !== WIRE_LENGTH) throw wrongWireType(key & 7, fieldName);
  return readLength(reader);
}

export function readBool(key: number, fieldName: string): boolean {
  if ((key & 7) !== WIRE_VARINT) throw wrongWireType(key & 7, fieldName);
  return reader.uvarint() !== 0;
}

export function readInt64(key: number, fieldName: string): number {
  if ((key & 7) !== WIRE_VARINT) throw wrongWireType(key & 7, fieldName);
  return reader.varint();
}

/** An int64 that uses all its bits. */
export function readId(key: number, fieldName: string): bigint {
  if ((key & 7) !== WIRE_VARINT) throw wrongWireType(key & 7, fieldName);
  return reader.varint64();
}

/** An enum number, cut to 32 bits. */
export function readEnumNumber(key: number, fieldName: string): number {
  if ((key & 7) !== WIRE_VARINT) throw wrongWireType(key & 7, fieldName);
  return readEnum(reader);
}

/** Reads the next field's key as `field * 8 + wireType`, below 2^31. */
export function nextKey(messageName: string): number {
  const key = readKey(reader, messageName);
  // Field numbers beyond 28 bits are all unknown alike; cut, so that `key >>> 3` cannot turn one into a known number.
  return key <= KEY_MAX ? key : UNKNOWN_FIELD_KEY | (key & 7);
}

export function skipUnknown(key: number): void {
  skipValue(reader, key & 7);
}
