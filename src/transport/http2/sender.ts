/**
 * The sending half of a connection: frames into the output buffer, messages within both flow-control windows
 * (RFC 9113, section 5.2).
 *
 * A message goes straight to the output buffer as far as both windows allow and no other waits; the rest waits in its
 * stream's queue. Streams that could send are served in turn, one frame each, when the connection's window opens or
 * the peer has read. A stream whose own window is shut is in no list: its WINDOW_UPDATE brings it back, so a peer that
 * opens many streams and no window costs no time.
 */
import type { ByteWriter } from '../../stdx/index.js';
import { copyBytes } from '../../stdx/index.js';
import { Flag, FRAME_HEADER_BYTES, FrameType, putFrameHeader, putUint32 } from './frame.js';
import { FLUSH_BYTES, STREAM_QUEUE_BYTES_LOW, WINDOW_BYTES_DEFAULT } from './limits.js';
import type { OutBuffer } from './out-buffer.js';
import { SendQueue } from './send-queue.js';
import type { Http2Stream } from './stream.js';

/** Compressed-flag and length in front of each gRPC message. */
export const MESSAGE_PREFIX_BYTES = 5;

export class Sender {
  readonly out: OutBuffer;
  /** Bytes we may still send on the connection. */
  window = WINDOW_BYTES_DEFAULT;
  /** The peer's SETTINGS_MAX_FRAME_SIZE. */
  frameBytesMax = 16_384;
  /** All streams' queues together. */
  queuedBytes = 0;
  /** HEADERS or DATA were sent; the ping policy clears it. */
  active = false;
  readonly #sendable = new Set<Http2Stream>();
  readonly #prefix = new Uint8Array(MESSAGE_PREFIX_BYTES);
  #pumping = false;

  constructor(out: OutBuffer) {
    this.out = out;
  }

  get unsentBytes(): number {
    return this.queuedBytes + this.out.backlogBytes;
  }

  /** Whether `count` bytes of DATA can go as one frame at once. */
  fits(stream: Http2Stream, count: number): boolean {
    return (
      count <= this.frameBytesMax &&
      count <= this.window &&
      count <= stream.sendWindow &&
      stream.queuedBytes === 0 &&
      !this.out.congested
    );
  }

  /** A header block, in as many frames as it takes. */
  headers(streamId: number, block: Uint8Array, length: number, endStream: boolean): void {
    const out = this.out;
    this.active = true;
    let start = 0;
    let type: number = FrameType.HEADERS;
    let flags: number = endStream ? Flag.END_STREAM : 0;
    for (;;) {
      const n = Math.min(length - start, this.frameBytesMax);
      if (start + n === length) flags |= Flag.END_HEADERS;
      out.reserve(FRAME_HEADER_BYTES + n);
      const at = putFrameHeader(out.buf, out.len, n, type, flags, streamId);
      copyBytes(out.buf, at, block, start, start + n);
      out.len = at + n;
      start += n;
      if (start === length) return;
      type = FrameType.CONTINUATION;
      flags = 0;
    }
  }

  /** {@link headers} of what a writer holds. */
  headersFrom(streamId: number, block: ByteWriter, endStream: boolean): void {
    this.headers(streamId, block.buf, block.len, endStream);
  }

  /** One uncompressed gRPC message with its prefix. `endStream` goes on its last frame. */
  message(stream: Http2Stream, message: Uint8Array, start: number, end: number, endStream: boolean): void {
    const count = MESSAGE_PREFIX_BYTES + end - start;
    if (!this.fits(stream, count)) {
      this.#sendLong(stream, message, start, end, endStream);
      return;
    }
    const out = this.out;
    out.reserve(FRAME_HEADER_BYTES + count);
    const flags = endStream ? Flag.END_STREAM : 0;
    const at = putFrameHeader(out.buf, out.len, count, FrameType.DATA, flags, stream.id);
    out.len = putMessage(out.buf, at, message, start, end);
    this.window -= count;
    stream.sendWindow -= count;
    this.active = true;
    if (endStream) stream.localClosed = true;
  }

  /** DATA as it is, without the prefix of a message. */
  data(stream: Http2Stream, bytes: Uint8Array): void {
    stream.queue ??= new SendQueue();
    stream.queue.push(bytes, 0, bytes.length);
    this.queuedBytes += bytes.length;
    this.streamOpened(stream);
  }

  /** An empty DATA frame with END_STREAM. */
  endStream(stream: Http2Stream): void {
    this.out.reserve(FRAME_HEADER_BYTES);
    this.out.len = putFrameHeader(this.out.buf, this.out.len, 0, FrameType.DATA, Flag.END_STREAM, stream.id);
    stream.localClosed = true;
    this.active = true;
  }

  resetStream(streamId: number, errorCode: number): void {
    this.#frame32(FrameType.RST_STREAM, streamId, errorCode);
  }

  windowUpdate(streamId: number, increment: number): void {
    this.#frame32(FrameType.WINDOW_UPDATE, streamId, increment);
  }

  /** Whether a sender of many messages should wait for `drained`. */
  shouldWait(stream: Http2Stream): boolean {
    if (stream.queuedBytes < stream.queueBytesHigh) return false;
    stream.wantsDrain = true;
    return true;
  }

