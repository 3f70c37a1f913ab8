/**
 * The table-driven protobuf codec: one {@link MessageType} per message, made from a table of fields. It serves every
 * message of the API; the few that dominate the load have codecs of their own in `hot/`.
 *
 * Decoding follows proto3: absent fields get their default, unknown fields are skipped, repeated numbers may be
 * packed or not, the last member of a oneof wins, and a message given twice is merged. Malformed input throws
 * MalformedError with the text etcd would answer. Byte strings are views of the input: copy what must outlive it.
 */
import {
  ByteReader,
  type ByteWriter,
  decodeUtf8,
  EMPTY_BYTES,
  encodeUtf8,
  isUtf8,
  MalformedError,
  ByteWriter as Writer,
} from '../stdx/index.js';
import { type EnumType, type Field, type FieldTable, Kind, type MessageCodec } from './field.js';
import { beginLength, endLength } from './length-prefix.js';
import { MESSAGE_DEPTH_MAX } from './limits.js';
import { readEnum, readKey, readLength, skipValue, WIRE_LENGTH, WIRE_VARINT, wrongWireType } from './tag.js';

type Rec = Record<string, unknown>;

const INT64_MAX = 2n ** 63n - 1n;
const UINT64_MAX = 2n ** 64n - 1n;

/** A field with the names it goes by: what a JSON codec needs to be driven by the same table. */
export interface MessageField {
  readonly number: number;
  readonly kind: Kind;
  readonly property: string;
  readonly protoName: string;
  readonly repeated: boolean;
  readonly oneof: string | undefined;
  readonly enumType: EnumType | undefined;
  readonly message: (() => MessageCodec) | undefined;
}

/** A field prepared for the loops below. */
interface BoundField extends MessageField {
  readonly key: number;
  /** The name in error texts: `range_end` is `RangeEnd`. */
  readonly errorName: string;
  /** The other members of its oneof. */
  readonly rivals: readonly string[];
}

export class MessageType<T> implements MessageCodec {
  /** With package: `etcdserverpb.PutRequest`. */
  readonly protoName: string;
  /** In the order of their numbers. */
  readonly fields: readonly MessageField[];
  readonly #name: string;
  readonly #bound: readonly BoundField[];
  readonly #byNumber: (BoundField | undefined)[] = [];
  readonly #absent: Rec = {};

  constructor(protoName: string, table: FieldTable<T>) {
    this.protoName = protoName;
    this.#name = protoName.slice(protoName.lastIndexOf('.') + 1);
    this.#bound = bindFields(table);
    this.fields = this.#bound;
    for (const field of this.#bound) {
      this.#byNumber[field.number] = field;
    }
    for (const [property, field] of entriesOf(table)) this.#absent[property] = field.absent;
  }

