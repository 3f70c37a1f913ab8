/**
 * Between the product's typed records and what @grpc/proto-loader reads and writes. Only names and number types are
 * converted here; the encoding itself is the library's, so tests talk to a server in a codec that is not ours.
 */
import { Kind, type MessageField, MessageType } from '../../src/wire/index.js';

/** A record of which any part may be left out; bytes may be given as text. */
export type Init<T> = T extends Uint8Array
  ? Uint8Array | string
  : T extends string | number | bigint | boolean | undefined
    ? T
    : T extends readonly (infer E)[]
      ? readonly Init<E>[]
      : { readonly [P in keyof T]?: Init<T[P]> };

type Plain = Record<string, unknown>;

function typeOf(field: MessageField): MessageType<unknown> {
  const type = field.message?.();
  if (!(type instanceof MessageType)) throw new TypeError(`${field.protoName} is not a message`);
  return type;
}

function isLong(kind: Kind): boolean {
  return kind >= Kind.INT64 && kind <= Kind.UINT64_ID;
}

/** What the library's encoder takes: protocol names, 64-bit integers as text. */
export function toPlain(type: MessageType<unknown>, init: unknown): Plain {
  const out: Plain = {};
  for (const field of type.fields) {
    const value = (init as Plain)[field.property];
    if (value === undefined) continue;
    out[field.protoName] = field.repeated
      ? (value as readonly unknown[]).map((element) => toPlainValue(field, element))
      : toPlainValue(field, value);
  }
  return out;
}

function toPlainValue(field: MessageField, value: unknown): unknown {
  if (field.kind === Kind.MESSAGE) return toPlain(typeOf(field), value);
  if (field.kind === Kind.BYTES) return typeof value === 'string' ? Buffer.from(value) : value;
  return isLong(field.kind) ? String(value) : value;
}

/** The record of what the library's decoder made. */
export function fromPlain<T>(type: MessageType<T>, plain: unknown): T {
  const out: Plain = {};
  for (const field of type.fields) {
    const value = (plain as Plain)[field.protoName];
    if (value === undefined || value === null) continue;
    if (field.protoName === 'statuses') {
      // The only map of the API: a list of entries in our records.
      out[field.property] = Object.entries(value as Plain).map(([key, entry]) => ({ key, value: entry }));
    } else {
      out[field.property] = field.repeated
        ? (value as readonly unknown[]).map((element) => fromPlainValue(field, element))
        : fromPlainValue(field, value);
    }
  }
  return type.create(out as Partial<T>);
}

function fromPlainValue(field: MessageField, value: unknown): unknown {
  switch (field.kind) {
    case Kind.MESSAGE:
      return fromPlain(typeOf(field), value);
    case Kind.INT64:
    case Kind.UINT64:
      return Number(value);
    case Kind.INT64_ID:
    case Kind.UINT64_ID:
      return BigInt(value as string);
    case Kind.BYTES:
      return Uint8Array.from(value as Uint8Array);
    default:
      return value;
  }
}
