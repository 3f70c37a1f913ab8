/**
 * Field descriptions: what a message's table is made of. A table is an object with one entry per property, so the
 * compiler checks that each property of a record has a field of its type.
 *
 * 64-bit integers come in two kinds. Revisions, counts, limits, terms and indexes stay far below 2^53 and are
 * `number`; ids (member, cluster, lease) use all 64 bits and are `bigint`.
 */
import type { ByteReader, ByteWriter } from '../stdx/index.js';
import { EMPTY_BYTES } from '../stdx/index.js';

/** How a value is written. Kinds up to {@link Kind.ENUM} are varints and may be packed when repeated. */
export const Kind = {
  BOOL: 0,
  /** int64 as a number. */
  INT64: 1,
  /** uint64 as a number. */
  UINT64: 2,
  /** int64 as a bigint. */
  INT64_ID: 3,
  /** uint64 as a bigint. */
  UINT64_ID: 4,
  UINT32: 5,
  ENUM: 6,
  BYTES: 7,
  STRING: 8,
  MESSAGE: 9,
} as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

/** An enum's names in the protocol, by number. Numbers outside it are kept: proto3 enums are open. */
export interface EnumType {
  readonly protoName: string;
  readonly values: Readonly<Record<string, number>>;
}

/** What a field needs of the message type it holds. */
export interface MessageCodec {
  readonly protoName: string;
  /** A fresh record with every property at its default. */
  blank(): Record<string, unknown>;
  /** Reads fields up to `reader.end` into `target`. */
  readInto(target: Record<string, unknown>, reader: ByteReader, depth: number): void;
  /** Appends the record's fields, without a length. */
  write(out: ByteWriter, value: Record<string, unknown>): void;
}

/** One field of a message; `V` is the property's type. */
export interface Field<V> {
  readonly number: number;
  readonly kind: Kind;
  /** Name in the protocol, where it is not the property's name. */
  readonly protoName: string | undefined;
  readonly repeated: boolean;
  /** The oneof it belongs to: at most one member of it is defined in a record. */
  readonly oneof: string | undefined;
  readonly enumType: EnumType | undefined;
  /** A thunk, because messages refer to each other in circles. */
  readonly message: (() => MessageCodec) | undefined;
  /** The property's value when the field is absent. */
  readonly absent: V;
}

export type FieldTable<T> = { readonly [P in keyof T]-?: Field<T[P]> };

const NO_ELEMENTS: readonly never[] = Object.freeze([]);

function scalar<V>(number: number, kind: Kind, protoName: string | undefined, absent: V): Field<V> {
  return {
    number,
    kind,
    protoName,
    repeated: false,
    oneof: undefined,
    enumType: undefined,
    message: undefined,
    absent,
  };
}

export function bool(number: number, protoName?: string): Field<boolean> {
  return scalar(number, Kind.BOOL, protoName, false);
}

export function int64(number: number, protoName?: string): Field<number> {
  return scalar(number, Kind.INT64, protoName, 0);
}

export function uint64(number: number, protoName?: string): Field<number> {
  return scalar(number, Kind.UINT64, protoName, 0);
}

export function int64Id(number: number, protoName?: string): Field<bigint> {
  return scalar(number, Kind.INT64_ID, protoName, 0n);
}

export function uint64Id(number: number, protoName?: string): Field<bigint> {
  return scalar(number, Kind.UINT64_ID, protoName, 0n);
}

export function uint32(number: number, protoName?: string): Field<number> {
  return scalar(number, Kind.UINT32, protoName, 0);
}

export function bytes(number: number, protoName?: string): Field<Uint8Array> {
  return scalar(number, Kind.BYTES, protoName, EMPTY_BYTES);
}

export function string(number: number, protoName?: string): Field<string> {
  return scalar(number, Kind.STRING, protoName, '');
}

export function enumeration(number: number, enumType: EnumType, protoName?: string): Field<number> {
  return { ...scalar(number, Kind.ENUM, protoName, 0), enumType };
}

export function message<T>(
  number: number,
  type: () => MessageCodec & { blank(): T },
  protoName?: string,
): Field<T | undefined> {
  return { ...scalar<T | undefined>(number, Kind.MESSAGE, protoName, undefined), message: type };
}

export function repeated<V>(element: Field<V>): Field<readonly NonNullable<V>[]> {
  return { ...element, repeated: true, absent: NO_ELEMENTS };
}

/** A member of the oneof `name`. Its property is undefined when another member, or none, is set. */
export function oneof<V>(name: string, member: Field<V>): Field<V | undefined> {
  return { ...member, oneof: name, absent: undefined };
}
