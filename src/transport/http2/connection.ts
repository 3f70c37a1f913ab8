/**
 * One end of an HTTP/2 connection (RFC 9113), server or client, over a byte stream: reads frames, keeps streams,
 * windows and HPACK tables, answers SETTINGS and PING, and ends with the right GOAWAY. What the streams mean is the
 * host's business.
 *
 * Nothing waits in here: a chunk is parsed to its end in one call, whole header blocks and DATA payloads are handed to
 * the host as they come, and what the host sends is collected in one buffer and written once a turn. A stream just
 * opened is not put in the map until the next one comes: most calls are answered before that and never enter it.
 */
import type { ByteStream, Clock } from '../../platform/index.js';
import { ByteWriter, encodeUtf8, equalBytes } from '../../stdx/index.js';
import { BlockCache } from './block-cache.js';
import type { FlushQueue } from './flush-queue.js';
import {
  ErrorCode,
  Flag,
  FRAME_HEADER_BYTES,
  FrameType,
  PREFACE,
  putFrameHeader,
  putUint32,
  readUint31,
  readUint32,
} from './frame.js';
import { FrameReader, type FrameSink } from './frame-reader.js';
import { HpackDecoder } from './hpack-decoder.js';
import { HpackEncoder } from './hpack-encoder.js';
import type { HeaderField } from './hpack-table.js';
import * as limits from './limits.js';
import { OutBuffer } from './out-buffer.js';
import type { PingPolicy } from './ping-policy.js';
import { RateLimit } from './rate-limit.js';
import { Sender } from './sender.js';
import { defaultSettings, openingFrames, type PeerSettings, type Role, readSettings } from './settings.js';
import type { Http2Stream } from './stream.js';

/** What the connection tells its owner. `H` is the owner's reading of a header list. */
export interface ConnectionHost<S extends Http2Stream, H> {
  /** Interprets a list; the result is remembered for equal blocks, so it must not depend on anything else. */
  parseHead(fields: readonly HeaderField[], overflowed: boolean): H;
  /** A header block: of a new stream (server, `stream` undefined) or of a known one. */
  onHead(streamId: number, stream: S | undefined, head: H, endStream: boolean): void;
  onData(stream: S, buf: Uint8Array, start: number, end: number, endStream: boolean): void;
  /** The stream was reset, by the peer or for an error of the peer; it is gone. */
  onReset(stream: S, errorCode: number): void;
  /** Unsent bytes have become fewer. */
  onRoom(): void;
  onSettings(settings: PeerSettings): void;
  onGoAway(lastStreamId: number, errorCode: number, text: string): void;
  /** The acknowledgement of a ping of ours. */
  onPong(payload: number): void;
  /** The connection is over; its streams are still listed. */
  onClosed(reason: string): void;
}

export interface ConnectionOptions {
  readonly role: Role;
  readonly clock: Clock;
  readonly flushQueue: FlushQueue;
  readonly maxConcurrentStreams: number;
  readonly pingPolicy: PingPolicy | undefined;
}

export class Http2Connection<S extends Http2Stream, H> implements FrameSink {
  readonly sender: Sender;
  readonly encoder = new HpackEncoder();
  readonly peer: PeerSettings = defaultSettings();
  closed = false;
  /** Set with every chunk; the keepalive looks at it. */
  onHeard: (() => void) | undefined = undefined;
  /** The highest stream id the peer has opened. */
  lastStreamId = 0;
  /** Streams above it are not served any more (after our GOAWAY). */
  #acceptMax = limits.WINDOW_BYTES_LIMIT;
  readonly #stream: ByteStream;
  readonly #host: ConnectionHost<S, H>;
  readonly #options: ConnectionOptions;
  readonly #decoder = new HpackDecoder();
  readonly #blocks = new BlockCache<H>();
  readonly #reader: FrameReader;
  readonly #streams = new Map<number, S>();
  #fresh: S | undefined;
  #prefaceLeft: number;
  #settingsSeen = false;
  #recvWindow = limits.CONNECTION_WINDOW_BYTES;
  #consumed = 0;
  #blockStreamId = 0;
  #blockEndStream = false;
  #blockFrames = 0;
  readonly #block = new ByteWriter(64);
  readonly #resetByUs = new Set<number>();
  readonly #resets: RateLimit;
  readonly #settingsFrames: RateLimit;
  readonly #pings: RateLimit;
  readonly #idleFrames: RateLimit;

