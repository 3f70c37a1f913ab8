/** Two byte streams joined in memory. Bytes move when the test says so, in pieces of the test's choosing. */
import type { ByteStream, ByteStreamHandlers } from '../../platform/index.js';
import { concatBytes, copyOf } from '../../stdx/index.js';

const UNSET: ByteStreamHandlers = { onData: () => {}, onDrain: () => {}, onClose: () => {} };

/** Like Node.js: `write` says false from here on. */
const HIGH_WATER_BYTES = 16_384;

export class MemoryStream implements ByteStream {
  readonly remoteAddress = 'memory';
  handlers: ByteStreamHandlers = UNSET;
  bufferedBytes = 0;
  /** The reader has stopped reading, or does not exist. */
  paused = false;
  /** This end is closed. */
  closed = false;
  #ending = false;
  #needDrain = false;
  #outgoing: Uint8Array[] = [];
  #peer: MemoryStream | undefined;

  static pair(): [MemoryStream, MemoryStream] {
    const a = new MemoryStream();
    const b = new MemoryStream();
    a.#peer = b;
    b.#peer = a;
    return [a, b];
  }

  write(bytes: Uint8Array): boolean {
    if (this.closed || this.#ending) return false;
    this.#outgoing.push(copyOf(bytes));
    this.bufferedBytes += bytes.length;
    if (this.bufferedBytes < HIGH_WATER_BYTES) return true;
    this.#needDrain = true;
    return false;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  end(): void {
    this.#ending = true;
  }

  destroy(): void {
    this.#outgoing = [];
    this.bufferedBytes = 0;
    this.#close();
    if (this.#peer !== undefined) this.#peer.#close();
  }

  /** What was written and not delivered yet, taken away. */
  take(): Uint8Array {
    const bytes = concatBytes(this.#outgoing);
    this.#outgoing = [];
    this.bufferedBytes = 0;
    this.#drain();
    return bytes;
  }

  /** Delivers what was written to the other end, cut by `cut` (bytes of the next piece). False if nothing moved. */
  deliver(cut?: (length: number) => number): boolean {
    const peer = this.#peer;
    if (this.closed || peer === undefined || peer.paused) return false;
    const moved = this.bufferedBytes > 0;
    let bytes = moved ? this.take() : new Uint8Array(0);
    while (bytes.length > 0 && !peer.closed) {
      const n = cut === undefined ? bytes.length : Math.max(1, cut(bytes.length));
      peer.handlers.onData(copyOf(bytes, 0, Math.min(n, bytes.length)));
      bytes = bytes.subarray(Math.min(n, bytes.length));
    }
    if (!this.#ending || this.bufferedBytes > 0) return moved;
    peer.#close();
    this.#close();
    return true;
  }

  #drain(): void {
    if (!this.#needDrain) return;
    this.#needDrain = false;
    if (!this.closed) this.handlers.onDrain();
  }

  #close(): void {
    if (this.closed) return;
    this.closed = true;
    this.handlers.onClose();
  }
}

/** Moves bytes and runs deferred work until nothing happens any more. */
export function settle(
  ends: readonly [MemoryStream, MemoryStream],
  clock: { runDeferred(): boolean },
  cut?: (length: number) => number,
): void {
  for (let idle = 0; idle < 2; ) {
    let moved = clock.runDeferred();
    for (const end of ends) if (end.deliver(cut)) moved = true;
    idle = moved ? 0 : idle + 1;
  }
}
