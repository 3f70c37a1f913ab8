import assert from 'node:assert/strict';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, test } from 'node:test';
import { NodeHttpClient } from './http-client.js';

const nodeHttpClient = new NodeHttpClient();
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** Serves and gives the URL. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/members`;
}

test('status, headers and body come back', async () => {
  const url = await serve((request, response) => {
    response.writeHead(request.url === '/members' ? 200 : 404, { 'X-Etcd-Cluster-Id': 'abc' });
    response.write('[1,');
    response.end('"ö"]');
  });
  const answer = await nodeHttpClient.get(url, 5000);
  assert.deepEqual(
    [answer.status, answer.body, answer.header('x-etcd-cluster-id'), answer.header('x-other')],
    [200, '[1,"ö"]', 'abc', undefined],
  );
});

test('silence, before or in the middle of the answer, ends with an error', async () => {
  const silent = await serve(() => {});
  await assert.rejects(nodeHttpClient.get(silent, 30), /no answer in 30 ms/);
  const halting = await serve((_request, response) => {
    response.write('[');
  });
  await assert.rejects(nodeHttpClient.get(halting, 100), /no answer in 100 ms/);
});

test('a connection that is refused or cut ends with an error', async () => {
  const url = await serve((request) => {
    request.socket.destroy();
  });
  await assert.rejects(nodeHttpClient.get(url, 5000), /socket hang up|ECONNRESET/);
  const cut = await serve((_request, response) => {
    response.writeHead(200, { 'Content-Length': 10 });
    response.write('[', () => response.socket?.destroy());
  });
  await assert.rejects(nodeHttpClient.get(cut, 5000), /aborted|ECONNRESET/);
  const server = servers.at(-1)!;
  server.close();
  server.closeAllConnections();
  await assert.rejects(nodeHttpClient.get(cut, 5000), /ECONNREFUSED/);
});

test('an answer without end is cut off', async () => {
  const url = await serve((_request, response) => {
    const more = (): void => {
      while (response.write(Buffer.alloc(65_536, 32)));
    };
    response.on('drain', more);
    more();
  });
  await assert.rejects(nodeHttpClient.get(url, 20_000), /the answer is too large/);
});

test('a URL that cannot be asked is told, and nothing comes of it later', async () => {
  await assert.rejects(nodeHttpClient.get('https://127.0.0.1:1/', 1), { code: 'ERR_INVALID_PROTOCOL' });
  await assert.rejects(nodeHttpClient.get('no url', 1), { code: 'ERR_INVALID_URL' });
  // A timer that was left behind would throw by now, and end this process.
  await new Promise((resolve) => setTimeout(resolve, 20));
});
