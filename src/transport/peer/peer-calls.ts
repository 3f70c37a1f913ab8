/**
 * Questions to one peer that want an answer, as unary calls. They have a connection of their own, made when the first one
 * is asked: an answer may be long, and the lanes have other work. A call that fails, or is answered by somebody who is not
 * the peer, ends the connection: the next one tries another of the peer's URLs.
 */
import type { ByteStream } from '../../platform/index.js';
import { ClientConnection } from '../grpc/client-connection.js';
import { Status } from '../grpc/status.js';
import type { PeerEnvironment } from './environment.js';
import { greetingMetadata } from './handshake.js';
import { CALL_ANSWER_BYTES_MAX, CALL_TIMEOUT_FACTOR } from './limits.js';
import { authorityOf } from './outgoing-lane.js';

/** `bytes[start, end)` is the answer; undefined if there is none, whatever the reason. */
export type CallDone = (bytes: Uint8Array | undefined, start: number, end: number) => void;

interface Connected {
  readonly wire: ByteStream;
  readonly connection: ClientConnection;
}

export class PeerCalls {
  readonly #env: PeerEnvironment;
  readonly #urlsOf: (peer: bigint) => readonly string[];
  readonly #connections = new Map<bigint, Connected>();
  /** By peer: how many connections were given up since it last answered, so which URL is next. */
  readonly #attempts = new Map<bigint, number>();
  #stopped = false;

  /** `urlsOf` says where a peer may be, best first. */
  constructor(env: PeerEnvironment, urlsOf: (peer: bigint) => readonly string[]) {
    this.#env = env;
    this.#urlsOf = urlsOf;
  }

  /** `message` is copied before this returns; `done` is called once, later. */
  call(peer: bigint, path: string, message: Uint8Array, done: CallDone): void {
    const connected = this.#connectionTo(peer);
    if (connected === undefined) {
      this.#env.clock.defer(() => done(undefined, 0, 0));
      return;
    }
    const metadata = greetingMetadata(this.#env.self, peer, 'call', this.#env.nextStream());
    connected.connection.unary(
      path,
      message,
      metadata,
      (status, _text, answer, start, end) => {
        // That it does not lead is an answer. Whatever else fails may be the fault of who is at this URL.
        if (status === Status.OK || status === Status.ABORTED) this.#attempts.delete(peer);
        else this.#drop(peer, connected);
        if (status === Status.OK) done(answer, start, end);
        else done(undefined, 0, 0);
      },
      CALL_TIMEOUT_FACTOR * this.#env.electionMs,
    );
  }

  /** The peer is no member any more. */
  forget(peer: bigint): void {
    this.#attempts.delete(peer);
    const connected = this.#connections.get(peer);
    if (connected !== undefined) this.#drop(peer, connected);
  }

  stop(): void {
    this.#stopped = true;
    for (const { connection } of this.#connections.values()) connection.close();
    this.#connections.clear();
  }

  #connectionTo(peer: bigint): Connected | undefined {
    if (this.#stopped) return undefined;
    const known = this.#connections.get(peer);
    if (known?.connection.usable === true) return known;
    const urls = this.#urlsOf(peer);
    const url = urls[(this.#attempts.get(peer) ?? 0) % Math.max(1, urls.length)];
    const wire = url === undefined ? undefined : this.#env.connect(url);
    if (url === undefined || wire === undefined) {
      this.#attempts.set(peer, (this.#attempts.get(peer) ?? 0) + 1);
      return undefined;
    }
    const connection = new ClientConnection(wire, {
      clock: this.#env.clock,
      flushQueue: this.#env.flushQueue,
      authority: authorityOf(url),
      userAgent: `quoin/${this.#env.self.version}`,
      maxRecvMessageBytes: CALL_ANSWER_BYTES_MAX,
    });
    const connected = { wire, connection };
    this.#connections.set(peer, connected);
    return connected;
  }

  #drop(peer: bigint, connected: Connected): void {
    if (this.#connections.get(peer) !== connected) return;
    this.#connections.delete(peer);
    this.#attempts.set(peer, (this.#attempts.get(peer) ?? 0) + 1);
    connected.wire.destroy();
  }
}
