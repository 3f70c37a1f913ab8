import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect as connectByTls } from 'node:tls';
import { type Rejection, TlsAcceptor } from './acceptor.js';
import { makeCertificate } from './certificate-fixture.conformance.js';
import { ReloadingFiles, TlsFileError } from './reloading-files.js';
import { settingsToConnect } from './settings.js';

const SILENT = { log: () => {} };
const PATIENCE_MS = 20_000;
const folder = mkdtempSync(join(tmpdir(), 'quoin-tls-'));
const certFile = join(folder, 'cert.pem');
const keyFile = join(folder, 'key.pem');
const settings = settingsToConnect({ caFile: '', certFile, keyFile, skipVerify: true });
const servers: Server[] = [];
const opened: Socket[] = [];

before(async () => {
  const { cert, key } = await makeCertificate('CN=x', ['127.0.0.1']);
  writeFileSync(certFile, cert);
  writeFileSync(keyFile, key);
});
after(() => {
  for (const server of servers) server.close();
  for (const socket of opened) socket.destroy();
  rmSync(folder, { recursive: true });
});

interface Accepting {
  readonly port: number;
  readonly rejections: Rejection[];
  readonly accepted: Socket[];
  readonly acceptor: TlsAcceptor;
}

async function accepting(bounds: {
  handshakeTimeoutMs?: number;
  handshakesMax?: number;
}): Promise<Accepting> {
  const rejections: Rejection[] = [];
  const accepted: Socket[] = [];
  const files = new ReloadingFiles(settings, SILENT);
  const acceptor = new TlsAcceptor(
    {
      files,
      protocols: ['h2', 'http/1.1'],
      onRejected: (rejection) => void rejections.push(rejection),
      ...bounds,
    },
    (socket) => {
      accepted.push(socket.on('error', () => {}));
    },
  );
  const server = createServer((socket) => acceptor.accept(socket));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, rejections, accepted, acceptor };
}

function silentSocket(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.on('error', reject);
    socket.resume();
  });
}

async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!condition()) {
    assert.ok(Date.now() < deadline, what);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** A handshake; the connection goes on. */
async function shakeHands(port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket = connectByTls({ port, host: '127.0.0.1', rejectUnauthorized: false }, resolve);
    socket.on('error', reject);
    opened.push(socket);
  });
}

test('who says nothing is dropped after a while, and told about', async () => {
  const { port, rejections, accepted } = await accepting({ handshakeTimeoutMs: 50 });
  const socket = await silentSocket(port);
  await until(() => socket.destroyed, 'it is dropped');
  await until(() => rejections.length === 1, 'once');
  assert.equal(rejections[0]!.error, 'i/o timeout');
  assert.equal(
    rejections[0]!.remoteAddress,
    `127.0.0.1:${socket.localPort ?? rejections[0]!.remoteAddress.split(':')[1]}`,
  );
  await shakeHands(port);
  await until(() => accepted.length === 1, 'others are let in');
});

test('beyond the bound who has waited for longest goes, so that others come in', async () => {
  const { port, rejections, accepted, acceptor } = await accepting({ handshakesMax: 3 });
  const silent: Socket[] = [];
  for (let i = 0; i < 5; i++) {
    silent.push(await silentSocket(port));
    const dropped = Math.max(0, i - 2);
    await until(() => rejections.length === dropped, `${dropped} are dropped`);
  }
  await until(() => silent[0]!.destroyed && silent[1]!.destroyed, 'the oldest are dropped');
  assert.ok(silent.slice(2).every((socket) => !socket.destroyed));
  assert.ok(rejections.every(({ error }) => error === 'too many handshakes under way'));
  await shakeHands(port);
  await until(() => accepted.length === 1, 'who speaks is let in');
  await shakeHands(port);
  await until(() => accepted.length === 2, 'those who speak are let in');
  // The first took the place of a silent one, and gave it back for the second.
  assert.equal(rejections.length, 3);
  acceptor.close();
  await until(() => silent.every((socket) => socket.destroyed), 'closing drops the rest');
});

test('what is no TLS is dropped and told about', async () => {
  const { port, rejections } = await accepting({});
  const socket = await silentSocket(port);
  socket.write('GET / HTTP/1.1\r\n\r\n');
  await until(() => rejections.length === 1, 'it is told');
  assert.equal(rejections[0]!.error, 'tls: first record does not look like a TLS handshake');
  assert.equal(rejections[0]!.remoteAddress.split(':')[0], '127.0.0.1');
  await until(() => socket.destroyed, 'it is dropped');
});

test('files that cannot be used are told when they are opened', async () => {
  const open = (given: Partial<typeof settings>) => (): unknown =>
    new ReloadingFiles({ ...settings, ...given }, SILENT);
  assert.throws(open({ certFile: '/missing' }), new TlsFileError('open /missing: no such file or directory'));
  assert.throws(open({ trustedCaFile: keyFile }), /no certificate found/);
  const other = join(folder, 'other.pem');
  writeFileSync(other, (await makeCertificate('CN=y', [])).key);
  assert.throws(open({ keyFile: other }), new TlsFileError('tls: private key does not match public key'));
});

test('files that cannot even be looked at leave what there is', () => {
  const lines: string[] = [];
  const log = { log: (_level: string, message: string) => void lines.push(message) };
  const files = new ReloadingFiles(settings, log);
  const material = files.current();
  const circle = join(folder, 'circle');
  symlinkSync(circle, circle);
  renameSync(certFile, `${certFile}.kept`);
  renameSync(circle, certFile);
  assert.equal(files.current(), material);
  assert.equal(files.current(), material);
  assert.deepEqual(lines, ['failed to reload TLS files; the former ones go on']);
  rmSync(certFile);
  renameSync(`${certFile}.kept`, certFile);
  assert.notEqual(files.current(), material);
  assert.equal(lines.at(-1), 'reloaded TLS files');
});
