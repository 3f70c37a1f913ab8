/** Outgoing connections as byte streams. */
import { connect as connectSocket } from 'node:net';
import type { ByteStream } from '../platform/index.js';
import { SocketStream } from './socket-stream.js';

export type ConnectTarget = { readonly host: string; readonly port: number } | { readonly path: string };

/**
 * Connects at once: bytes written before the connection stands wait for it. A connection that cannot be made ends
 * with `onClose`, like one that is lost.
 */
export function connect(target: ConnectTarget): ByteStream {
  const socket = connectSocket({ ...target, noDelay: true });
  return new SocketStream(socket);
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
