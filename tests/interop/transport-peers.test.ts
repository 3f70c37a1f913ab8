/** The engine against programs that have HTTP/2 and gRPC of their own: curl, h2load and Python's grpc. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { findInPath, freePort, removeDir, runCommand, skipUnless, tempDir } from '../harness/index.js';
import { type EchoServer, startEchoServer } from '../transport/echo-server.js';

const PYTHON = '/usr/bin/python3';

const SCRIPT = `
import sys, grpc
channel = grpc.insecure_channel('127.0.0.1:' + sys.argv[1], options=[('grpc.max_receive_message_length', -1)])
same = lambda b: b
unary = lambda m: channel.unary_unary('/test.Echo/' + m, same, same)
for size in (0, 1, 16384, 1500000):
    assert unary('Unary')(b'x' * size, timeout=20) == b'x' * size, size
futures = [unary('Unary').future(b'%d' % i) for i in range(500)]
assert [f.result(20) for f in futures] == [b'%d' % i for i in range(500)]
def code(method, **options):
    try:
        unary(method)(b'', **options)
    except grpc.RpcError as e:
        return '%s %s' % (e.code().name, e.details())
print(code('Fail'))
print(code('None'))
print(code('Token', metadata=(('token', 'abc'), ('x-bin', b'hi'))))
print(code('Never', timeout=0.1).split()[0])
echo = channel.stream_stream('/test.Echo/Bidi', same, same)
assert [len(b) for b in echo(iter([b'y' * 30000] * 100), timeout=20)] == [30000] * 100
gzip = channel.unary_unary('/test.Echo/Unary', same, same)
assert gzip(b'z' * 9000, compression=grpc.Compression.Gzip, timeout=20) == b'z' * 9000
print('done')
`;

const curl = findInPath('curl');
const h2load = findInPath('h2load');

describe('independent peers of the HTTP/2 engine', () => {
  let server: EchoServer;
  const folder = tempDir('transport-peers');
  const message = join(folder, 'message');
  before(async () => {
    server = await startEchoServer(await freePort());
    writeFileSync(message, Buffer.from('\0\0\0\0\u0005hello', 'latin1'));
  });
  after(async () => {
    await server.stop();
    removeDir(folder);
  });
  const url = (method: string): string => `http://127.0.0.1:${server.port}/test.Echo/${method}`;

  test('curl', { skip: skipUnless(curl !== undefined, 'curl is not installed') }, async () => {
    const post = (...args: string[]) =>
      runCommand(curl!, [
        '-s',
        '-i',
        '--http2-prior-knowledge',
        '-H',
        'te: trailers',
        '--data-binary',
        `@${message}`,
        ...args,
      ]);
    const good = await post('-H', 'content-type: application/grpc', url('Unary'));
    assert.match(good.stdout, /^HTTP\/2 200/);
    assert.match(good.stdout, /grpc-status: 0/);
    assert.ok(good.stdout.includes('\0\0\0\0\u0005hello'));
    const bad = await post('-H', 'content-type: application/json', url('Unary'));
    assert.match(bad.stdout, /^HTTP\/2 415/);
    assert.match(bad.stdout, /grpc-status: 3/);
  });

  test('h2load', { skip: skipUnless(h2load !== undefined, 'h2load is not installed') }, async () => {
    const result = await runCommand(h2load!, [
      ...['-t1', '-c20', '-m10', '-n', '20000', '-d', message],
      ...['-H', 'content-type: application/grpc', '-H', 'te: trailers', url('Unary')],
    ]);
    assert.match(result.stdout, /20000 succeeded, 0 failed, 0 errored, 0 timeout/);
    assert.match(result.stdout, /status codes: 20000 2xx/);
  });

  test('python grpc', async (t) => {
    const present = (await runCommand(PYTHON, ['-c', 'import grpc'])).code === 0;
    const skip = skipUnless(present, 'Python has no grpc');
    if (skip !== false) return t.skip(skip);
    const result = await runCommand(PYTHON, ['-c', SCRIPT, String(server.port)]);
    assert.equal(result.stderr, '');
    assert.deepEqual(result.stdout.trim().split('\n'), [
      'NOT_FOUND nö such 100% thing',
      'UNIMPLEMENTED unknown method None for service test.Echo',
      'UNKNOWN abc hi',
      'DEADLINE_EXCEEDED',
      'done',
    ]);
  });
});
