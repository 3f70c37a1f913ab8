/** What is around the messages: metadata, malformed bytes, and what only the gateway has. */
import { PutResponse, RangeResponse, TxnResponse } from '../../../../src/wire/index.js';
import { encode, lengthDelimited } from '../../../harness/index.js';
import { CaseList } from '../case.js';
import type { Conversation } from '../conversation.js';
import { grant, list as listKeys, put } from '../steps.js';

const metadata = new CaseList('metadata');
const bytes = new CaseList('bytes', { protocol: 'grpc' });
const gateway = new CaseList('gateway', { protocol: 'gateway' });
export const PROTOCOL_CASES = [metadata, bytes, gateway];

const RANGE = '/etcdserverpb.KV/Range';
const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64');

metadata.add('hasleader, with a leader', async (t) => {
  for (const hasleader of ['true', 'false', 'x'])
    await t.call('KV/Range', { key: 'a' }, { metadata: { hasleader } });
  const watch = t.open('Watch/Watch', undefined, { metadata: { hasleader: 'true' } });
  watch.send({ create_request: { key: 'a' } });
  await watch.next('created');
});
metadata.add('a version of the client', async (t) => {
  await t.call('KV/Range', { key: 'a' }, { metadata: { 'client-api-version': '3.5' } });
  await t.call('KV/Range', { key: 'a' }, { metadata: { 'client-api-version': 'anything' } });
});
metadata.add('tokens while auth is off', async (t) => {
  await t.call('KV/Put', { key: 'a' }, { token: 'garbage' });
  await t.call('Auth/UserList', {}, { token: 'garbage' });
});
metadata.add('unknown keys', (t) =>
  t.call('KV/Range', { key: 'a' }, { metadata: { 'x-any': 'thing' } }).then(() => {}),
);
metadata.add('a deadline that is kept', (t) =>
  t.call('KV/Range', { key: 'a' }, { timeoutMs: 20_000 }).then(() => {}),
);

const TRUNCATED = Buffer.from([0x0a, 0x05, 0x61]);
for (const [name, path] of [
  ['Range', RANGE],
  ['Put', '/etcdserverpb.KV/Put'],
  ['Txn', '/etcdserverpb.KV/Txn'],
  ['LeaseGrant', '/etcdserverpb.Lease/LeaseGrant'],
  ['UserAdd', '/etcdserverpb.Auth/UserAdd'],
] as const) {
  bytes.add(`cut: ${name}`, (t) => t.raw(name, path, TRUNCATED));
}
bytes.add('unknown fields are skipped', async (t) => {
  const body = Buffer.concat([
    encode('RangeRequest', { key: Buffer.from('a') }),
    lengthDelimited(99, Buffer.from('x')),
  ]);
  await t.raw('Range with field 99', RANGE, body);
});
bytes.add('the last of a field given twice counts', async (t) => {
  await put(t, 'b=1');
  const body = Buffer.concat(['a', 'b'].map((key) => encode('RangeRequest', { key: Buffer.from(key) })));
  await t.raw('Range of a and b', RANGE, body);
});
bytes.add('an unknown service', (t) => t.raw('unknown', '/nothing.KV/Range', Buffer.alloc(0)));
bytes.add('an unknown method', (t) => t.raw('unknown', '/etcdserverpb.KV/Nothing', Buffer.alloc(0)));
bytes.add('a wrong wire type', (t) => t.raw('key as a number', RANGE, Buffer.from([0x08, 0x01])));

const post = (t: Conversation, path: string, body: unknown): Promise<void> =>
  t.post(path, typeof body === 'string' ? body : JSON.stringify(body), RangeResponse);
/** One POST to the store with a=1. */
function posted(name: string, path: string, body: unknown): void {
  gateway.add(name, async (t) => {
    await put(t, 'a=1', 'b=2');
    await post(t, path, body);
  });
}
const A = base64('a');
posted('proto names', '/v3/kv/range', { key: A, range_end: base64('z'), count_only: true });
posted('camel case', '/v3/kv/range', { key: A, rangeEnd: base64('z'), countOnly: true });
posted('numbers as text', '/v3/kv/range', { key: A, range_end: base64('z'), limit: '1' });
posted('numbers as numbers', '/v3/kv/range', { key: A, range_end: base64('z'), limit: 1 });
posted('numbers with a fraction of zero', '/v3/kv/range', `{"key":"${A}","range_end":"eg==","limit":1.0}`);
posted('enums by name', '/v3/kv/range', { key: A, range_end: base64('z'), sort_order: 'DESCEND' });
posted('enums by number', '/v3/kv/range', { key: A, range_end: base64('z'), sort_order: 2 });
posted('an unknown name of an enum', '/v3/kv/range', { key: A, sort_order: 'BOGUS' });
posted('unknown fields', '/v3/kv/range', { key: A, nosuch: 1, more: { x: [1] } });
posted('null', '/v3/kv/range', { key: A, range_end: null, limit: null });
posted('an empty body', '/v3/kv/range', '');
posted('an empty object', '/v3/kv/range', {});
posted('more after the object', '/v3/kv/range', `{"key":"${A}"}{"key":"Yg=="}`);
posted('white space around', '/v3/kv/range', ` \n {"key" : "${A}"} \n`);
posted('without padding', '/v3/kv/range', { key: A.replaceAll('=', '') });
posted('the old prefix', '/v3beta/kv/range', { key: A });
posted('an older prefix', '/v3alpha/kv/range', { key: A });
posted('an unknown path', '/v3/kv/nothing', {});
posted('no path', '/v3', {});
posted('a number too large', '/v3/kv/range', { key: A, limit: '9223372036854775807' });
gateway.add('base64 of both alphabets', async (t) => {
  await t.do('KV/Put', { key: '\xfb\xff', value: '1' });
  await post(t, '/v3/kv/range', { key: '+/8=' });
  await post(t, '/v3/kv/range', { key: '-_8=' });
  await post(t, '/v3/kv/range', { key: '-_8' });
});

