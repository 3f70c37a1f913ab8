/**
 * The one output buffer of a connection. Frames are appended by whoever has something to say and leave together in one
 * `write`. The bytes given to `write` belong to the byte stream until it has sent them: the buffer is used again only
 * if the stream had nothing left afterwards, which is the usual case.
 */
import type { ByteStream } from '../../platform/index.js';
import type { Flushable, FlushQueue } from './flush-queue.js';
import {
  BACKLOG_BYTES_HIGH,
  BACKLOG_BYTES_STOP,
  FLUSH_BYTES,
  OUT_BYTES_INITIAL,
  OUT_BYTES_KEPT,
  OUT_BYTES_SHARED,
  OUT_SHARED_MAX,
} from './limits.js';

/** Buffers of `OUT_BYTES_SHARED` bytes that no connection uses. */
const sharedBuffers: Uint8Array[] = [];
/** Those, and those that connections have borrowed. */
let sharedCount = 0;

export class OutBuffer implements Flushable {
  /** Writers `reserve`, store at `len` and advance it. `reserve` may replace `buf`. */
  buf: Uint8Array;
  len = 0;
  /** The peer reads too slowly: message bytes should wait where they are. Ends with the stream's drain event. */
  congested = false;
  /** Called just before a flush writes: the last chance to append. */
  beforeFlush: (() => void) | undefined = undefined;
  readonly #stream: ByteStream;
  readonly #queue: FlushQueue;
  /** What it goes back to after a large write. */
  #own: Uint8Array;
  /** `buf` is one of those that go from connection to connection. */
  #isShared = false;
  /** Bytes of the last write: the next buffer is likely to need as many. */
  #lastBytes = 0;
  #scheduled = false;
  #paused = false;
  #closed = false;

  constructor(stream: ByteStream, queue: FlushQueue) {
    this.#own = new Uint8Array(OUT_BYTES_INITIAL);
    this.buf = this.#own;
    this.#stream = stream;
    this.#queue = queue;
  }

  /** Bytes that the system has not taken yet. */
  get backlogBytes(): number {
    return this.len + this.#stream.bufferedBytes;
  }

  reserve(count: number): void {
    if (!this.#scheduled) {
      this.#scheduled = true;
      this.#queue.add(this);
    }
    if (this.len + count > this.buf.length) this.#makeRoom(count);
  }

  flush(): void {
    this.beforeFlush?.();
    this.#scheduled = false;
    this.#write();
  }

  /** Flushes and closes the stream in order; nothing is written afterwards. */
  end(): void {
    if (this.#closed) return;
    this.#write();
    this.#closed = true;
    this.#stream.end();
  }

  /** The stream is gone or going: drops what there is. */
  close(): void {
    this.#closed = true;
    this.len = 0;
    this.#giveBack(this.buf, true);
  }

  drained(): void {
    this.congested = false;
    if (!this.#paused) return;
    this.#paused = false;
    this.#stream.resume();
  }

  #makeRoom(count: number): void {
    if (this.len >= FLUSH_BYTES) this.#write();
    const need = this.len + count;
    if (need <= this.buf.length) return;
    const { buf, len } = this;
    const wasShared = this.#isShared;
    const larger = this.#larger(need);
    if (len > 0) larger.set(buf.subarray(0, len));
    this.buf = larger;
    if (wasShared) sharedBuffers.push(buf);
  }

  #write(): void {
    if (this.#closed) this.len = 0;
    if (this.len === 0) {
      this.#giveBack(this.buf, true);
      return;
    }
    const stream = this.#stream;
    const sent = this.buf;
    const view = sent.subarray(0, this.len);
    this.#lastBytes = this.len;
    this.len = 0;
    stream.write(view);
    const buffered = stream.bufferedBytes;
    this.#giveBack(sent, buffered === 0);
    if (buffered <= BACKLOG_BYTES_HIGH) return;
    this.congested = true;
    // Acknowledgements and resets are still appended; a peer that provokes them without reading is not read either.
    if (buffered > BACKLOG_BYTES_STOP && !this.#paused) {
      this.#paused = true;
      stream.pause();
    }
  }

  /** Memory for `need` bytes. What exceeds its own is borrowed: a thousand connections with much to send send it one by one. */
  #larger(need: number): Uint8Array {
    this.#isShared = need <= OUT_BYTES_SHARED && (sharedBuffers.length > 0 || sharedCount < OUT_SHARED_MAX);
    if (this.#isShared) {
      const shared = sharedBuffers.pop();
      if (shared !== undefined) return shared;
      sharedCount++;
      return new Uint8Array(OUT_BYTES_SHARED);
    }
    let capacity = Math.max(this.buf.length * 2, this.#lastBytes);
    while (capacity < need) capacity *= 2;
    return new Uint8Array(capacity);
  }

  /** The stream has what was in `sent`; `isFree` if it has sent it as well. */
  #giveBack(sent: Uint8Array, isFree: boolean): void {
    if (sent === this.#own) {
      if (!isFree) this.#own = new Uint8Array(OUT_BYTES_INITIAL);
    } else if (this.#isShared) {
      if (isFree) sharedBuffers.push(sent);
      else sharedCount--;
    } else if (isFree && sent.length <= OUT_BYTES_KEPT) {
      this.#own = sent;
    }
    this.#isShared = false;
    this.buf = this.#own;
  }
}
