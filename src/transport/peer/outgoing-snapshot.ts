/**
 * One snapshot on its way to a peer, on a connection of its own. The body is read only once the peer has said that it
 * takes it, and no faster than the peer takes it; the peer ends the stream with OK when it has the whole. Whatever goes
 * wrong, or goes on no more, ends the transfer: it begins anew, from the beginning, when raft asks again.
 */
import type { ByteStream, Clock, Timer } from '../../platform/index.js';
import type { SnapshotMessage } from '../../raft/index.js';
import { ByteWriter } from '../../stdx/index.js';
import type { ClientStream } from '../grpc/client-call.js';
import { ClientConnection } from '../grpc/client-connection.js';
import { Status } from '../grpc/status.js';
import type { PeerEnvironment } from './environment.js';
import { greetingMetadata, SNAPSHOT_PATH } from './handshake.js';
import {
  BULK_SILENCE_FACTOR,
  SNAPSHOT_CHUNK_BYTES,
  SNAPSHOT_FINISH_MS,
  SNAPSHOT_STALL_FACTOR,
} from './limits.js';
import { authorityOf } from './outgoing-lane.js';
import type { SnapshotReader } from './ports.js';
import { SnapshotContent, writeHead } from './snapshot-frames.js';

export class OutgoingSnapshot {
  readonly peer: bigint;
  readonly #body: SnapshotReader;
  readonly #onEnd: (ok: boolean, reason: string) => void;
  readonly #content: SnapshotContent;
  readonly #out = new ByteWriter(SNAPSHOT_CHUNK_BYTES + 64);
  readonly #wire: ByteStream;
  readonly #stream: ClientStream;
  readonly #clock: Clock;
  readonly #electionMs: number;
  /** Until the peer has answered, of that; afterwards, of the next look at how far it is. */
  #timer: Timer;
  #sentBytes = 0;
  /** How much of that had left when it was last seen to be more than before, and when that was. */
  #leftBytes = 0;
  #leftAt = 0;
  #isTaken = false;
  #isSent = false;
  #isOver = false;
  #onDrain: (() => void) | undefined;

  /** `onEnd` is called once, never before the constructor has returned. */
  constructor(
    message: SnapshotMessage,
    body: SnapshotReader,
    wire: ByteStream,
    url: string,
    env: PeerEnvironment,
    onEnd: (ok: boolean, reason: string) => void,
  ) {
    this.peer = message.to;
    this.#body = body;
    this.#onEnd = onEnd;
    this.#content = new SnapshotContent(env.checksum);
    this.#wire = wire;
    const { electionMs } = env;
    this.#clock = env.clock;
    this.#electionMs = electionMs;
    const connection = new ClientConnection(wire, {
      clock: env.clock,
      flushQueue: env.flushQueue,
      authority: authorityOf(url),
      userAgent: `quoin/${env.self.version}`,
      keepalive: { intervalMs: electionMs, timeoutMs: BULK_SILENCE_FACTOR * electionMs },
    });
    const stream = connection.stream(
      SNAPSHOT_PATH,
      greetingMetadata(env.self, message.to, 'snapshot', env.nextStream()),
    );
    this.#stream = stream;
    stream.onMessage = () => this.#taken();
    stream.onDrain = () => this.#resumeSending();
    stream.onStatus = (code, text) => this.#finish(code === Status.OK && this.#isSent, text);
    this.#timer = env.clock.setTimer(2 * electionMs, () => this.#finish(false, 'no answer in time'));
    writeHead(this.#out, message, env.checksum);
    this.#flush();
  }

  /** Gives it up. */
  cancel(reason: string): void {
    this.#finish(false, reason);
  }

  #taken(): void {
    if (this.#isTaken || this.#isOver) return;
    this.#isTaken = true;
    this.#timer.cancel();
    this.#leftAt = this.#clock.now();
    this.#look();
    this.#sendBody().catch((error: unknown) => this.#finish(false, `reading the snapshot: ${String(error)}`));
  }

  async #sendBody(): Promise<void> {
    for (;;) {
      const chunk = await this.#body.next();
      if (this.#isOver) return;
      if (chunk === undefined) break;
      for (let at = 0; at < chunk.length; at += SNAPSHOT_CHUNK_BYTES) {
        this.#content.writeChunk(this.#out, chunk, at, Math.min(chunk.length, at + SNAPSHOT_CHUNK_BYTES));
        if (this.#flush()) continue;
        await this.#drained();
        if (this.#isOver) return;
      }
    }
    this.#content.writeEnd(this.#out);
    this.#flush();
    this.#isSent = true;
    this.#stream.halfClose();
  }

  /** Looks, now and then, whether the peer still takes what it is sent. */
  #look(): void {
    const heldBytes = this.#stream.bufferedBytes + this.#wire.bufferedBytes;
    const leftBytes = this.#sentBytes - heldBytes;
    const now = this.#clock.now();
    // While nothing is held, it is us it waits for.
    if (leftBytes > this.#leftBytes || (heldBytes === 0 && !this.#isSent)) {
      this.#leftBytes = leftBytes;
      this.#leftAt = now;
    }
    const stallMs = SNAPSHOT_STALL_FACTOR * this.#electionMs;
    if (now - this.#leftAt >= (heldBytes > 0 ? stallMs : SNAPSHOT_FINISH_MS)) {
      this.#finish(false, 'the peer takes nothing any more');
      return;
    }
    this.#timer = this.#clock.setTimer(this.#electionMs, () => this.#look());
  }

  #flush(): boolean {
    this.#sentBytes += this.#out.len;
    const more = this.#stream.send(this.#out.buf, 0, this.#out.len);
    this.#out.reset();
    return more;
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#onDrain = resolve;
    });
  }

  #resumeSending(): void {
    const resume = this.#onDrain;
    this.#onDrain = undefined;
    resume?.();
  }

  #finish(ok: boolean, reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#timer.cancel();
    this.#body.close();
    this.#wire.destroy();
    // The loop above sees that it is over.
    this.#resumeSending();
    this.#onEnd(ok, reason);
  }
}
