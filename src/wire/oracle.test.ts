/**
 * Our tables against an independent codec (protobufjs, through @grpc/proto-loader) over the files in proto/: the two
 * must agree on every message, both ways, and noise must be refused or read, never crash or hang.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadSync, type MessageTypeDefinition, type MethodDefinition } from '@grpc/proto-loader';
import { MalformedError, Prng } from '../stdx/index.js';
import * as auth from './auth.js';
import { Kind, type MessageCodec } from './field.js';
import * as header from './header.js';
import * as kv from './kv.js';
import { type MessageField, MessageType } from './message.js';
import * as rpcAuth from './rpc-auth.js';
import * as rpcCluster from './rpc-cluster.js';
import * as rpcElection from './rpc-election.js';
import * as rpcHealth from './rpc-health.js';
import * as rpcKv from './rpc-kv.js';
import * as rpcLease from './rpc-lease.js';
import * as rpcLock from './rpc-lock.js';
import * as rpcMaintenance from './rpc-maintenance.js';
import { RPC_METHODS } from './rpc-methods.js';
import * as rpcWatch from './rpc-watch.js';

type Rec = Record<string, unknown>;
type AnyType = MessageType<unknown>;

const SEED = Number(process.env['QUOIN_SEED'] ?? 1);
const EXCHANGES = Number(process.env['QUOIN_WIRE_ROUNDS'] ?? 100);
const NOISE = Number(process.env['QUOIN_WIRE_NOISE'] ?? 1000);

const MODULES = [
  auth,
  header,
  kv,
  rpcAuth,
  rpcCluster,
  rpcElection,
  rpcHealth,
  rpcKv,
  rpcLease,
  rpcLock,
  rpcMaintenance,
  rpcWatch,
];
const TYPES: readonly AnyType[] = MODULES.flatMap((module) =>
  Object.values(module as Rec).filter((value) => value instanceof MessageType),
);

/** The compiled test lies in a build folder of any depth; proto/ is beside package.json. */
function protoFolder(): string {
  for (let up = '.'; ; up += '/..') {
    const folder = fileURLToPath(new URL(`${up}/proto`, import.meta.url));
    try {
      loadSync('kv.proto', { includeDirs: [folder] });
      return folder;
    } catch (error) {
      if (folder === '/proto') throw error;
    }
  }
}

const definitions = loadSync(['rpc.proto', 'v3election.proto', 'v3lock.proto', 'health.proto'], {
  includeDirs: [protoFolder()],
  keepCase: true,
  longs: String,
  defaults: true,
});

function definitionOf(type: AnyType): MessageTypeDefinition<Rec, Rec> {
  const definition = definitions[type.protoName];
  assert.ok(definition !== undefined && 'serialize' in definition, `${type.protoName} is not in proto/`);
  return definition as MessageTypeDefinition<Rec, Rec>;
}

// Random records

function randomNumber(prng: Prng, signed: boolean): number {
  const value = prng.pick([0, 1, 127, 128, 300, 2 ** 31, 2 ** 32, 2 ** 40 + 3, Number.MAX_SAFE_INTEGER]);
  return signed && value !== 0 && prng.chance(0.3) ? -value : value;
}

function randomId(prng: Prng): bigint {
  return prng.chance(0.3) ? 0n : (BigInt(prng.uint32()) << 32n) | BigInt(prng.uint32());
}

function randomValue(prng: Prng, field: MessageField, depth: number): unknown {
  switch (field.kind) {
    case Kind.BOOL:
      return prng.chance(0.5);
    case Kind.INT64:
      return randomNumber(prng, true);
    case Kind.UINT64:
      return randomNumber(prng, false);
    case Kind.INT64_ID:
      return BigInt.asIntN(64, randomId(prng));
    case Kind.UINT64_ID:
      return randomId(prng);
    case Kind.UINT32:
      return prng.uint32();
    case Kind.ENUM:
      return prng.pick(Object.values(field.enumType!.values));
    case Kind.BYTES:
      return prng.bytes(prng.pick([0, 1, 5, 127, 128, 300]));
    case Kind.STRING:
      return prng.pick(['', 'a', 'http://127.0.0.1:2379', 'ключ', '𝔘nicode', 'x'.repeat(200)]);
    default:
      return randomRecord(prng, field.message!(), depth + 1);
  }
}

