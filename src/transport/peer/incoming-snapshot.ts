/**
 * One snapshot on its way in. Reading stops while the member writes a chunk, so a slow disk holds back the sender by
 * flow control; what has arrived meanwhile is bounded by the stream's window.
 */
import type { SnapshotMessage } from '../../raft/index.js';
import { encodeUtf8, MalformedError } from '../../stdx/index.js';
import type { StreamCall } from '../grpc/call.js';
import { Status } from '../grpc/status.js';
import type { PeerEnvironment } from './environment.js';
import type { Greeting } from './handshake.js';
import type { SnapshotWriter } from './ports.js';
import { readHead, SnapshotContent } from './snapshot-frames.js';

export interface IncomingSnapshotOwner {
  beginSnapshot(message: SnapshotMessage): SnapshotWriter | undefined;
  onEnd(snapshot: IncomingSnapshot, ok: boolean): void;
}

export class IncomingSnapshot {
  readonly from: bigint;
  /** On the clock of the environment. */
  readonly began: number;
  readonly #call: StreamCall;
  readonly #env: PeerEnvironment;
  readonly #owner: IncomingSnapshotOwner;
  readonly #content: SnapshotContent;
  #writer: SnapshotWriter | undefined;
  #isOver = false;

  constructor(call: StreamCall, greeting: Greeting, env: PeerEnvironment, owner: IncomingSnapshotOwner) {
    this.from = greeting.from;
    this.began = env.clock.now();
    this.#call = call;
    this.#env = env;
    this.#owner = owner;
    this.#content = new SnapshotContent(env.checksum);
    call.onMessage = (bytes, start, end) => this.#onMessage(bytes, start, end);
    // While the end is being worked on the stream is paused, so this comes only without one.
    call.onHalfClose = () => this.end(Status.DATA_LOSS, 'malformed snapshot: no end');
    call.onCancel = () => this.end(Status.CANCELLED, 'the sender is gone');
  }

  /** Ends it without success; the sender is told if it still listens. */
  end(code: number, reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#env.log.warn(`snapshot from ${this.from}`, 'failed to receive a snapshot', {
      'remote-peer-id': this.from,
      bytes: this.#content.length,
      error: reason,
    });
    this.#writer?.abort();
    this.#call.finish(code, reason);
    this.#owner.onEnd(this, false);
  }

  #onMessage(bytes: Uint8Array, start: number, end: number): void {
    if (this.#isOver) return;
    try {
      if (this.#writer === undefined) this.#begin(bytes, start, end);
      else this.#take(this.#writer, bytes, start, end);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      this.end(Status.DATA_LOSS, `malformed snapshot: ${error.message}`);
    }
  }

  #begin(bytes: Uint8Array, start: number, end: number): void {
    const ends = { from: this.from, to: this.#env.self.memberId };
    const message = readHead(ends, bytes, start, end, this.#env.checksum);
    this.#writer = this.#owner.beginSnapshot(message);
    if (this.#writer === undefined) {
      this.end(Status.UNAVAILABLE, 'the member cannot take a snapshot now');
      return;
    }
    const greeting = encodeUtf8(this.#env.self.version);
    this.#call.send(greeting, 0, greeting.length);
  }

  #take(writer: SnapshotWriter, bytes: Uint8Array, start: number, end: number): void {
    const chunk = this.#content.read(bytes, start, end);
    this.#call.pause();
    if (chunk === undefined) {
      writer.finish().then(
        () => this.#succeed(),
        (error: unknown) => this.end(Status.DATA_LOSS, `finishing the snapshot: ${String(error)}`),
      );
      return;
    }
    writer.write(chunk).then(
      () => this.#call.resume(),
      (error: unknown) => this.end(Status.ABORTED, `writing the snapshot: ${String(error)}`),
    );
  }

  #succeed(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#call.finish(Status.OK, '');
    this.#owner.onEnd(this, true);
  }
}