  constructor(stream: ByteStream, host: ConnectionHost<S, H>, options: ConnectionOptions) {
    this.#stream = stream;
    this.#host = host;
    this.#options = options;
    const clock = options.clock;
    this.#resets = new RateLimit(clock, limits.RESET_BURST, limits.RESETS_PER_SECOND);
    this.#settingsFrames = new RateLimit(clock, limits.SETTINGS_BURST, limits.SETTINGS_PER_SECOND);
    this.#pings = new RateLimit(clock, limits.PING_BURST, limits.PINGS_PER_SECOND);
    this.#idleFrames = new RateLimit(clock, limits.IDLE_FRAME_BURST, limits.IDLE_FRAMES_PER_SECOND);
    this.sender = new Sender(new OutBuffer(stream, options.flushQueue));
    this.#reader = new FrameReader(this);
    this.#prefaceLeft = options.role === 'server' ? PREFACE.length : 0;
    stream.handlers = {
      onData: (bytes) => this.#receive(bytes),
      onDrain: () => this.#drained(),
      onClose: () => this.#lost('connection closed'),
    };
    if (options.role === 'client') this.#raw(PREFACE);
    this.#raw(openingFrames(options.role, options.maxConcurrentStreams));
  }

  get remoteAddress(): string {
    return this.#stream.remoteAddress;
  }

  get streamCount(): number {
    return this.#streams.size + (this.#fresh === undefined ? 0 : 1);
  }

  // --- streams ---------------------------------------------------------------------------------------------------

