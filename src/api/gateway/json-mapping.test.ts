/** Messages to JSON and back, against themselves, an independent codec (protobufjs), and what etcd was seen to answer. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadSync, type MessageTypeDefinition } from '@grpc/proto-loader';
import { randomRecord } from '../../../tests/clients/random-record.js';
import { encodeUtf8, Prng } from '../../stdx/index.js';
import {
  AuthUserAddRequest,
  Kind,
  MemberAddRequest,
  type MessageType,
  RangeRequest,
  RPC_METHODS,
  TxnRequest,
} from '../../wire/index.js';
import { readJson } from './json-reader.js';
import { JsonError } from './json-tokens.js';
import { writeJson } from './json-writer.js';

type Rec = Record<string, unknown>;
type AnyType = MessageType<unknown>;

const SEED = Number(process.env['QUOIN_SEED'] ?? 1);
const ROUNDS = 100;

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

const definitions = loadSync(['rpc.proto', 'v3election.proto', 'v3lock.proto'], {
  includeDirs: [protoFolder()],
  keepCase: true,
});

/** Every message that goes through the gateway, and those inside them. */
function gatewayTypes(): ReadonlySet<AnyType> {
  const found = new Set<AnyType>();
  const add = (type: AnyType): void => {
    if (found.has(type)) return;
    found.add(type);
    for (const { message } of type.fields) if (message !== undefined) add(message() as AnyType);
  };
  for (const { request, response, gatewayPaths } of RPC_METHODS) {
    if (gatewayPaths.length === 0) continue;
    add(request);
    add(response);
  }
  return found;
}

/** Minus zero is no integer of the protocol's. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]));
  }
  return Object.is(value, -0) ? 0 : value;
}

const read = (type: AnyType, json: string): Rec => readJson(type, encodeUtf8(json));

/** The same JSON as a client might write it just as well: other names, numbers bare, URL alphabet, no padding. */
function restyled(type: AnyType, json: Rec): Rec {
  const out: Rec = {};
  for (const field of type.fields) {
    const value = json[field.protoName];
    if (value === undefined) continue;
    const restyle = (each: unknown): unknown => {
      if (field.kind === Kind.MESSAGE) return restyled(field.message!() as AnyType, each as Rec);
      if (field.kind === Kind.BYTES) {
        return (each as string).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
      }
      if (field.kind === Kind.ENUM) return field.enumType!.values[each as string] ?? each;
      return field.kind === Kind.INT64 ? Number(each) : each;
    };
    const name = field.protoName.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    out[name] = field.repeated ? (value as unknown[]).map(restyle) : restyle(value);
  }
  return out;
}

describe('every message of the gateway, both ways', () => {
  const prng = new Prng(SEED);
  for (const type of gatewayTypes()) {
    test(`${type.protoName} (seed ${SEED})`, () => {
      const definition = definitions[type.protoName] as MessageTypeDefinition<Rec, Rec>;
      for (let round = 0; round < ROUNDS; round++) {
        const original = type.decode(type.toBytes(randomRecord(prng, type, 0)));
        const json = writeJson(type, original);
        const parsed = JSON.parse(json) as Rec;
        assert.deepEqual(plain(read(type, json)), plain(original), json);
        assert.deepEqual(plain(read(type, JSON.stringify(restyled(type, parsed)))), plain(original), json);
        assert.deepEqual(plain(type.decode(definition.serialize(parsed))), plain(original), json);
      }
    });
  }
});

test('numbers of 64 bits keep all of them where they are ids, and are cut to the greatest where not', () => {
  const { lease } = read(
    RPC_METHODS.find(({ path }) => path.endsWith('KV/Put'))!.request,
    '{"lease":"-9223372036854775808"}',
  );
  assert.equal(lease, -(2n ** 63n));
  assert.equal(
    writeJson(RangeRequest as AnyType, { ...RangeRequest.create({}), limit: 2 ** 63 }),
    '{"limit":"9223372036854775807"}',
  );
});

describe('what etcd takes', () => {
  const cases: [json: string, expected: Rec][] = [
    ['{"key":"YQ","limit":"1.0"}', { limit: 1 }],
    ['{"limit":1e2}', { limit: 100 }],
    ['{"limit":"1e2"}', { limit: 100 }],
    ['{"limit":100e-2}', { limit: 1 }],
    ['{"limit":"-5"}', { limit: -5 }],
    ['{"sort_order":"BLAH"}', { sortOrder: 0 }],
    ['{"sort_order":"toString"}', { sortOrder: 0 }],
    ['{"sort_order":1.0,"sortTarget":"MOD"}', { sortOrder: 1, sortTarget: 3 }],
    ['{"sort_order":99}', { sortOrder: 99 }],
    ['{"bogus":{"a":[1,2,{"key":"}"}]},"keysOnly":true}', { keysOnly: true }],
    ['{"key":null,"limit":null}', { limit: 0 }],
    ['{"serializable":false}', { serializable: false }],
    ['{"\\u006bey":"Y-_=","rangeEnd":"Y+/="}', {}],
    [' {"key":"YW\\n\\nI"} ', { key: Buffer.from('ab') }],
  ];
  for (const [json, expected] of cases) {
    test(json, () => {
      const record = read(RangeRequest as AnyType, json);
      for (const [name, value] of Object.entries(expected))
        assert.deepEqual(plain(record[name]), plain(value));
    });
  }

  test('null for a member of a oneof is none', () => {
    const { success } = read(TxnRequest as AnyType, '{"success":[{"requestPut":null,"requestRange":{}}]}');
    assert.deepEqual(
      (success as Rec[]).map((op) => [op['requestPut'], op['requestRange'] !== undefined]),
      [[undefined, true]],
    );
  });

  test('characters beyond the first plane, escaped or not', () => {
    const { name } = read(AuthUserAddRequest as AnyType, '{"name":"\\ud835\\udd18\\u00e9𝔘\\/\\n"}');
    assert.equal(name, '𝔘é𝔘/\n');
  });
});

