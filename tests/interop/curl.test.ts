/** curl, as a plain HTTP/1.1 client and as an independent HTTP/2 peer for one gRPC call, on the same port. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  type CommandResult,
  decode,
  encode,
  findInPath,
  MemberProcess,
  type Message,
  programUnderTest,
  runCommand,
  skipUnless,
  skipWithoutServer,
  tempDir,
} from '../harness/index.js';

const program = programUnderTest();
const curl = findInPath('curl');
const skip = skipUnless(curl !== undefined, 'curl is not installed') || skipWithoutServer(program);

describe('curl', { skip }, () => {
  let member: MemberProcess;
  const folder = tempDir('curl');
  before(async () => {
    member = await MemberProcess.launch(program);
  });
  after(() => member.stop());

  /** Status, headers and body of one request. */
  const request = async (
    path: string,
    ...args: string[]
  ): Promise<{ status: number; headers: string; body: string }> => {
    const result = await runCommand(curl!, ['-s', '-i', ...args, `${member.clientUrl}${path}`]);
    assert.equal(result.code, 0, `curl ${path}: exit code ${result.code} ${result.stderr}`);
    const [headers, ...body] = result.stdout.split('\r\n\r\n') as [string, ...string[]];
    return {
      status: Number(headers.split(' ')[1]),
      headers: headers.toLowerCase(),
      body: body.join('\r\n\r\n'),
    };
  };

  test('GET /version', async () => {
    const { status, headers, body } = await request('/version');
    assert.equal(status, 200);
    assert.match(headers, /content-type: application\/json/);
    const { etcdserver, etcdcluster } = JSON.parse(body);
    assert.match(etcdserver, /^\d+\.\d+\.\d+/);
    assert.match(etcdcluster, /^\d+\.\d+\.\d+$/);
  });

  test('GET /health', async () => {
    for (const path of ['/health', '/health?serializable=true', '/health?exclude=NOSPACE']) {
      const { status, body } = await request(path);
      assert.equal(status, 200, path);
      assert.equal(body, '{"health":"true","reason":""}', path);
    }
  });

  test('GET /livez and /readyz, whole and check by check', async () => {
    for (const path of [
      '/livez',
      '/readyz',
      '/livez/serializable_read',
      '/readyz/serializable_read',
      '/readyz/linearizable_read',
      '/readyz/data_corruption',
      '/readyz?exclude=linearizable_read',
    ]) {
      const { status, body } = await request(path);
      assert.equal(status, 200, path);
      assert.equal(body, 'ok\n', path);
    }
    const verbose = await request('/readyz?verbose');
    const lines = verbose.body.split('\n').sort();
    assert.equal(verbose.status, 200);
    for (const check of ['data_corruption', 'linearizable_read', 'serializable_read']) {
      assert.ok(lines.includes(`[+]${check} ok`), verbose.body);
    }
    assert.match(verbose.body, /\nok\n$/);
  });

  test('unknown paths and wrong verbs', async () => {
    for (const path of ['/', '/v2/keys', '/nope']) {
      const { status, body } = await request(path);
      assert.equal(status, 404, path);
      assert.equal(body, '404 page not found\n', path);
    }
    for (const path of ['/version', '/health']) {
      assert.equal((await request(path, '-X', 'POST')).status, 405, path);
    }
  });

  test('HTTP/1.1 keeps the connection between requests', async () => {
    const url = `${member.clientUrl}/health`;
    const result = await runCommand(curl!, ['-s', '-v', url, url]);
    assert.equal(result.code, 0);
    assert.match(result.stderr, /Re-using existing connection/i);
    assert.equal(result.stdout, '{"health":"true","reason":""}'.repeat(2));
  });

  /**
   * One gRPC call over HTTP/2 with prior knowledge. Without a body the request ends with its headers: curl 7.88 takes an
   * answer that comes before its upload is done for an error, so calls that are refused at once have none.
   */
  const call = async (path: string, body?: Uint8Array): Promise<CommandResult & { out: Buffer }> => {
    const [request, response] = [join(folder, 'request'), join(folder, 'response')];
    rmSync(response, { force: true });
    if (body !== undefined) {
      const frame = Buffer.alloc(5 + body.length);
      frame.writeUInt32BE(body.length, 1);
      frame.set(body, 5);
      writeFileSync(request, frame);
    }
    const result = await runCommand(curl!, [
      ...['-s', '-v', '--http2-prior-knowledge', '-X', 'POST'],
      ...['-H', 'content-type: application/grpc', '-H', 'te: trailers'],
      ...(body === undefined ? [] : ['--data-binary', `@${request}`]),
      ...['-o', response, `${member.clientUrl}${path}`],
    ]);
    assert.equal(result.code, 0, result.stderr);
    return { ...result, out: existsSync(response) ? readFileSync(response) : Buffer.alloc(0) };
  };

  test('a put and a range over HTTP/2, with trailers', async () => {
    const put = await call(
      '/etcdserverpb.KV/Put',
      encode('PutRequest', { key: Buffer.from('curl'), value: Buffer.from('v') }),
    );
    assert.match(put.stderr, /< HTTP\/2 200/);
    assert.match(put.stderr, /< content-type: application\/grpc/);
    assert.match(put.stderr, /< grpc-status: 0/);
    const range = await call('/etcdserverpb.KV/Range', encode('RangeRequest', { key: Buffer.from('curl') }));
    assert.equal(range.out.readUInt32BE(1), range.out.length - 5);
    const [kv] = decode('RangeResponse', range.out.subarray(5))['kvs'] as Message[];
    assert.equal(String(kv!['value']), 'v');
  });

  test('a refused call ends with its status', async () => {
    const { stderr } = await call('/etcdserverpb.KV/Put', new Uint8Array(0));
    assert.match(stderr, /< grpc-status: 3/);
    assert.match(stderr, /< grpc-message: etcdserver: key is not provided/);
    const unknown = await call('/etcdserverpb.KV/Nope');
    assert.match(unknown.stderr, /< grpc-status: 12/);
    assert.match(unknown.stderr, /< grpc-message: unknown method Nope for service etcdserverpb.KV/);
  });

  test('what is no gRPC over HTTP/2 is refused with 415', async () => {
    const { status, headers } = await request('/health', '--http2-prior-knowledge');
    assert.equal(status, 415);
    assert.match(headers, /grpc-status: 3/);
    assert.match(headers, /grpc-message: invalid grpc request content-type ""/);
    const json = ['-X', 'POST', '-H', 'content-type: application/json'];
    const wrong = await request('/etcdserverpb.KV/Range', '--http2-prior-knowledge', ...json);
    assert.equal(wrong.status, 415);
    assert.match(wrong.headers, /grpc-message: invalid grpc request content-type "application\/json"/);
  });
});
