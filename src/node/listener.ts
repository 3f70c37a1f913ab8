/**
 * One listening address for HTTP/2 and HTTP/1.1 in plain text. The first bytes tell: a connection that begins with the
 * HTTP/2 preface (RFC 9113, section 3.4) is HTTP/2, everything else is left to an HTTP/1.1 server, which is given the
 * socket as if it had accepted it itself.
 */
import { createServer, type Server, type Socket } from 'node:net';
import type { ByteStream } from '../platform/index.js';
import { SocketStream } from './socket-stream.js';

export type ListenTarget = { readonly host: string; readonly port: number } | { readonly path: string };

export interface ListenHandlers {
  onHttp2(stream: ByteStream): void;
  /** `server.emit('connection', socket)` of a `node:http` server; what was read is back in the socket. */
  onHttp1(socket: Socket): void;
}

export interface Listener {
  /** The port in use (0 for a Unix socket). */
  readonly port: number;
  /** Stops accepting; connections go on, but for those that have not said yet what they are. */
  close(): Promise<void>;
}

/** Enough to tell: no HTTP/1.1 request line begins with `PRI * `. */
const PREFACE_START = Buffer.from('PRI * HTTP/2.0');

/** A connection that says nothing for so long is dropped. */
const FIRST_BYTES_TIMEOUT_MS = 60_000;

const BACKLOG_CONNECTIONS = 4096;

export async function listenClient(target: ListenTarget, handlers: ListenHandlers): Promise<Listener> {
  const undecided = new Set<Socket>();
  const server = createServer({ noDelay: true, pauseOnConnect: false }, (socket) => {
    undecided.add(socket);
    sniff(socket, handlers, () => undecided.delete(socket));
  });
  await listening(server, target);
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close: () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of undecided) socket.destroy();
      return closed;
    },
  };
}

function listening(server: Server, target: ListenTarget): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ ...target, backlog: BACKLOG_CONNECTIONS }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** `onDecided` is called once: it is one or the other, or gone. */
function sniff(socket: Socket, handlers: ListenHandlers, onDecided: () => void): void {
  let head: Buffer = Buffer.alloc(0);
  const giveUp = (): void => {
    socket.destroy();
  };
  const onData = (chunk: Buffer): void => {
    head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
    const known = Math.min(head.length, PREFACE_START.length);
    const isHttp2 = head.compare(PREFACE_START, 0, known, 0, known) === 0;
    if (isHttp2 && known < PREFACE_START.length) return;
    onDecided();
    socket.off('data', onData);
    socket.off('end', giveUp);
    socket.setTimeout(0, giveUp);
    socket.off('timeout', giveUp);
    socket.pause();
    if (isHttp2) {
      handlers.onHttp2(new SocketStream(socket, head));
    } else {
      socket.unshift(head);
      // Left paused: who takes it resumes it.
      handlers.onHttp1(socket);
    }
  };
  socket.setTimeout(FIRST_BYTES_TIMEOUT_MS, giveUp);
  // Stays: an error of a socket that nobody listens to would end the process.
  socket.on('error', giveUp);
  socket.on('end', giveUp);
  socket.once('close', onDecided);
  socket.on('data', onData);
}
