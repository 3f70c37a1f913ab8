/**
 * Messages to JSON, driven by the tables of `wire`: proto3's JSON mapping as etcd's gateway writes it. Names are the
 * protocol's, 64-bit numbers are strings, byte strings base64, and what has its default is left out.
 */
import { encodeBase64 } from '../../stdx/index.js';
import {
  type EnumType,
  Kind,
  type MessageCodec,
  type MessageField,
  type MessageType,
} from '../../wire/index.js';

type Rec = Record<string, unknown>;

const INT64_MAX = 2n ** 63n - 1n;
const UINT64_MAX = 2n ** 64n - 1n;

export function writeJson(type: MessageType<unknown>, record: unknown): string {
  return messageJson(type, record as Rec);
}

function messageJson(codec: MessageCodec, record: Rec): string {
  let out = '{';
  for (const field of (codec as MessageType<unknown>).fields) {
    const value = record[field.property];
    if (value === undefined) continue;
    let text: string | undefined;
    if (field.repeated) text = elementsJson(field, value as readonly unknown[]);
    else if (field.oneof !== undefined || !isDefault(field.kind, value)) text = valueJson(field, value);
    if (text === undefined) continue;
    out += `${out === '{' ? '' : ','}"${field.protoName}":${text}`;
  }
  return `${out}}`;
}

function elementsJson(field: MessageField, elements: readonly unknown[]): string | undefined {
  if (elements.length === 0) return undefined;
  return `[${elements.map((element) => valueJson(field, element)).join(',')}]`;
}

function isDefault(kind: Kind, value: unknown): boolean {
  switch (kind) {
    case Kind.MESSAGE:
      return false;
    case Kind.BYTES:
      return (value as Uint8Array).length === 0;
    default:
      return value === 0 || value === 0n || value === false || value === '';
  }
}

function valueJson(field: MessageField, value: unknown): string {
  switch (field.kind) {
    case Kind.BOOL:
    case Kind.UINT32:
      return String(value);
    case Kind.INT64:
      return `"${integerText(value as number, INT64_MAX)}"`;
    case Kind.UINT64:
      return `"${integerText(value as number, UINT64_MAX)}"`;
    case Kind.INT64_ID:
    case Kind.UINT64_ID:
      return `"${value as bigint}"`;
    case Kind.ENUM:
      return enumJson(field.enumType!, value as number);
    case Kind.BYTES:
      return `"${encodeBase64(value as Uint8Array)}"`;
    case Kind.STRING:
      return JSON.stringify(value);
    default:
      return messageJson(field.message!(), value as Rec);
  }
}

/** The greatest numbers were rounded up when they were read, and JavaScript would write them with an exponent. */
function integerText(value: number, greatest: bigint): string {
  if (Number.isSafeInteger(value)) return String(value);
  const exact = BigInt(value);
  return String(exact > greatest ? greatest : exact);
}

function enumJson(type: EnumType, value: number): string {
  for (const [name, number] of Object.entries(type.values)) if (number === value) return `"${name}"`;
  return String(value);
}
