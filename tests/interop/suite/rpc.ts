/**
 * Methods by short names (`KV/Range`), and messages as objects with the protocol's field names in which byte strings are
 * text (one character a byte).
 */
import {
  Kind,
  type MessageField,
  type MessageType,
  RPC_METHODS,
  type RpcMethod,
} from '../../../src/wire/index.js';

export interface Fields {
  readonly [name: string]: unknown;
}

const BY_NAME = new Map(RPC_METHODS.map((method) => [shortName(method.path), method]));

/** `/etcdserverpb.KV/Range` is `KV/Range`. */
export function shortName(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}

export function methodOf(name: string): RpcMethod {
  const method = BY_NAME.get(name);
  if (method === undefined) throw new Error(`there is no method ${name}`);
  return method;
}

export function messageOf(field: MessageField): MessageType<unknown> {
  return field.message!() as MessageType<unknown>;
}

/** The request as JSON has it: byte strings in base64, large numbers as text. */
export function toJson(type: MessageType<unknown>, fields: Fields): Fields {
  const out: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const field = type.fields.find((each) => each.protoName === name);
    if (field === undefined) throw new Error(`${type.protoName} has no field ${name}`);
    out[name] = Array.isArray(value)
      ? value.map((item) => valueToJson(field, item))
      : valueToJson(field, value);
  }
  return out;
}

function valueToJson(field: MessageField, value: unknown): unknown {
  if (field.kind === Kind.MESSAGE) return toJson(messageOf(field), value as Fields);
  if (field.kind === Kind.BYTES) return bytesOf(value as string | Uint8Array).toString('base64');
  return typeof value === 'bigint' ? value.toString() : value;
}

function bytesOf(value: string | Uint8Array): Buffer {
  return typeof value === 'string' ? Buffer.from(value, 'latin1') : Buffer.from(value);
}