/** A body that is no request: the code and the HTTP status count, the parser's words do not. */
function broken(name: string, body: string): void {
  gateway.add(`broken: ${name}`, async (t) => {
    const { code, http } = await t.gateway().post('/v3/kv/range', body, {});
    t.note(body, [code, http]);
  });
}
broken('cut', '{"key":');
broken('no JSON', 'hello');
broken('a list', '[]');
broken('a text', '"a"');
broken('not base64', '{"key":"!!!"}');
broken('a number as bytes', '{"key":1}');
broken('text as a flag', '{"key":"YQ==","serializable":"true"}');
broken('text as a number', '{"key":"YQ==","limit":"many"}');
broken('a fraction as a number', '{"key":"YQ==","limit":1.5}');
broken('a number out of range', '{"key":"YQ==","limit":"9223372036854775808"}');
broken('a list as a field', '{"key":["YQ=="]}');
gateway.add('two members of a oneof', async (t) => {
  const { code, http } = await t
    .gateway()
    .post('/v3/kv/txn', '{"success":[{"request_put":{"key":"YQ=="},"request_range":{"key":"YQ=="}}]}', {});
  t.note('two operations in one', [code, http]);
});
gateway.add('a put and a transaction as they are written by hand', async (t) => {
  await t.post('/v3/kv/put', `{"key":"${A}","value":"${A}","prev_kv":true}`, PutResponse);
  await t.post('/v3/kv/put', `{"key":"${A}","value":"${A}","prevKv":true}`, PutResponse);
  const body = `{"compare":[{"result":"EQUAL","target":"CREATE","key":"eA==","create_revision":"0"}],"success":[{"requestPut":{"key":"eA=="}},{"request_range":{"key":"${A}"}}]}`;
  await t.post('/v3/kv/txn', body, TxnResponse);
  await listKeys(t);
});
gateway.add('other paths of leases', async (t) => {
  await grant(t, 7);
  for (const path of ['/v3/kv/lease/timetolive', '/v3/kv/lease/leases', '/v3/kv/lease/revoke']) {
    const { code, http } = await t.gateway().post(path, '{"ID":"7"}', {});
    t.note(path, [code, http]);
  }
});
for (const verb of ['GET', 'PUT', 'DELETE', 'HEAD', 'OPTIONS']) {
  gateway.add(`${verb} on a path of the gateway`, async (t) => {
    const { status, body } = await t.gateway().exchange(verb, '/v3/kv/range', '', {}, 10_000);
    t.note(verb, [status, body.replace(/\s/g, '')]);
  });
}
gateway.add('any content type', async (t) => {
  const headers = { 'Content-Type': 'text/plain' };
  const { status } = await t.gateway().exchange('POST', '/v3/kv/range', `{"key":"${A}"}`, headers, 10_000);
  t.note('status', status);
});
gateway.add('a token in a plain header does not count', async (t) => {
  const { status } = await t
    .gateway()
    .exchange('POST', '/v3/kv/range', `{"key":"${A}"}`, { token: 'x.1' }, 10_000);
  t.note('status', status);
});
gateway.add('a stream that fails at once', async (t) => {
  await t.do('Auth/UserAdd', { name: 'root', password: 'secret' });
  await t.do('Auth/UserGrantRole', { user: 'root', role: 'root' });
  await t.do('Auth/AuthEnable');
  const { code, message, http } = await t.gateway().post('/v3/lease/keepalive', '{"ID":"1"}', {});
  t.note('keep alive', [code, message, http]);
});
gateway.add('several requests of a stream in one body', async (t) => {
  await grant(t, 7);
  const answer = await t
    .gateway()
    .exchange('POST', '/v3/lease/keepalive', '{"ID":"7"}{"ID":"8"}\n{"ID":"7"}', {}, 10_000);
  t.note(
    'lines',
    answer.body
      .trim()
      .split('\n')
      .map((line) => Object.keys(JSON.parse(line).result).sort()),
  );
});
