/** WebSockets by `ws`, on connections that the HTTP server gives away. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';

/** Left unsent, below which who waits may go on. */
const DRAINED_BYTES = 32_768;

/** The sub-protocol by which browsers send a token. */
const BEARER = 'Bearer';

export class NodeWebSocket {
  onMessage: ((bytes: Uint8Array) => void) | undefined;
  onClose: (() => void) | undefined;
  onDrain: (() => void) | undefined;
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (message: RawData) => {
      // Of the kinds there are, `nodebuffer`, the default, gives a buffer.
      const bytes = message as Buffer;
      this.onMessage?.(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length));
    });
    socket.on('close', () => this.onClose?.());
    // What is wrong with a frame ends the connection, which is told.
    socket.on('error', () => {});
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  send(text: string): void {
    this.#socket.send(text, () => {
      if (this.#socket.bufferedAmount <= DRAINED_BYTES) this.onDrain?.();
    });
  }

  close(): void {
    this.#socket.close(1000);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }
}

/** Answers handshakes. */
export class WebSocketAcceptor {
  readonly #server: WebSocketServer;

  /** `messageBytesMax`: who sends more in one message is sent away. */
  constructor(messageBytesMax: number) {
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: messageBytesMax,
      handleProtocols: (protocols) => (protocols.has(BEARER) ? BEARER : false),
    });
  }

  accept(request: IncomingMessage, socket: Socket, head: Buffer, use: (socket: NodeWebSocket) => void): void {
    this.#server.handleUpgrade(request, socket, head, (opened) => use(new NodeWebSocket(opened)));
  }
}
