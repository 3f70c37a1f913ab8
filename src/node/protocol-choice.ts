/**
 * Tells HTTP/2 from HTTP/1.1. The first bytes say it: a connection that begins with the HTTP/2 preface (RFC 9113,
 * section 3.4) is HTTP/2, everything else is left to an HTTP/1.1 server, which is given the socket as if it had accepted
 * it itself.
 */
import type { Socket } from 'node:net';
import type { ByteStream } from '../platform/index.js';
import { rememberCertifiedName } from './certified-socket.js';
import { SocketStream } from './socket-stream.js';

export interface ConnectionHandlers {
  onHttp2(stream: ByteStream): void;
  /** `server.emit('connection', socket)` of a `node:http` server; what was read is back in the socket. */
  onHttp1(socket: Socket): void;
}

/** Enough to tell: no HTTP/1.1 request line begins with `PRI * `. */
const PREFACE_START = Buffer.from('PRI * HTTP/2.0');

/** A connection that says nothing for so long is dropped. */
const FIRST_BYTES_TIMEOUT_MS = 60_000;

/**
 * Waits for the first bytes and hands the socket over. `onDecided` is called once: it is one or the other, or gone.
 * `certifiedName` is whose certificate the other side has shown, if that counts.
 */
export function chooseProtocol(
  socket: Socket,
  handlers: ConnectionHandlers,
  onDecided: () => void,
  certifiedName?: string,
): void {
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
      handlers.onHttp2(new SocketStream(socket, head, certifiedName));
    } else {
      if (certifiedName !== undefined) rememberCertifiedName(socket, certifiedName);
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
