/**
 * Our tables against an independent codec (protobufjs, through @grpc/proto-loader) over the files in proto/: the two
 * must agree on every message, both ways, and noise must be refused or read, never crash or hang.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadSync, type MessageTypeDefinition, type MethodDefinition } from '@grpc/proto-loader';
import { damage, randomRecord } from '../../tests/clients/random-record.js';
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
