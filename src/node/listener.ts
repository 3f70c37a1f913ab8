/** One listening address for HTTP/2 and HTTP/1.1, in plain text or by TLS. */
import { createServer, type Server, type Socket } from 'node:net';
import { type ConnectionHandlers, chooseProtocol } from './protocol-choice.js';
import { TlsAcceptor, type TlsAcceptorOptions } from './tls/acceptor.js';

/** `reusePort` is for Node.js 22.12 and later; see {@link CAN_REUSE_PORT}. */
export type ListenTarget =
  | { readonly host: string; readonly port: number; readonly reusePort?: boolean }
  | { readonly path: string };

/** Whether this Node.js can share a port with other processes. */
export const CAN_REUSE_PORT = canReusePort(process.versions.node);

/** `net` has had the option since 22.12 and 23.1. */
export function canReusePort(version: string): boolean {
  const [major, minor] = version.split('.').map(Number) as [number, number];
  return major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12);
}

export interface Listener {
  /** The port in use (0 for a Unix socket). */
  readonly port: number;
  /** Stops accepting; connections go on, but for those that have not said yet what they are. */
  close(): Promise<void>;
}

const BACKLOG_CONNECTIONS = 4096;

/**
 * TCP asks who is silent whether it is still there, as at etcd's listeners: gRPC pings, but nobody else would notice that
 * the reader of a watch by HTTP/1.1 or by a WebSocket has vanished.
 */
const KEEP_ALIVE = { keepAlive: true, keepAliveInitialDelay: 30_000 };

/** With `tls` every connection begins with a handshake. Rejects if the address cannot be had. */
export async function listenClient(
  target: ListenTarget,
  handlers: ConnectionHandlers,
  tls?: TlsAcceptorOptions,
): Promise<Listener> {
  const undecided = new Set<Socket>();
  const choose = (socket: Socket, certifiedName?: string): void => {
    undecided.add(socket);
    chooseProtocol(socket, handlers, () => undecided.delete(socket), certifiedName);
  };
  const acceptor = tls === undefined ? undefined : new TlsAcceptor(tls, choose);
  const options = { noDelay: true, pauseOnConnect: false, ...KEEP_ALIVE };
  const server = createServer(options, (socket) => {
    if (acceptor === undefined) choose(socket);
    else acceptor.accept(socket);
  });
  await listening(server, target);
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close: () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of undecided) socket.destroy();
      acceptor?.close();
      return closed;
    },
  };
}

function listening(server: Server, target: ListenTarget): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ ...target, backlog: BACKLOG_CONNECTIONS }, () => {
      server.off('error', reject);
      // A connection that could not be taken (no descriptor was left) is lost; that is no reason to end.
      server.on('error', () => {});
      resolve();
    });
  });
}