  addStream(stream: S): void {
    if (this.#fresh !== undefined) this.#streams.set(this.#fresh.id, this.#fresh);
    this.#fresh = stream;
  }

  find(id: number): S | undefined {
    const fresh = this.#fresh;
    if (fresh !== undefined && fresh.id === id) return fresh;
    return this.#streams.get(id);
  }

  /** All streams, in order of opening. */
  streams(): S[] {
    const all = [...this.#streams.values()];
    if (this.#fresh !== undefined) all.push(this.#fresh);
    return all;
  }

  /** The stream is over for both sides. */
  remove(stream: S): void {
    if (stream.gone) return;
    stream.gone = true;
    if (this.#fresh === stream) this.#fresh = undefined;
    else this.#streams.delete(stream.id);
    this.sender.drop(stream);
  }

  /** Sends RST_STREAM and forgets the stream; frames still on their way are ignored. */
  reset(stream: S, errorCode: number): void {
    if (stream.gone) return;
    this.remove(stream);
    this.refuse(stream.id, errorCode);
  }

  /** RST_STREAM for a stream that was never opened here. */
  refuse(streamId: number, errorCode: number): void {
    if (this.#resetByUs.size >= limits.RESET_STREAMS_REMEMBERED) {
      for (const oldest of this.#resetByUs) {
        this.#resetByUs.delete(oldest);
        break;
      }
    }
    this.#resetByUs.add(streamId);
    this.sender.resetStream(streamId, errorCode);
  }

  // --- receive windows -------------------------------------------------------------------------------------------

  /** Bytes of a stream have been consumed: the peer may send as many more. */
  consume(stream: S, count: number): void {
    stream.recvConsumed += count;
    if (stream.recvConsumed < limits.STREAM_WINDOW_BYTES / 2 || stream.remoteClosed || stream.gone) return;
    stream.recvWindow += stream.recvConsumed;
    this.sender.windowUpdate(stream.id, stream.recvConsumed);
    stream.recvConsumed = 0;
  }

  /** Keeps back (or with a negative count gives back) credit that receiving DATA has earned on the connection. */
  withhold(count: number): void {
    this.#consumed -= count;
    this.#credit();
  }

  #credit(): void {
    if (this.#consumed < limits.CONNECTION_WINDOW_BYTES / 2) return;
    this.#recvWindow += this.#consumed;
    this.sender.windowUpdate(0, this.#consumed);
    this.#consumed = 0;
  }

  // --- ends ------------------------------------------------------------------------------------------------------

  /** GOAWAY: streams above `acceptMax` are ignored from now on. */
  sendGoAway(acceptMax: number, errorCode: number, text: string): void {
    this.#acceptMax = Math.min(this.#acceptMax, acceptMax);
    const debug = encodeUtf8(text);
    const out = this.sender.out;
    out.reserve(FRAME_HEADER_BYTES + 8 + debug.length);
    let at = putFrameHeader(out.buf, out.len, 8 + debug.length, FrameType.GOAWAY, 0, 0);
    at = putUint32(out.buf, at, acceptMax);
    at = putUint32(out.buf, at, errorCode);
    out.buf.set(debug, at);
    out.len = at + debug.length;
  }

  sendPing(payload: number): void {
    this.#ping(0, payload, 0);
  }

  /** A connection error: GOAWAY with the code, then the end. */
  fail(errorCode: number, text: string): void {
    if (this.closed) return;
    this.sendGoAway(this.lastStreamId, errorCode, text);
    this.end(text);
  }

  /** Sends what is there and closes. */
  end(reason: string): void {
    if (this.closed) return;
    this.closed = true;
    this.#reader.stop();
    this.sender.out.end();
    this.#over(reason);
  }

  /** Closes at once. */
  destroy(reason: string): void {
    if (this.closed) return;
    this.closed = true;
    this.#reader.stop();
    this.sender.out.close();
    this.#stream.destroy();
    this.#over(reason);
  }

  #lost(reason: string): void {
    if (this.closed) return;
    this.closed = true;
    this.#reader.stop();
    this.sender.out.close();
    this.#over(reason);
  }

  #over(reason: string): void {
    this.#host.onClosed(reason);
    this.#streams.clear();
    this.#fresh = undefined;
  }

  // --- reading ---------------------------------------------------------------------------------------------------

  #receive(bytes: Uint8Array): void {
    if (this.closed) return;
    this.onHeard?.();
    let from = 0;
    if (this.#prefaceLeft > 0) {
      from = Math.min(this.#prefaceLeft, bytes.length);
      const offset = PREFACE.length - this.#prefaceLeft;
      if (!equalBytes(bytes.subarray(0, from), PREFACE.subarray(offset, offset + from))) {
        this.fail(ErrorCode.PROTOCOL_ERROR, 'bad connection preface');
        return;
      }
      this.#prefaceLeft -= from;
    }
    this.#reader.read(bytes, from);
  }

  #drained(): void {
    if (this.closed) return;
    this.sender.out.drained();
    this.sender.pump();
    this.#host.onRoom();
  }

  onOversizedFrame(): void {
    this.fail(ErrorCode.FRAME_SIZE_ERROR, 'frame too large');
  }

  onFrame(type: number, flags: number, id: number, buf: Uint8Array, start: number, end: number): boolean {
    if (this.#blockStreamId !== 0 && (type !== FrameType.CONTINUATION || id !== this.#blockStreamId)) {
      this.fail(ErrorCode.PROTOCOL_ERROR, 'header block interrupted');
      return false;
    }
    if (!this.#settingsSeen) {
      if (type !== FrameType.SETTINGS || (flags & Flag.ACK) !== 0) {
        this.fail(ErrorCode.PROTOCOL_ERROR, 'first frame is not SETTINGS');
        return false;
      }
      this.#settingsSeen = true;
    }
    if (type === FrameType.DATA) this.#onData(flags, id, buf, start, end);
    else if (type === FrameType.HEADERS) this.#onHeaders(flags, id, buf, start, end);
    else this.#onOther(type, flags, id, buf, start, end);
    return !this.closed;
  }

  #onOther(type: number, flags: number, id: number, buf: Uint8Array, start: number, end: number): void {
    switch (type) {
      case FrameType.WINDOW_UPDATE:
        this.#onWindowUpdate(id, buf, start, end);
        return;
      case FrameType.RST_STREAM:
        this.#onRstStream(id, buf, start, end);
        return;
      case FrameType.CONTINUATION:
        this.#onContinuation(flags, id, buf, start, end);
        return;
      case FrameType.PING:
        this.#onPing(flags, id, buf, start, end);
        return;
      case FrameType.SETTINGS:
        this.#onSettings(flags, id, buf, start, end);
        return;
      case FrameType.GOAWAY:
        this.#onGoAway(id, buf, start, end);
        return;
      case FrameType.PRIORITY:
        this.#onPriority(id, end - start);
        return;
      case FrameType.PUSH_PROMISE:
        this.fail(ErrorCode.PROTOCOL_ERROR, 'push is not enabled');
        return;
      default:
        this.#idle();
    }
  }

  /** A frame that does nothing. There may be many, not too many. */
  #idle(): void {
    if (!this.#idleFrames.take()) this.fail(ErrorCode.ENHANCE_YOUR_CALM, 'too many frames without effect');
  }

  /** An id that neither side has opened yet. */
  #isIdle(id: number): boolean {
    if ((id & 1) === 1)
      return this.#options.role === 'server' ? id > this.lastStreamId : id > this.lastOpened;
    return true;
  }

