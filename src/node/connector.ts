/** Outgoing connections as byte streams. */
import { connect as connectSocket } from 'node:net';
import type { ByteStream } from '../platform/index.js';
import { SocketStream } from './socket-stream.js';
import { connectSecurely, type TlsTarget } from './tls/connector.js';
import type { ReloadingFiles } from './tls/reloading-files.js';

export type ConnectTarget = { readonly host: string; readonly port: number } | { readonly path: string };

/**
 * Connects at once: bytes written before the connection stands wait for it. A connection that cannot be made ends
 * with `onClose`, like one that is lost.
 */
export function connect(target: ConnectTarget): ByteStream {
  const socket = connectSocket({ ...target, noDelay: true });
  return new SocketStream(socket);
}

/** {@link connect} by TLS: what is written waits for the handshake, too. */
export function connectByTls(target: TlsTarget, files: ReloadingFiles): ByteStream {
  return new SocketStream(connectSecurely(target, files));
}

/** Resolves when the connection stands; rejects with the system's error. */
export function connected(target: ConnectTarget): Promise<ByteStream> {
  return new Promise((resolve, reject) => {
    const socket = connectSocket({ ...target, noDelay: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(new SocketStream(socket));
    });
  });
}

/** Resolves when the handshake is done; rejects with what went wrong. */
export function connectedByTls(target: TlsTarget, files: ReloadingFiles): Promise<ByteStream> {
  return new Promise((resolve, reject) => {
    const socket = connectSecurely(target, files);
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      socket.off('error', reject);
      resolve(new SocketStream(socket));
    });
  });
}