  /** The stream's window opened: its queue may move. */
  streamOpened(stream: Http2Stream): void {
    if (stream.queuedBytes === 0 || stream.sendWindow <= 0) return;
    this.#sendable.add(stream);
    this.pump();
  }

  /** Forgets what is queued for a stream that is over. */
  drop(stream: Http2Stream): void {
    if (stream.queue === undefined) return;
    this.queuedBytes -= stream.queue.bytes;
    stream.queue.clear();
    stream.queue = undefined;
    this.#sendable.delete(stream);
  }

  /** Sends what windows and peer allow, one frame a stream in turn. */
  pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      this.#serve();
    } finally {
      this.#pumping = false;
    }
  }

  #serve(): void {
    // A stream that has more to send moves to the set's end, where this same iteration finds it again.
    for (const stream of this.#sendable) {
      if (this.window <= 0 || this.out.congested) return;
      this.#sendable.delete(stream);
      const queue = stream.queue;
      if (queue === undefined || stream.sendWindow <= 0) continue;
      this.#queuedFrame(stream, queue);
      if (queue.bytes === 0) stream.queue = undefined;
      else if (stream.sendWindow > 0) this.#sendable.add(stream);
      if (stream.queue === undefined && stream.endPending) stream.writeEnd();
      if (stream.wantsDrain && queue.bytes <= STREAM_QUEUE_BYTES_LOW) {
        stream.wantsDrain = false;
        stream.drained();
      }
    }
  }

  #queuedFrame(stream: Http2Stream, queue: SendQueue): void {
    const out = this.out;
    const n = Math.min(queue.bytes, stream.sendWindow, this.window, this.frameBytesMax);
    out.reserve(FRAME_HEADER_BYTES + n);
    const at = putFrameHeader(out.buf, out.len, n, FrameType.DATA, 0, stream.id);
    queue.shift(out.buf, at, n);
    out.len = at + n;
    this.window -= n;
    stream.sendWindow -= n;
    this.queuedBytes -= n;
    this.active = true;
  }

  /** In as many frames as can go at once, if nobody waits before it; the rest waits in the stream's queue. */
  #sendLong(stream: Http2Stream, message: Uint8Array, start: number, end: number, endStream: boolean): void {
    const prefix = this.#prefix;
    putUint32(prefix, 1, end - start);
    let prefixBytes = MESSAGE_PREFIX_BYTES;
    let at = start;
    if (stream.queuedBytes === 0 && this.#sendable.size === 0) {
      for (let count = this.#sendableBytes(stream, prefixBytes + end - at); count >= prefixBytes; ) {
        if (count <= 0 || this.out.congested) break;
        const n = Math.min(count, this.frameBytesMax);
        const isLast = n === prefixBytes + end - at;
        this.#messageFrame(stream, n, isLast && endStream, prefixBytes, message, at);
        if (isLast) return;
        at += n - prefixBytes;
        prefixBytes = 0;
        count -= n;
      }
    }
    stream.queue ??= new SendQueue();
    stream.queue.push(prefix, 0, prefixBytes, end - at);
    stream.queue.push(message, at, end);
    this.queuedBytes += prefixBytes + end - at;
    if (endStream) stream.endPending = true;
    this.streamOpened(stream);
  }

  /** Of `wanted` bytes, those that both windows allow. Makes room for as many of them as leave in one write. */
  #sendableBytes(stream: Http2Stream, wanted: number): number {
    const count = Math.min(wanted, stream.sendWindow, this.window);
    if (count > 0) {
      const inOneWrite = Math.min(count, FLUSH_BYTES);
      this.out.reserve(inOneWrite + FRAME_HEADER_BYTES * Math.ceil(inOneWrite / this.frameBytesMax));
    }
    return count;
  }

  /** A frame of `count` bytes: the first `prefixBytes` of the prefix, then the message from `at` on. */
  #messageFrame(
    stream: Http2Stream,
    count: number,
    endStream: boolean,
    prefixBytes: number,
    message: Uint8Array,
    at: number,
  ): void {
    const out = this.out;
    out.reserve(FRAME_HEADER_BYTES + count);
    const flags = endStream ? Flag.END_STREAM : 0;
    const head = putFrameHeader(out.buf, out.len, count, FrameType.DATA, flags, stream.id);
    copyBytes(out.buf, head, this.#prefix, 0, prefixBytes);
    copyBytes(out.buf, head + prefixBytes, message, at, at + count - prefixBytes);
    out.len = head + count;
    this.window -= count;
    stream.sendWindow -= count;
    this.active = true;
    if (endStream) stream.localClosed = true;
  }

  #frame32(type: number, streamId: number, value: number): void {
    const out = this.out;
    out.reserve(FRAME_HEADER_BYTES + 4);
    const at = putFrameHeader(out.buf, out.len, 4, type, 0, streamId);
    out.len = putUint32(out.buf, at, value);
  }
}

/** Prefix and message; returns the position after them. */
export function putMessage(
  buf: Uint8Array,
  at: number,
  message: Uint8Array,
  start: number,
  end: number,
): number {
  buf[at] = 0;
  at = putUint32(buf, at + 1, end - start);
  copyBytes(buf, at, message, start, end);
  return at + end - start;
}
