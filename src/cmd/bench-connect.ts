/** Connections for the load generator and for scripts: the transport's client half on Node's sockets. */
import type { Endpoint, LoadConnection } from '../bench/index.js';
import { systemClock } from '../node/clock.js';
import { connected } from '../node/connector.js';
import { ClientConnection, FlushQueue } from '../transport/index.js';

/** One for all connections: what they write in a turn of the event loop is sent together at its end. */
const flushQueue = new FlushQueue(systemClock);

/** Rejects with the system's error, which names the address. */
export async function connectForLoad({ host, port }: Endpoint): Promise<LoadConnection> {
  const stream = await connected({ host, port });
  return new ClientConnection(stream, { clock: systemClock, authority: `${host}:${port}`, flushQueue });
}
