/**
 * JSON to messages, driven by the tables of `wire`: proto3's JSON mapping as etcd's gateway reads it. Fields go by the
 * name of the protocol or by its lowerCamelCase form, unknown ones are skipped, and so are unknown names of enums.
 */
import { decodeBase64, EMPTY_BYTES } from '../../stdx/index.js';
import { Kind, type MessageCodec, type MessageField, type MessageType } from '../../wire/index.js';
import { integerOf, quotedIntegerOf } from './json-number.js';
import { type JsonError, JsonTokens, Token } from './json-tokens.js';
import { JSON_MESSAGE_DEPTH_MAX } from './limits.js';

type Rec = Record<string, unknown>;

interface NamedField extends MessageField {
  readonly jsonName: string;
}

/** Fields by each of their names; made once for each type. */
const fieldsOf = new WeakMap<MessageCodec, ReadonlyMap<string, NamedField>>();

/** What stands for a value that does not count: an enum's name that nobody knows. */
const IGNORED = Symbol('ignored');

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const UINT64_MAX = 2n ** 64n - 1n;
const UINT32_MAX = 2n ** 32n - 1n;
const INT32_MIN = -(2n ** 31n);
const INT32_MAX = 2n ** 31n - 1n;

const KIND_NAMES: Readonly<Record<Kind, string>> = {
  [Kind.BOOL]: 'bool',
  [Kind.INT64]: 'int64',
  [Kind.UINT64]: 'uint64',
  [Kind.INT64_ID]: 'int64',
  [Kind.UINT64_ID]: 'uint64',
  [Kind.UINT32]: 'uint32',
  [Kind.ENUM]: 'enum',
  [Kind.BYTES]: 'bytes',
  [Kind.STRING]: 'string',
  [Kind.MESSAGE]: 'message',
};

/** `range_end` is `rangeEnd`. */
function jsonNameOf(protoName: string): string {
  return protoName.replace(/_([a-zA-Z0-9]?)/g, (_, letter: string) => letter.toUpperCase());
}

function namesOf(codec: MessageCodec): ReadonlyMap<string, NamedField> {
  let names = fieldsOf.get(codec);
  if (names === undefined) {
    const found = new Map<string, NamedField>();
    for (const field of (codec as MessageType<unknown>).fields) {
      const named = { ...field, jsonName: jsonNameOf(field.protoName) };
      found.set(named.jsonName, named);
      found.set(named.protoName, named);
    }
    names = found;
    fieldsOf.set(codec, names);
  }
  return names;
}

/** Reads one JSON value as a message. @throws JsonError */
export function readJson(type: MessageType<unknown>, json: Uint8Array): Rec {
  const record = type.blank() as Rec;
  const tokens = new JsonTokens(json);
  readMessage(tokens, type, record, 0);
  return record;
}

function readMessage(tokens: JsonTokens, codec: MessageCodec, record: Rec, depth: number): void {
  if (tokens.next() !== Token.OBJECT) throw tokens.unexpected();
  if (depth > JSON_MESSAGE_DEPTH_MAX) return skipRest(tokens);
  const names = namesOf(codec);
  const seen = new Set<string>();
  while (tokens.next() !== Token.OBJECT_END) {
    const field = names.get(tokens.text());
    if (field === undefined) {
      tokens.skip();
      continue;
    }
    if (seen.has(field.property)) throw tokens.error(`duplicate field ${tokens.raw()}`);
    seen.add(field.property);
    if (tokens.peek() === Token.NULL) {
      tokens.next();
      continue;
    }
    if (field.oneof !== undefined) {
      if (seen.has(`oneof ${field.oneof}`)) throw oneofError(tokens, codec, field.oneof);
      seen.add(`oneof ${field.oneof}`);
    }
    if (field.repeated) record[field.property] = readElements(tokens, field, depth);
    else readSingle(tokens, field, record, depth);
  }
}

/** The name is the present token still. */
function oneofError(tokens: JsonTokens, codec: MessageCodec, oneof: string): JsonError {
  return tokens.error(`error parsing ${tokens.raw()}, oneof ${codec.protoName}.${oneof} is already set`);
}

/** Of an object whose beginning has been read. */
function skipRest(tokens: JsonTokens): void {
  while (tokens.next() !== Token.OBJECT_END) tokens.skip();
}

