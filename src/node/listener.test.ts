import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { CAN_REUSE_PORT, canReusePort, listenClient } from './listener.js';

const HANG_UP = {
  onHttp2: (): void => {},
  onHttp1: (socket: { destroy(): void }): void => void socket.destroy(),
};

test('which releases of Node.js can share a port', () => {
  const can = (version: string): boolean => canReusePort(version);
  for (const version of ['22.12.0', '22.20.1', '23.1.0', '24.0.0', '30.1.2'])
    assert.ok(can(version), version);
  for (const version of ['20.20.2', '22.11.9', '23.0.1', '21.9.0']) assert.ok(!can(version), version);
});

test('a port is taken once, or shared', async () => {
  const first = await listenClient({ host: '127.0.0.1', port: 0, reusePort: true }, HANG_UP);
  const again = listenClient({ host: '127.0.0.1', port: first.port, reusePort: true }, HANG_UP);
  if (CAN_REUSE_PORT) await (await again).close();
  else await assert.rejects(again, { code: 'EADDRINUSE' });
  await new Promise<void>((resolve) => {
    const socket = connect(first.port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\n\r\n'));
    socket.on('close', () => resolve());
  });
  await first.close();
});
