/** The test client against a server made of @grpc/grpc-js alone: what it shows must be what was on the wire. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type sendUnaryData,
  type UntypedHandleCall,
} from '@grpc/grpc-js';
import { connect, type TestClient } from './client.js';

type Call = ServerUnaryCall<Buffer, Buffer>;

const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const same = (bytes: Buffer): Buffer => bytes;

function method(path: string, stream: boolean) {
  return {
    path,
    requestStream: stream,
    responseStream: stream,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  };
}

const seen: { body: string; token: unknown }[] = [];

/** Answers in plain bytes, written down by hand: header {cluster_id 2^63, revision 300}, prev_kv {key "a", lease -1}. */
const PUT_ANSWER = hex('0a0e088080808080808080800118ac02' + '120e0a016130ffffffffffffffffff01');

function put(call: Call, answer: sendUnaryData<Buffer>): void {
  seen.push({ body: call.request.toString('hex'), token: call.metadata.get('token')[0] });
  if (call.request.length === 0) answer({ code: 3, details: 'etcdserver: key is not provided' });
  else answer(null, PUT_ANSWER);
}

function watch(call: ServerDuplexStream<Buffer, Buffer>): void {
  call.on('data', (request: Buffer) => {
    call.write(request);
    if (request.length === 0) call.emit('error', { code: 14, details: 'etcdserver: no leader' });
  });
  call.on('end', () => call.end());
}

function repositoryRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

describe('test client', () => {
  const server = new Server();
  let client: TestClient;

  before(async () => {
    assert.ok(existsSync(join(repositoryRoot(), 'proto', 'rpc.proto')));
    server.addService(
      { put: method('/etcdserverpb.KV/Put', false), watch: method('/etcdserverpb.Watch/Watch', true) },
      { put: put as UntypedHandleCall, watch: watch as UntypedHandleCall },
    );
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      );
    });
    client = connect(`127.0.0.1:${port}`);
  });

  after(() => {
    client.close();
    server.forceShutdown();
  });

  test('a request goes out as written, and the answer comes back typed', async () => {
    const answer = await client.kv.put({ key: 'a', value: Uint8Array.of(0xff), lease: -2n, prevKv: true });
    assert.deepEqual(seen.at(-1), { body: '0a01611201ff18feffffffffffffffff012001', token: undefined });
    assert.equal(answer.header?.clusterId, 2n ** 63n);
    assert.equal(answer.header?.revision, 300);
    assert.deepEqual(answer.prevKv, {
      key: Uint8Array.of(0x61),
      createRevision: 0,
      modRevision: 0,
      version: 0,
      value: new Uint8Array(0),
      lease: -1n,
    });
  });

  test('raw bytes and a token go out as they are', async () => {
    client.token = 'secret';
    const answer = await client.raw('/etcdserverpb.KV/Put', hex('0001'));
    client.token = '';
    assert.deepEqual(seen.at(-1), { body: '0001', token: 'secret' });
    assert.deepEqual(Buffer.from(answer), PUT_ANSWER);
  });

  test('a status becomes a rejection with code and details', async () => {
    await assert.rejects(client.kv.put({}), { code: 3, details: 'etcdserver: key is not provided' });
    await assert.rejects(client.kv.range({ key: 'a' }), { code: 12 });
  });

  test('a stream queues what arrives, ends after half-close, and rejects with its status', async () => {
    // The server sends requests back as they are; an empty progress_request reads as `created` = false.
    const echo = client.watch();
    echo.send({ progressRequest: {} });
    echo.send({ progressRequest: {} });
    assert.equal((await echo.must()).header, undefined);
    assert.equal((await echo.must()).canceled, false);
    echo.halfClose();
    assert.equal(await echo.next(), undefined);

    const ended = client.watch();
    ended.halfClose();
    assert.equal(await ended.next(), undefined);

    const failed = client.watch();
    failed.send({});
    assert.equal((await failed.must()).created, false);
    await assert.rejects(failed.must(), { code: 14, details: 'etcdserver: no leader' });
    await assert.rejects(failed.must(), { code: 14 });

    const silent = client.watch();
    await assert.rejects(silent.next(30), /no message within 30 ms/);
    silent.cancel();
    await assert.rejects(silent.must(), { code: 1 });
  });
});