function randomRecord(prng: Prng, codec: MessageCodec, depth: number): Rec {
  const record = codec.blank();
  const oneofs = new Map<string, string>();
  for (const field of (codec as AnyType).fields) {
    if (field.kind === Kind.MESSAGE && depth > 3) continue;
    if (field.oneof !== undefined && prng.chance(0.4)) {
      const before = oneofs.get(field.oneof);
      if (before !== undefined) record[before] = undefined;
      oneofs.set(field.oneof, field.property);
      record[field.property] = randomValue(prng, field, depth);
    } else if (field.repeated) {
      record[field.property] = Array.from({ length: prng.below(4) }, () => randomValue(prng, field, depth));
    } else if (field.oneof === undefined && prng.chance(0.7)) {
      record[field.property] = randomValue(prng, field, depth);
    }
  }
  return record;
}

// The same record as the other codec shows it

function shown(codec: MessageCodec, record: Rec): Rec {
  const out: Rec = {};
  for (const field of (codec as AnyType).fields) {
    const value = record[field.property];
    if (field.protoName === 'statuses') {
      const entries = value as rpcHealth.StatusesEntry[];
      const status = (entry: rpcHealth.StatusesEntry): Rec => ({ status: entry.value?.status ?? 0 });
      out['statuses'] = Object.fromEntries(entries.map((entry) => [entry.key, status(entry)]));
    } else if (field.repeated) {
      out[field.protoName] = (value as unknown[]).map((element) => shownValue(field, element));
    } else if (value !== undefined) {
      out[field.protoName] = shownValue(field, value);
    } else if (field.oneof === undefined) {
      out[field.protoName] = null;
    }
  }
  return out;
}

function shownValue(field: MessageField, value: unknown): unknown {
  if (field.kind === Kind.MESSAGE) return shown(field.message!(), value as Rec);
  if (field.kind === Kind.BYTES) return Buffer.from(value as Uint8Array);
  // Enums are shown by number, 32-bit numbers as they are, 64-bit ones as text.
  const isLong = field.kind >= Kind.INT64 && field.kind <= Kind.UINT64_ID;
  return isLong ? String(value) : value;
}

/** A map has each key once; what a list says twice would be lost on the other side. */
function withoutDoubles(record: Rec): Rec {
  const entries = record['statuses'] as rpcHealth.StatusesEntry[] | undefined;
  if (entries === undefined) return record;
  const byKey = new Map(entries.map((entry) => [entry.key, entry]));
  return {
    statuses: [...byKey.values()].map((entry) => ({ ...entry, value: entry.value ?? { status: 0 } })),
  };
}

function damage(prng: Prng, body: Uint8Array): Uint8Array {
  const at = prng.below(body.length + 1);
  switch (prng.below(4)) {
    case 0:
      return prng.bytes(prng.below(40));
    case 1:
      return body.subarray(0, at);
    case 2: {
      const changed = Uint8Array.from(body);
      for (let n = prng.below(3); n >= 0 && body.length > 0; n--)
        changed[prng.below(body.length)] = prng.below(256);
      return changed;
    }
    default: {
      const longer = new Uint8Array(body.length + 4);
      longer.set(body.subarray(0, at));
      longer.set(prng.bytes(4), at);
      longer.set(body.subarray(at), at + 4);
      return longer;
    }
  }
}

interface EnumDescriptor {
  readonly name: string;
  readonly value: readonly { readonly name: string; readonly number: number }[];
}