describe('what etcd refuses, in its words', () => {
  const range = RangeRequest as AnyType;
  const txn = TxnRequest as AnyType;
  const cases: [type: AnyType, json: string, error: string][] = [
    [range, '{"key":"!!!"}', '(line 1:8): invalid value for bytes field key: "!!!"'],
    [range, '{"key":5}', '(line 1:8): invalid value for bytes field key: 5'],
    [range, '{"key":"Y"}', '(line 1:8): invalid value for bytes field key: "Y"'],
    [range, '{"key":"YQ==="}', '(line 1:8): invalid value for bytes field key: "YQ==="'],
    [range, '{"key":"Y\\nQ=="}', '(line 1:8): invalid value for bytes field key: "Y\\nQ=="'],
    [range, '{"key":"Y+_="}', '(line 1:8): invalid value for bytes field key: "Y+_="'],
    [range, '{"key":"YQ","limit":1.5}', '(line 1:21): invalid value for int64 field limit: 1.5'],
    [range, '{"limit":" 1"}', '(line 1:10): invalid value for int64 field limit: " 1"'],
    [range, '{"limit":"abc"}', '(line 1:10): invalid value for int64 field limit: "abc"'],
    [range, '{"limit":""}', '(line 1:10): invalid value for int64 field limit: ""'],
    [
      range,
      '{"limit":99999999999999999999}',
      '(line 1:10): invalid value for int64 field limit: 99999999999999999999',
    ],
    [range, '{"limit":1e999999999}', '(line 1:10): invalid value for int64 field limit: 1e999999999'],
    [range, '{"limit":true}', '(line 1:10): invalid value for int64 field limit: true'],
    [range, '{"serializable":"true"}', '(line 1:17): invalid value for bool field serializable: "true"'],
    [range, '{"serializable":1}', '(line 1:17): invalid value for bool field serializable: 1'],
    [range, '{"sort_order":true}', '(line 1:15): invalid value for enum field sortOrder: true'],
    [range, '{"sort_order":1.5}', '(line 1:15): invalid value for enum field sortOrder: 1.5'],
    [range, '{"key":"YQ","key":"Yg"}', '(line 1:13): duplicate field "key"'],
    [range, '{\n "range_end":"YQ",\n "rangeEnd":"YQ"}', '(line 3:2): duplicate field "rangeEnd"'],
    [range, '{"ü":1,"key":1}', '(line 1:14): invalid value for bytes field key: 1'],
    [
      txn,
      '{"success":[{"requestPut":{},"requestRange":{}}]}',
      '(line 1:30): error parsing "requestRange", oneof etcdserverpb.RequestOp.request is already set',
    ],
    [
      txn,
      '{"compare":[{"version":"1","value":""}]}',
      '(line 1:28): error parsing "value", oneof etcdserverpb.Compare.target_union is already set',
    ],
    [
      MemberAddRequest as AnyType,
      '{"peerURLs":[1]}',
      '(line 1:14): invalid value for string field peerURLs: 1',
    ],
    [
      MemberAddRequest as AnyType,
      '{"peerURLs":[null]}',
      '(line 1:14): invalid value for string field peerURLs: null',
    ],
  ];
  for (const [type, json, error] of cases) {
    test(json, () => assert.throws(() => read(type, json), new JsonError(`proto: ${error}`)));
  }
  const syntax: [type: AnyType, json: string, error: string][] = [
    [range, '[]', '(line 1:1): unexpected token ['],
    [range, '"x"', '(line 1:1): unexpected token "x"'],
    [range, 'null', '(line 1:1): unexpected token null'],
    [range, ' 5', '(line 1:1): unexpected token 5'],
    [txn, '{"success":{"a":1}}', '(line 1:12): unexpected token {'],
    [txn, '{"success":[null]}', '(line 1:13): unexpected token null'],
    [txn, '{"success":5}', '(line 1:12): unexpected token 5'],
  ];
  for (const [type, json, error] of syntax) {
    test(json, () => assert.throws(() => read(type, json), new JsonError(`proto: syntax error ${error}`)));
  }

  test('strings that are none', () => {
    for (const json of [
      '{"key":"\\ud800"}',
      '{"key":"\\udc00\\ud800"}',
      '{"key":"\\ud800\\u0041"}',
      '{"x":"\\ud800"}',
    ]) {
      assert.throws(() => read(range, json), JsonError, json);
    }
    const bytes = Uint8Array.of(...encodeUtf8('{"key":"'), 0xff, ...encodeUtf8('"}'));
    assert.throws(
      () => readJson(range, bytes),
      new JsonError('proto: syntax error (line 1:8): invalid UTF-8 in string'),
    );
  });
});

test('messages nested without end cost neither the stack nor the process', () => {
  const json = `${'{"success":[{"requestTxn":'.repeat(3000)}{}${'}]}'.repeat(3000)}`;
  const bytes = TxnRequest.toBytes(read(TxnRequest as AnyType, json) as never);
  assert.throws(() => TxnRequest.decode(bytes), /exceeded maximum recursion depth/);
});
