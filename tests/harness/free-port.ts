/**
 * Free TCP ports on loopback, picked at random below the range from which the kernel takes the local ports of outgoing
 * connections (32768 and up on Linux): a member that is killed must find its port free when it starts again.
 * `QUOIN_TEST_PORTS=LOW-HIGH` sets another range.
 */
import { createServer } from 'node:net';

const RANGE_DEFAULT = '20000-31999';
const ATTEMPTS = 100;
const given = new Set<number>();

export async function freePort(): Promise<number> {
  const range = process.env['QUOIN_TEST_PORTS'] || RANGE_DEFAULT;
  const [low, high] = range.split('-').map(Number) as [number, number];
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = low + Math.floor(Math.random() * (high - low + 1));
    if (given.has(port) || !(await canListen(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error(`no free port found in ${range}`);
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
