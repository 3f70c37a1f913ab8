import assert from 'node:assert/strict';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import type { HttpAnswer } from '../../node/http-exchange.js';
import { createHttpServer } from '../../node/http-server.js';
import { OpenAnswers } from './open-answers.js';

const DONE: HttpAnswer = { status: 200, headers: {}, body: 'done' };

/** What a connection was told, when it is closed. */
function told(port: number, requests: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
    socket.write(requests);
  });
}

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`;

test('at the end answers that are owed are given, and nobody else is waited for', async () => {
  const owed: (() => void)[] = [];
  const asked: string[] = [];
  const http = createHttpServer((request, respond) => {
    asked.push(request.path);
    if (request.path === '/now') respond(DONE);
    else if (request.path === '/later') owed.push(() => respond(DONE));
    else respond({ status: 200, headers: {}, body: (writer) => void writer.write('endless') });
  });
  const answers = new OpenAnswers();
  answers.follow(http);
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    sockets.add(socket);
    http.emit('connection', socket);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as AddressInfo;
  const resting = told(port, get('/now'));
  const watching = told(port, get('/endless'));
  const waiting = told(port, get('/later'));
  const twice = told(port, get('/later') + get('/later'));
  while (asked.length < 5) await new Promise((resolve) => setImmediate(resolve));
  let isSettled = false;
  const settled = answers.settled(sockets).then(() => {
    isSettled = true;
  });
  assert.match(await resting, /done$/);
  assert.match(await watching, /endless/);
  assert.equal(isSettled, false);
  for (const answer of owed) answer();
  assert.match(await waiting, /done$/);
  assert.equal((await twice).match(/done/g)?.length, 2);
  await settled;
  listener.close();
});

test('whoever is owed an answer and leaves is not waited for, and nobody at all is neither', async () => {
  const http = createHttpServer(() => {});
  const answers = new OpenAnswers();
  answers.follow(http);
  const sockets: Socket[] = [];
  const listener = createServer((socket) => {
    sockets.push(socket);
    http.emit('connection', socket);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  await answers.settled(sockets);
  const client = connect((listener.address() as AddressInfo).port, '127.0.0.1');
  const asked = new Promise((resolve) => http.once('request', resolve));
  client.write(get('/'));
  await asked;
  const settled = answers.settled(sockets);
  client.destroy();
  await settled;
  listener.close();
});
