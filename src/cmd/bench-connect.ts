/** Connections for the load generator and for scripts: the transport's client half on Node's sockets. */
import type { Endpoint, LoadConnection, LoadTls } from '../bench/index.js';
import { systemClock } from '../node/clock.js';
import { connected, connectedByTls } from '../node/connector.js';
import { ReloadingFiles } from '../node/tls/reloading-files.js';
import { settingsToConnect } from '../node/tls/settings.js';
import type { LogSink } from '../platform/index.js';
import { ClientConnection, FlushQueue } from '../transport/index.js';

/** One for all connections: what they write in a turn of the event loop is sent together at its end. */
const flushQueue = new FlushQueue(systemClock);

/** A run is over before its files change. */
const SILENT: LogSink = { log: () => {} };

/** Rejects with the system's error, which names the address. */
export async function connectForLoad({ host, port }: Endpoint, tls?: LoadTls): Promise<LoadConnection> {
  const address = { host, port };
  const stream =
    tls === undefined
      ? await connected(address)
      : await connectedByTls({ address, serverName: host }, filesOf(tls));
  return new ClientConnection(stream, { clock: systemClock, authority: `${host}:${port}`, flushQueue });
}

function filesOf(tls: LoadTls): ReloadingFiles {
  return new ReloadingFiles(settingsToConnect(tls), SILENT);
}