  /** A record with `init` set and all else at its default. */
  create(init: Partial<T>): T {
    return { ...this.#absent, ...init } as T;
  }

  /** @throws MalformedError */
  decode(buf: Uint8Array, start = 0, end: number = buf.length): T {
    const target = this.blank();
    this.readInto(target as Rec, new ByteReader(buf, start, end), 0);
    return target;
  }

  /** Appends the message, without a length. */
  encode(out: ByteWriter, value: T): void {
    this.write(out, value as Rec);
  }

  /** The message in memory of its own. */
  toBytes(value: T): Uint8Array {
    const out = new Writer(256);
    this.write(out, value as Rec);
    return out.finish();
  }

  blank(): T & Rec {
    return { ...this.#absent } as T & Rec;
  }

  readInto(target: Rec, reader: ByteReader, depth: number): void {
    if (depth > MESSAGE_DEPTH_MAX) throw new MalformedError('proto: exceeded maximum recursion depth');
    while (reader.pos < reader.end) {
      const key = readKey(reader, this.#name);
      const wireType = key & 7;
      const field = this.#byNumber[(key - wireType) / 8];
      if (field === undefined) skipValue(reader, wireType);
      else if (field.repeated) readElements(target, field, reader, wireType, depth);
      else readSingle(target, field, reader, wireType, depth);
    }
  }

  write(out: ByteWriter, value: Rec): void {
    for (const field of this.#bound) {
      const fieldValue = value[field.property];
      if (fieldValue === undefined) continue;
      if (field.repeated) writeElements(out, field, fieldValue as readonly unknown[]);
      else if (field.oneof !== undefined || !isDefault(field.kind, fieldValue)) {
        out.varint(field.key);
        writeValue(out, field, fieldValue);
      }
    }
  }
}

function entriesOf<T>(table: FieldTable<T>): [string, Field<unknown>][] {
  return Object.entries(table) as [string, Field<unknown>][];
}

function bindFields<T>(table: FieldTable<T>): BoundField[] {
  const entries = entriesOf(table);
  const bound = entries.map(([property, field]): BoundField => {
    const protoName = field.protoName ?? property;
    // The API's only repeated varints are enums, and proto3 writes those packed.
    const packed = field.repeated && field.kind <= Kind.ENUM;
    return {
      number: field.number,
      kind: field.kind,
      property,
      protoName,
      repeated: field.repeated,
      oneof: field.oneof,
      enumType: field.enumType,
      message: field.message,
      key: field.number * 8 + (packed ? WIRE_LENGTH : wireTypeOf(field.kind)),
      errorName: protoName.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      rivals: entries
        .filter(
          ([name, other]) => field.oneof !== undefined && other.oneof === field.oneof && name !== property,
        )
        .map(([name]) => name),
    };
  });
  return bound.sort((a, b) => a.number - b.number);
}

function wireTypeOf(kind: Kind): number {
  return kind <= Kind.ENUM ? WIRE_VARINT : WIRE_LENGTH;
}

function readSingle(
  target: Rec,
  field: BoundField,
  reader: ByteReader,
  wireType: number,
  depth: number,
): void {
  if (wireType !== wireTypeOf(field.kind)) throw wrongWireType(wireType, field.errorName);
  if (field.kind === Kind.MESSAGE) {
    const type = field.message!();
    const record = (target[field.property] ?? type.blank()) as Rec;
    readNested(type, record, reader, depth);
    target[field.property] = record;
  } else {
    target[field.property] = readScalar(reader, field.kind);
  }
  const rivals = field.rivals;
  for (let i = 0; i < rivals.length; i++) target[rivals[i]!] = undefined;
}

function readElements(
  target: Rec,
  field: BoundField,
  reader: ByteReader,
  wireType: number,
  depth: number,
): void {
  const packed = wireType === WIRE_LENGTH && field.kind <= Kind.ENUM;
  if (!packed && wireType !== wireTypeOf(field.kind)) throw wrongWireType(wireType, field.errorName);
  let elements = target[field.property] as unknown[];
  // The default is one frozen array for all.
  if (elements.length === 0) target[field.property] = elements = [];
  if (packed) {
    const length = readLength(reader);
    const end = reader.end;
    reader.end = reader.pos + length;
    while (reader.pos < reader.end) elements.push(readScalar(reader, field.kind));
    reader.end = end;
  } else if (field.kind === Kind.MESSAGE) {
    const type = field.message!();
    const record = type.blank();
    readNested(type, record, reader, depth);
    elements.push(record);
  } else {
    elements.push(readScalar(reader, field.kind));
  }
}

function readNested(type: MessageCodec, record: Rec, reader: ByteReader, depth: number): void {
  const length = readLength(reader);
  const end = reader.end;
  reader.end = reader.pos + length;
  type.readInto(record, reader, depth + 1);
  reader.end = end;
}

function readScalar(reader: ByteReader, kind: Kind): unknown {
  switch (kind) {
    case Kind.BOOL:
      return reader.bool();
    case Kind.INT64:
      return reader.varint();
    case Kind.UINT64:
      return reader.uvarint();
    case Kind.INT64_ID:
      return reader.varint64();
    case Kind.UINT64_ID:
      return reader.uvarint64();
    case Kind.UINT32:
      return Number(BigInt.asUintN(32, reader.uvarint64()));
    case Kind.ENUM:
      return readEnum(reader);
    case Kind.BYTES:
      return readBytes(reader);
    default:
      return readString(reader);
  }
}

function readBytes(reader: ByteReader): Uint8Array {
  const length = readLength(reader);
  if (length === 0) return EMPTY_BYTES;
  const start = reader.pos;
  reader.pos = start + length;
  return reader.buf.subarray(start, reader.pos);
}

/** Names decide about permissions, so two different byte strings must not become one string: UTF-8 is checked. */
function readString(reader: ByteReader): string {
  const length = readLength(reader);
  const start = reader.pos;
  reader.pos = start + length;
  if (!isUtf8(reader.buf, start, reader.pos)) throw new MalformedError('string field contains invalid UTF-8');
  return decodeUtf8(reader.buf, start, reader.pos);
}

function isDefault(kind: Kind, value: unknown): boolean {
  switch (kind) {
    case Kind.BOOL:
      return value === false;
    case Kind.INT64_ID:
    case Kind.UINT64_ID:
      return value === 0n;
    case Kind.BYTES:
      return (value as Uint8Array).length === 0;
    case Kind.STRING:
      return value === '';
    case Kind.MESSAGE:
      return false;
    default:
      return value === 0;
  }
}

function writeElements(out: ByteWriter, field: BoundField, elements: readonly unknown[]): void {
  if (elements.length === 0) return;
  if (field.kind <= Kind.ENUM) {
    out.varint(field.key);
    const start = beginLength(out);
    for (const element of elements) writeValue(out, field, element);
    endLength(out, start);
    return;
  }
  for (const element of elements) {
    out.varint(field.key);
    writeValue(out, field, element);
  }
}

function writeValue(out: ByteWriter, field: BoundField, value: unknown): void {
  switch (field.kind) {
    case Kind.BOOL:
      out.byte(value === true ? 1 : 0);
      return;
    case Kind.INT64:
      // The greatest numbers were rounded up when they were read: cut, lest they come back with another sign.
      if ((value as number) >= 2 ** 63) out.varint64(INT64_MAX);
      else out.varint(value as number);
      return;
    case Kind.UINT64:
      if ((value as number) >= 2 ** 64) out.varint64(UINT64_MAX);
      else out.varint(value as number);
      return;
    case Kind.INT64_ID:
    case Kind.UINT64_ID:
      out.varint64(value as bigint);
      return;
    case Kind.BYTES:
      writeLengthAndBytes(out, value as Uint8Array);
      return;
    case Kind.STRING:
      writeLengthAndBytes(out, encodeUtf8(value as string));
      return;
    case Kind.MESSAGE: {
      const start = beginLength(out);
      field.message!().write(out, value as Rec);
      endLength(out, start);
      return;
    }
    default:
      out.varint(value as number);
  }
}

function writeLengthAndBytes(out: ByteWriter, value: Uint8Array): void {
  out.varint(value.length);
  out.raw(value);
}
