/**
 * Requests by HTTP/1.1 that are being answered. A shutdown waits for answers that are owed; who is told things without
 * an end (a watch) is hung up on, as is a connection that rests.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Nothing has been said yet, or everything but not all of it has gone. */
function isOwed(response: ServerResponse): boolean {
  return !response.headersSent || response.writableEnded;
}

export class OpenAnswers {
  /** Socket of each, which a response that waits behind another one does not have yet. */
  readonly #sockets = new Map<ServerResponse, Socket>();
  #onSettled: (() => void) | undefined;

  /** Of a server whose own handler comes first. */
  follow(server: Server): void {
    server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
      if (response.destroyed || response.writableFinished) return;
      this.#sockets.set(response, socket);
      response.once('close', () => {
        this.#sockets.delete(response);
        if (this.#onSettled !== undefined) this.#settle([socket]);
      });
    });
  }

  /** Hangs up on those to whom nothing is owed, now or as soon as they have their answer; resolves when that is all. */
  settled(sockets: Iterable<Socket>): Promise<void> {
    return new Promise((resolve) => {
      this.#onSettled = resolve;
      this.#settle(sockets);
    });
  }

  #settle(sockets: Iterable<Socket>): void {
    const owed = new Set<Socket>();
    for (const [response, socket] of this.#sockets) if (isOwed(response)) owed.add(socket);
    for (const socket of sockets) if (!owed.has(socket)) socket.destroySoon();
    if (owed.size === 0) this.#onSettled?.();
  }
}
