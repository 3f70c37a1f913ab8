/**
 * Free TCP ports on loopback. The kernel picks them, unless `QUOIN_TEST_PORTS=LOW-HIGH` confines the tests to a range.
 */
import { createServer } from 'node:net';

let nextInRange = 0;

export async function freePort(): Promise<number> {
  const range = process.env['QUOIN_TEST_PORTS'];
  if (range === undefined || range === '') return listenOnce(0);
  const [low, high] = range.split('-').map(Number) as [number, number];
  const width = high - low + 1;
  if (nextInRange === 0) nextInRange = process.pid % width;
  for (let attempt = 0; attempt < width; attempt++) {
    const port = low + (nextInRange++ % width);
    try {
      return await listenOnce(port);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
  throw new Error(`no free port in QUOIN_TEST_PORTS=${range}`);
}

function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : port));
    });
  });
}
