/**
 * A Node.js socket (TCP, Unix or TLS) as a byte stream. Chunks become plain `Uint8Array` views of the same memory: the
 * pure code then sees one kind of array, which the compiler rewards.
 */
import type { Socket } from 'node:net';
import type { ByteStream, ByteStreamHandlers } from '../platform/index.js';

/** Until the owner has set its handlers nothing is read, and an early end is kept for it. */
const UNSET: ByteStreamHandlers = { onData: () => {}, onDrain: () => {}, onClose: () => {} };

/** How long a closed connection may take to send its last bytes to a peer that does not read. */
const LINGER_MS = 5000;

export class SocketStream implements ByteStream {
  readonly remoteAddress: string;
  readonly certifiedName: string | undefined;
  #handlers: ByteStreamHandlers = UNSET;
  readonly #socket: Socket;
  #closed = false;

  /** `head` is what was read from the socket already. */
  constructor(socket: Socket, head?: Uint8Array, certifiedName?: string) {
    this.#socket = socket;
    this.certifiedName = certifiedName;
    this.remoteAddress =
      socket.remoteAddress === undefined ? '@' : `${socket.remoteAddress}:${socket.remotePort ?? 0}`;
    socket.setNoDelay(true);
    const lost = (): void => this.#lost();
    socket.on('end', lost);
    socket.on('error', lost);
    socket.on('close', lost);
    if (head !== undefined && head.length > 0) socket.unshift(head);
  }

  get handlers(): ByteStreamHandlers {
    return this.#handlers;
  }

  set handlers(handlers: ByteStreamHandlers) {
    const first = this.#handlers === UNSET;
    this.#handlers = handlers;
    if (!first) return;
    if (this.#closed) setImmediate(() => this.#handlers.onClose());
    else this.#listen();
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength;
  }

  write(bytes: Uint8Array): boolean {
    return this.#socket.write(bytes);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    const socket = this.#socket;
    // The peer may never close its side: once what is queued has gone, ours is closed for both.
    socket.end(() => socket.destroySoon());
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #listen(): void {
    const socket = this.#socket;
    socket.on('data', (chunk: Buffer) => {
      this.#handlers.onData(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
    });
    socket.on('drain', () => this.#handlers.onDrain());
    socket.resume();
  }

  #lost(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#handlers.onClose();
    this.#socket.destroySoon();
  }
}