  /** The highest stream id we have opened (client). */
  lastOpened = 0;

  /** Error of one stream; the host hears of it as of a reset. */
  #streamError(stream: S, errorCode: number): void {
    this.reset(stream, errorCode);
    this.#host.onReset(stream, errorCode);
  }

  #onData(flags: number, id: number, buf: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (id === 0) return this.fail(ErrorCode.PROTOCOL_ERROR, 'DATA on stream 0');
    this.#recvWindow -= length;
    if (this.#recvWindow < 0) return this.fail(ErrorCode.FLOW_CONTROL_ERROR, 'connection window exceeded');
    this.#consumed += length;
    if ((flags & Flag.PADDED) !== 0) {
      const padding = length === 0 ? length : buf[start]!;
      if (padding >= length) return this.fail(ErrorCode.PROTOCOL_ERROR, 'padding exceeds the frame');
      start++;
      end -= padding;
    }
    const stream = this.find(id);
    if (stream === undefined) {
      this.#dataOnUnknown(id);
    } else if (stream.remoteClosed) {
      this.#streamError(stream, ErrorCode.STREAM_CLOSED);
    } else {
      stream.recvWindow -= length;
      if (stream.recvWindow < 0) return this.#streamError(stream, ErrorCode.FLOW_CONTROL_ERROR);
      const endStream = (flags & Flag.END_STREAM) !== 0;
      if (endStream) stream.remoteClosed = true;
      else if (start === end) this.#idle();
      if (length !== end - start) this.consume(stream, length - (end - start));
      if (!this.closed) this.#host.onData(stream, buf, start, end, endStream);
    }
    this.#credit();
  }

  #dataOnUnknown(id: number): void {
    if (this.#isIdle(id)) return this.fail(ErrorCode.PROTOCOL_ERROR, 'DATA on an idle stream');
    this.#idle();
    if (!this.#resetByUs.has(id) && id <= this.#acceptMax) this.refuse(id, ErrorCode.STREAM_CLOSED);
  }

  #onHeaders(flags: number, id: number, buf: Uint8Array, start: number, end: number): void {
    if (id === 0) return this.fail(ErrorCode.PROTOCOL_ERROR, 'HEADERS on stream 0');
    if ((flags & (Flag.PADDED | Flag.PRIORITY)) !== 0) {
      const length = end - start;
      const fixed = ((flags & Flag.PADDED) !== 0 ? 1 : 0) + ((flags & Flag.PRIORITY) !== 0 ? 5 : 0);
      if (length < fixed) return this.fail(ErrorCode.FRAME_SIZE_ERROR, 'HEADERS too short');
      const padding = (flags & Flag.PADDED) !== 0 ? buf[start]! : 0;
      if (padding > length - fixed) return this.fail(ErrorCode.PROTOCOL_ERROR, 'padding exceeds the frame');
      start += fixed;
      end -= padding;
    }
    const endStream = (flags & Flag.END_STREAM) !== 0;
    if ((flags & Flag.END_HEADERS) !== 0) {
      this.#onBlock(id, buf, start, end, endStream);
      return;
    }
    this.#blockStreamId = id;
    this.#blockEndStream = endStream;
    this.#blockFrames = 0;
    this.#block.reset();
    this.#block.raw(buf, start, end);
  }

  #onContinuation(flags: number, id: number, buf: Uint8Array, start: number, end: number): void {
    if (this.#blockStreamId === 0) return this.fail(ErrorCode.PROTOCOL_ERROR, 'unexpected CONTINUATION');
    this.#blockFrames++;
    if (
      this.#blockFrames > limits.CONTINUATIONS_MAX ||
      this.#block.len + end - start > limits.HEADER_BLOCK_BYTES_MAX
    ) {
      return this.fail(ErrorCode.ENHANCE_YOUR_CALM, 'header block too large');
    }
    this.#block.raw(buf, start, end);
    if ((flags & Flag.END_HEADERS) === 0) return;
    this.#blockStreamId = 0;
    this.#onBlock(id, this.#block.buf, 0, this.#block.len, this.#blockEndStream);
  }

  #onBlock(id: number, buf: Uint8Array, start: number, end: number, endStream: boolean): void {
    const table = this.#decoder.table;
    const generation = table.generation;
    let head = this.#blocks.find(buf, start, end, generation);
    if (head === undefined) {
      if (!this.#decoder.decode(buf, start, end)) {
        return this.fail(ErrorCode.COMPRESSION_ERROR, 'malformed header block');
      }
      head = this.#host.parseHead(this.#decoder.fields, this.#decoder.overflowed);
      // A block that changes the table means something else the next time.
      if (table.generation === generation) this.#blocks.add(buf, start, end, generation, head);
    }
    const stream = this.find(id);
    if (stream === undefined) {
      this.#headOnUnknown(id, head, endStream);
    } else if (stream.remoteClosed) {
      this.#streamError(stream, ErrorCode.STREAM_CLOSED);
    } else {
      if (endStream) stream.remoteClosed = true;
      this.#host.onHead(id, stream, head, endStream);
    }
  }

  #headOnUnknown(id: number, head: H, endStream: boolean): void {
    if (this.#options.role === 'server' && (id & 1) === 1 && id > this.lastStreamId) {
      this.lastStreamId = id;
      if (id > this.#acceptMax) this.#idle();
      else if (this.streamCount >= Math.min(this.#options.maxConcurrentStreams, limits.STREAMS_MAX)) {
        this.#idle();
        this.refuse(id, ErrorCode.REFUSED_STREAM);
      } else this.#host.onHead(id, undefined, head, endStream);
      return;
    }
    if (this.#isIdle(id)) return this.fail(ErrorCode.PROTOCOL_ERROR, 'HEADERS on an idle stream');
    // Late frames of a stream we have reset are to be expected, others are not.
    if (this.#resetByUs.has(id) || this.#options.role === 'client') this.#idle();
    else this.fail(ErrorCode.STREAM_CLOSED, 'HEADERS on a closed stream');
  }

  #onWindowUpdate(id: number, buf: Uint8Array, start: number, end: number): void {
    if (end - start !== 4) return this.fail(ErrorCode.FRAME_SIZE_ERROR, 'WINDOW_UPDATE length');
    const increment = readUint31(buf, start);
    if (id === 0) {
      if (increment === 0) return this.fail(ErrorCode.PROTOCOL_ERROR, 'window increment of 0');
      this.sender.window += increment;
      if (this.sender.window > limits.WINDOW_BYTES_LIMIT) {
        return this.fail(ErrorCode.FLOW_CONTROL_ERROR, 'connection window overflow');
      }
      this.sender.pump();
      this.#host.onRoom();
      return;
    }
    const stream = this.find(id);
    if (stream === undefined) {
      if (this.#isIdle(id)) this.fail(ErrorCode.PROTOCOL_ERROR, 'WINDOW_UPDATE on an idle stream');
      return;
    }
    if (increment === 0) return this.#streamError(stream, ErrorCode.PROTOCOL_ERROR);
    stream.sendWindow += increment;
    if (stream.sendWindow > limits.WINDOW_BYTES_LIMIT) {
      return this.#streamError(stream, ErrorCode.FLOW_CONTROL_ERROR);
    }
    this.sender.streamOpened(stream);
    this.#host.onRoom();
  }

  #onRstStream(id: number, buf: Uint8Array, start: number, end: number): void {
    if (end - start !== 4) return this.fail(ErrorCode.FRAME_SIZE_ERROR, 'RST_STREAM length');
    if (id === 0) return this.fail(ErrorCode.PROTOCOL_ERROR, 'RST_STREAM on stream 0');
    const stream = this.find(id);
    if (stream === undefined) {
      if (this.#isIdle(id)) return this.fail(ErrorCode.PROTOCOL_ERROR, 'RST_STREAM on an idle stream');
      return this.#idle();
    }
    this.remove(stream);
    this.#host.onReset(stream, readUint32(buf, start));
    if (this.#options.role === 'server' && !this.#resets.take()) {
      this.fail(ErrorCode.ENHANCE_YOUR_CALM, 'too many resets');
    }
  }

  #onPriority(id: number, length: number): void {
    if (id === 0) return this.fail(ErrorCode.PROTOCOL_ERROR, 'PRIORITY on stream 0');
    if (length !== 5) return this.fail(ErrorCode.FRAME_SIZE_ERROR, 'PRIORITY length');
    this.#idle();
  }

  #onPing(flags: number, id: number, buf: Uint8Array, start: number, end: number): void {
    if (id !== 0) return this.fail(ErrorCode.PROTOCOL_ERROR, 'PING on a stream');
    if (end - start !== 8) return this.fail(ErrorCode.FRAME_SIZE_ERROR, 'PING length');
    if ((flags & Flag.ACK) !== 0) {
      this.#host.onPong(readUint32(buf, start));
      return;
    }
    this.#ping(Flag.ACK, readUint32(buf, start), readUint32(buf, start + 4));
    if (!this.#pings.take()) return this.fail(ErrorCode.ENHANCE_YOUR_CALM, 'too_many_pings');
    const policy = this.#options.pingPolicy;
    if (policy === undefined) return;
    const active = this.sender.active;
    this.sender.active = false;
    if (!policy.accept(active, this.streamCount)) this.fail(ErrorCode.ENHANCE_YOUR_CALM, 'too_many_pings');
  }

  #onSettings(flags: number, id: number, buf: Uint8Array, start: number, end: number): void {
    if (id !== 0) return this.fail(ErrorCode.PROTOCOL_ERROR, 'SETTINGS on a stream');
    if ((flags & Flag.ACK) !== 0) {
      if (start !== end) this.fail(ErrorCode.FRAME_SIZE_ERROR, 'SETTINGS acknowledgement with a payload');
      return;
    }
    if (!this.#settingsFrames.take()) return this.fail(ErrorCode.ENHANCE_YOUR_CALM, 'too many SETTINGS');
    const windowBefore = this.peer.initialWindowBytes;
    const error = readSettings(buf, start, end, this.#options.role, this.peer);
    if (error !== ErrorCode.NO_ERROR) return this.fail(error, 'bad SETTINGS');
    this.sender.frameBytesMax = this.peer.frameBytesMax;
    this.encoder.setTableBytesMax(this.peer.headerTableBytes);
    const out = this.sender.out;
    out.reserve(FRAME_HEADER_BYTES);
    out.len = putFrameHeader(out.buf, out.len, 0, FrameType.SETTINGS, Flag.ACK, 0);
    if (this.peer.initialWindowBytes !== windowBefore) {
      this.#shiftWindows(this.peer.initialWindowBytes - windowBefore);
    }
    if (!this.closed) this.#host.onSettings(this.peer);
  }

  /** A new initial window changes that of all open streams (section 6.9.2). */
  #shiftWindows(delta: number): void {
    for (const stream of this.streams()) {
      stream.sendWindow += delta;
      if (stream.sendWindow > limits.WINDOW_BYTES_LIMIT) {
        return this.fail(ErrorCode.FLOW_CONTROL_ERROR, 'stream window overflow');
      }
      if (delta > 0) this.sender.streamOpened(stream);
    }
    this.#host.onRoom();
  }

  #onGoAway(id: number, buf: Uint8Array, start: number, end: number): void {
    if (id !== 0) return this.fail(ErrorCode.PROTOCOL_ERROR, 'GOAWAY on a stream');
    if (end - start < 8) return this.fail(ErrorCode.FRAME_SIZE_ERROR, 'GOAWAY length');
    let text = '';
    const textEnd = Math.min(end, start + 8 + limits.GOAWAY_TEXT_BYTES_MAX);
    for (let i = start + 8; i < textEnd; i++) text += String.fromCharCode(buf[i]!);
    this.#host.onGoAway(readUint31(buf, start), readUint32(buf, start + 4), text);
  }

  #ping(flags: number, high: number, low: number): void {
    const out = this.sender.out;
    out.reserve(FRAME_HEADER_BYTES + 8);
    let at = putFrameHeader(out.buf, out.len, 8, FrameType.PING, flags, 0);
    at = putUint32(out.buf, at, high);
    out.len = putUint32(out.buf, at, low);
  }

  #raw(bytes: Uint8Array): void {
    const out = this.sender.out;
    out.reserve(bytes.length);
    out.buf.set(bytes, out.len);
    out.len += bytes.length;
  }
}
