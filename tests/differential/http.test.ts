/**
 * The plain HTTP/1.1 endpoints of the client port, request by request against real etcd: status, body and headers. What the
 * HTTP libraries below do in their own ways is not compared: requests that are no HTTP/1.1, pipelining, redirects to a
 * cleaned path.
 */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { MemberProcess, programUnderTest, skipWithoutServer } from '../harness/index.js';

const program = programUnderTest();
const skip = skipWithoutServer('etcd') || skipWithoutServer(program);

/** Version numbers and dates differ by right; the order of the checks is random in etcd. */
function comparable(answer: string): string {
  const [head = '', ...rest] = answer.split('\r\n\r\n');
  const [status, ...headers] = head.split('\r\n');
  const kept = headers
    .filter((line) => !/^(date|content-length):/i.test(line))
    .map((line) => line.replace(/^[^:]+/, (name) => name.toLowerCase()))
    .sort();
  const body = rest
    .join('\r\n\r\n')
    .replace(/\d+\.\d+\.\d+/g, 'N.N.N')
    .replace(',"storage":"N.N.N"', '')
    .split('\n');
  const checks = body.filter((line) => line.startsWith('[')).sort();
  return [status, ...kept, '', ...checks, ...body.filter((line) => !line.startsWith('['))].join('\n');
}

/** Sends bytes, and reads until the server closes the connection. */
function exchange(port: number, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.setTimeout(5000, () => socket.destroy(new Error(`no end of the answer; so far: ${text}`)));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
    socket.write(request, 'latin1');
  });
}

const PATHS = [
  '/version',
  '/version?x=1',
  '/version/',
  '/health',
  '/health/',
  '/health?serializable=true',
  '/health?serializable=maybe',
  '/health?exclude=NOSPACE&exclude=CORRUPT',
  '/health?exclude=nope',
  '/livez',
  '/livez?verbose',
  '/livez?verbose=false',
  '/livez/',
  '/livez/serializable_read',
  '/livez/serializable_read?verbose',
  '/livez/nope',
  '/livez?exclude=serializable_read',
  '/livez?exclude=serializable_read&verbose',
  '/livez?exclude=nope&verbose',
  '/readyz',
  '/readyz?verbose',
  '/readyz/linearizable_read',
  '/readyz/data_corruption',
  '/readyz/nope',
  '/readyz?exclude=linearizable_read&verbose',
  '/',
  '/nope',
  '/v2/keys',
  '/v2/keys/x?recursive=true',
  '/%20',
];

describe('HTTP/1.1 as etcd answers it', { skip }, () => {
  let members: MemberProcess[];
  before(async () => {
    members = [await MemberProcess.launch('etcd'), await MemberProcess.launch(program)];
  });
  after(async () => {
    for (const member of members) await member.stop('SIGKILL');
  });

  async function compare(request: string): Promise<void> {
    const [a, b] = await Promise.all(members.map((member) => exchange(member.clientPort, request)));
    assert.equal(comparable(b!), comparable(a!), JSON.stringify(request));
  }

  const close = 'Host: 127.0.0.1\r\nConnection: close\r\n\r\n';

  for (const path of PATHS) {
    test(`GET ${path}`, () => compare(`GET ${path} HTTP/1.1\r\n${close}`));
  }

  for (const method of ['HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
    for (const path of ['/version', '/health', '/livez', '/readyz', '/nope']) {
      test(`${method} ${path}`, () => compare(`${method} ${path} HTTP/1.1\r\nContent-Length: 0\r\n${close}`));
    }
  }

  test('an origin', () => compare(`GET /version HTTP/1.1\r\nOrigin: http://example.com\r\n${close}`));
});