/** An enum of the file itself, or one inside a message. */
function enumValues(protoName: string): EnumDescriptor['value'] {
  const at = protoName.lastIndexOf('.');
  const definition = definitions[protoName] as { type: EnumDescriptor } | undefined;
  if (definition !== undefined) return definition.type.value;
  const parent = definitions[protoName.slice(0, at)] as
    | { type: { enumType: readonly EnumDescriptor[] } }
    | undefined;
  const descriptor = parent?.type.enumType.find(({ name }) => name === protoName.slice(at + 1));
  assert.ok(descriptor !== undefined, `${protoName} is not in proto/`);
  return descriptor.value;
}

test('every message of proto/ has a table, and every enum the same numbers', () => {
  const tables = new Set(TYPES.map((type) => type.protoName));
  for (const [name, definition] of Object.entries(definitions)) {
    if (!('format' in definition)) continue;
    if (definition.format === 'Protocol Buffer 3 EnumDescriptorProto') continue;
    assert.ok(tables.has(name), `${name} has no table`);
  }
  for (const { enumType } of TYPES.flatMap((type) => type.fields)) {
    if (enumType === undefined) continue;
    const value = enumValues(enumType.protoName);
    assert.deepEqual(Object.fromEntries(value.map(({ name, number }) => [name, number])), enumType.values);
  }
});

test('the methods are those of the services in proto/', () => {
  const described = RPC_METHODS.map((method) => ({
    path: method.path,
    kind: method.kind,
    request: method.request.protoName.split('.').at(-1),
    response: method.response.protoName.split('.').at(-1),
  }));
  const services = Object.entries(definitions).filter(([, definition]) => !('format' in definition));
  const loaded = services.flatMap(([, service]) =>
    Object.values(service as Record<string, MethodDefinition<object, object>>).map((method) => ({
      path: method.path,
      kind: method.requestStream ? 'bidiStream' : method.responseStream ? 'serverStream' : 'unary',
      request: (method.requestType.type as { name: string }).name,
      response: (method.responseType.type as { name: string }).name,
    })),
  );
  const byPath = (a: { path: string }, b: { path: string }): number => (a.path < b.path ? -1 : 1);
  assert.deepEqual(described.sort(byPath), loaded.sort(byPath));
});

describe(`random messages pass both ways (seed ${SEED})`, () => {
  for (const type of TYPES) {
    // A map's entry is no message of its own on the other side.
    if (type.protoName.endsWith('Entry')) continue;
    test(type.protoName, () => {
      const definition = definitionOf(type);
      const prng = new Prng(SEED);
      for (let round = 0; round < EXCHANGES; round++) {
        const record = withoutDoubles(randomRecord(prng, type, 0));
        const expected = shown(type, record);
        const hint = `seed ${SEED}, round ${round}`;
        const ours = type.toBytes(record);
        assert.deepEqual(definition.deserialize(Buffer.from(ours)), expected, hint);
        const theirs = definition.serialize(expected);
        assert.deepEqual(shown(type, type.decode(theirs) as Rec), expected, hint);
      }
    });
  }
});

describe(`noise is refused as malformed or read (seed ${SEED})`, () => {
  for (const type of TYPES) {
    test(type.protoName, () => {
      const prng = new Prng(SEED);
      let body = new Uint8Array(0);
      for (let round = 0; round < NOISE; round++) {
        if (round % 20 === 0) body = Uint8Array.from(type.toBytes(randomRecord(prng, type, 1)));
        const noise = damage(prng, body);
        try {
          const value = type.decode(noise);
          // What was read can be written, and then reads the same.
          if (round % 16 === 0) assert.deepEqual(type.decode(type.toBytes(value)), value);
        } catch (error) {
          if (error instanceof MalformedError) continue;
          throw new Error(`seed ${SEED}, round ${round}: ${Buffer.from(noise).toString('hex')}`, {
            cause: error,
          });
        }
      }
    });
  }
});