function readSingle(tokens: JsonTokens, field: NamedField, record: Rec, depth: number): void {
  const value = field.kind === Kind.MESSAGE ? readNested(tokens, field, depth) : readScalar(tokens, field);
  if (value !== IGNORED) record[field.property] = value;
}

function readNested(tokens: JsonTokens, field: NamedField, depth: number): Rec {
  const codec = field.message!();
  const record = codec.blank();
  readMessage(tokens, codec, record, depth + 1);
  return record;
}

function readElements(tokens: JsonTokens, field: NamedField, depth: number): readonly unknown[] {
  if (tokens.next() !== Token.ARRAY) throw tokens.unexpected();
  const elements: unknown[] = [];
  while (tokens.peek() !== Token.ARRAY_END) {
    const value = field.kind === Kind.MESSAGE ? readNested(tokens, field, depth) : readScalar(tokens, field);
    if (value !== IGNORED) elements.push(value);
  }
  tokens.next();
  return elements;
}

function readScalar(tokens: JsonTokens, field: NamedField): unknown {
  const token = tokens.next();
  const value = scalarOf(tokens, token, field);
  if (value !== undefined) return value;
  // The token is a string that may be malformed: then that is what is told.
  throw tokens.error(
    `invalid value for ${KIND_NAMES[field.kind]} field ${field.jsonName}: ${token === Token.STRING ? shown(tokens) : tokens.raw()}`,
  );
}

function shown(tokens: JsonTokens): string {
  tokens.text();
  return tokens.raw();
}

/** Undefined if the token cannot be the field's value. */
function scalarOf(tokens: JsonTokens, token: Token, field: NamedField): unknown {
  switch (field.kind) {
    case Kind.BOOL:
      return token === Token.TRUE ? true : token === Token.FALSE ? false : undefined;
    case Kind.INT64:
      return numberOf(within(integerToken(tokens, token), INT64_MIN, INT64_MAX));
    case Kind.UINT64:
      return numberOf(within(integerToken(tokens, token), 0n, UINT64_MAX));
    case Kind.INT64_ID:
      return within(integerToken(tokens, token), INT64_MIN, INT64_MAX);
    case Kind.UINT64_ID:
      return within(integerToken(tokens, token), 0n, UINT64_MAX);
    case Kind.UINT32:
      return numberOf(within(integerToken(tokens, token), 0n, UINT32_MAX));
    case Kind.ENUM:
      return enumOf(tokens, token, field);
    case Kind.BYTES:
      return token === Token.STRING ? bytesOf(tokens.text()) : undefined;
    case Kind.STRING:
      return token === Token.STRING ? tokens.text() : undefined;
    default:
      return undefined;
  }
}

function integerToken(tokens: JsonTokens, token: Token): bigint | undefined {
  if (token === Token.NUMBER) return integerOf(tokens.raw());
  return token === Token.STRING ? quotedIntegerOf(tokens.text()) : undefined;
}

function within(value: bigint | undefined, least: bigint, greatest: bigint): bigint | undefined {
  return value === undefined || value < least || value > greatest ? undefined : value;
}

function numberOf(value: bigint | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}

function enumOf(tokens: JsonTokens, token: Token, field: NamedField): unknown {
  if (token === Token.NUMBER) return numberOf(within(integerOf(tokens.raw()), INT32_MIN, INT32_MAX));
  if (token !== Token.STRING) return undefined;
  const { values } = field.enumType!;
  const name = tokens.text();
  return Object.hasOwn(values, name) ? values[name] : IGNORED;
}

/** Either alphabet, padding or none; a text whose length is no multiple of four must not have any. */
function bytesOf(text: string): Uint8Array | undefined {
  if (text === '') return EMPTY_BYTES;
  let standard = text;
  if (/[-_]/.test(text)) {
    if (/[+/]/.test(text)) return undefined;
    standard = text.replaceAll('-', '+').replaceAll('_', '/');
  }
  if (text.length % 4 === 0) return decodeBase64(standard);
  if (standard.includes('=')) return undefined;
  const unpadded = standard.replace(/[\r\n]/g, '');
  if (unpadded.length % 4 === 1) return undefined;
  return decodeBase64(unpadded.padEnd(Math.ceil(unpadded.length / 4) * 4, '='));
}
