/**
 * One end of an HTTP/2 connection (RFC 9113), server or client, over a byte stream: reads frames, keeps streams,
 * windows and HPACK tables, answers SETTINGS and PING, and ends with the right GOAWAY. What the streams mean is the
 * host's business.
 *
 * Nothing waits in here: a chunk is parsed to its end in one call, whole header blocks and DATA payloads are handed to
 * the host as they come, and what the host sends is collected in one buffer and written once a turn.
 *
 * A method `#on...` handles one type of frame and returns false when it has ended the connection.
 */
import type { ByteStream, Clock } from '../../platform/index.js';
import { equalBytes } from '../../stdx/index.js';
import { BlockCache } from './block-cache.js';
import type { ConnectionHost } from './connection-host.js';
import { writeGoAway, writePing, writeRaw, writeSettingsAck } from './control-frames.js';
import { FloodGuard } from './flood-guard.js';
import type { FlushQueue } from './flush-queue.js';
import { ErrorCode, Flag, FrameType, PREFACE, readUint31, readUint32 } from './frame.js';
import { FrameReader, type FrameSink } from './frame-reader.js';
import { checkFrameHeader } from './frame-rules.js';
import { HeaderBlock, headersPrefixBytes } from './header-block.js';
import { HpackDecoder } from './hpack-decoder.js';
import { HpackEncoder } from './hpack-encoder.js';
import * as limits from './limits.js';
import { OutBuffer } from './out-buffer.js';
import type { PingPolicy } from './ping-policy.js';
import { RecentIds } from './recent-ids.js';
import { Sender } from './sender.js';
import { defaultSettings, openingFrames, type PeerSettings, type Role, readSettings } from './settings.js';
import type { Http2Stream } from './stream.js';
import { StreamTable } from './stream-table.js';

export interface ConnectionOptions {
  readonly role: Role;
  readonly clock: Clock;
  readonly flushQueue: FlushQueue;
  /** Streams the peer may have open at once; a client allows none. */
  readonly maxConcurrentStreams: number;
  readonly pingPolicy: PingPolicy | undefined;
}

export class Http2Connection<S extends Http2Stream, H> implements FrameSink {
  readonly sender: Sender;
  readonly encoder = new HpackEncoder();
  readonly peer: PeerSettings = defaultSettings();
  closed = false;
  /** The peer's first frame has come, and was SETTINGS. */
  established = false;
  /** Called with every chunk; for the keepalive. */
  onHeard: (() => void) | undefined = undefined;
  /** The highest stream id the peer has opened (server). */
  lastStreamId = 0;
  /** The highest stream id we have opened (client). */
  lastOpened = 0;
  /** Streams of the peer above it are not served: our GOAWAY said so. */
  #acceptMax = limits.WINDOW_BYTES_LIMIT;
  readonly #stream: ByteStream;
  readonly #host: ConnectionHost<S, H>;
  readonly #role: Role;
  readonly #streamsMax: number;
  readonly #pingPolicy: PingPolicy | undefined;
  readonly #reader: FrameReader;
  readonly #decoder = new HpackDecoder();
  readonly #blocks = new BlockCache<H>();
  readonly #block = new HeaderBlock();
  readonly #streams = new StreamTable<S>();
  readonly #resetByUs = new RecentIds(limits.RESET_STREAMS_REMEMBERED);
  readonly #floods: FloodGuard;
  #prefaceLeft: number;
  #recvWindow = limits.CONNECTION_WINDOW_BYTES;
  /** Received and not yet given back to the peer's window. */
  #recvConsumed = 0;

  constructor(stream: ByteStream, host: ConnectionHost<S, H>, options: ConnectionOptions) {
    this.#stream = stream;
    this.#host = host;
    this.#role = options.role;
    this.#streamsMax = Math.min(options.maxConcurrentStreams, limits.STREAMS_MAX);
    this.#pingPolicy = options.pingPolicy;
    this.#floods = new FloodGuard(options.clock);
    this.#reader = new FrameReader(this);
    this.#prefaceLeft = options.role === 'server' ? PREFACE.length : 0;
    const out = new OutBuffer(stream, options.flushQueue);
    this.sender = new Sender(out);
    stream.handlers = {
      onData: (bytes) => this.#receive(bytes),
      onDrain: () => this.#drained(),
      onClose: () => this.#close('connection closed'),
    };
    if (options.role === 'client') writeRaw(out, PREFACE);
    writeRaw(out, openingFrames(options.role, options.maxConcurrentStreams));
  }

  get remoteAddress(): string {
    return this.#stream.remoteAddress;
  }

  // --- streams ---------------------------------------------------------------------------------------------------

  get streamCount(): number {
    return this.#streams.count;
  }

  /** All open streams, in order of opening. */
  streams(): S[] {
    return this.#streams.all();
  }

  addStream(stream: S): void {
    this.#streams.add(stream);
  }

  /** The stream is over for both sides. */
  remove(stream: S): void {
    if (stream.gone) return;
    stream.gone = true;
    this.#streams.remove(stream);
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

  /** Keeps back, or with a negative count gives back, credit that receiving DATA has earned on the connection. */
  withhold(count: number): void {
    this.#recvConsumed -= count;
    this.#credit();
  }

  #credit(): void {
    if (this.#recvConsumed < limits.CONNECTION_WINDOW_BYTES / 2) return;
    this.#recvWindow += this.#recvConsumed;
    this.sender.windowUpdate(0, this.#recvConsumed);
    this.#recvConsumed = 0;
  }

  // --- ends ------------------------------------------------------------------------------------------------------

  /** GOAWAY: streams above `acceptMax` are ignored from now on. */
  sendGoAway(acceptMax: number, errorCode: number, text: string): void {
    this.#acceptMax = Math.min(this.#acceptMax, acceptMax);
    writeGoAway(this.sender.out, acceptMax, errorCode, text);
  }

  sendPing(payload: number): void {
    writePing(this.sender.out, 0, payload, 0);
  }

  /** A connection error: GOAWAY with the code, then the end. Returns false. */
  fail(errorCode: number, text: string): boolean {
    if (!this.closed) {
      this.sendGoAway(this.lastStreamId, errorCode, text);
      this.end(text);
    }
    return false;
  }

  /** Sends what is there and closes. */
  end(reason: string): void {
    if (this.closed) return;
    this.sender.out.end();
    this.#close(reason);
  }

  /** Closes at once. */
  destroy(reason: string): void {
    if (this.closed) return;
    this.#close(reason);
    this.#stream.destroy();
  }

  #close(reason: string): void {
    if (this.closed) return;
    this.closed = true;
    this.#reader.stop();
    this.sender.out.close();
    this.#host.onClosed(reason);
    this.#streams.clear();
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
    if (this.#block.streamId !== 0 && (type !== FrameType.CONTINUATION || id !== this.#block.streamId)) {
      return this.fail(ErrorCode.PROTOCOL_ERROR, 'header block interrupted');
    }
    if (!this.established) {
      if (type !== FrameType.SETTINGS || (flags & Flag.ACK) !== 0) {
        return this.fail(ErrorCode.PROTOCOL_ERROR, 'first frame is not SETTINGS');
      }
      this.established = true;
    }
    const error = checkFrameHeader(type, id, end - start);
    if (error !== ErrorCode.NO_ERROR) return this.fail(error, 'frame of the wrong length or stream');
    switch (type) {
      case FrameType.DATA:
        return this.#onData(flags, id, buf, start, end) && !this.closed;
      case FrameType.HEADERS:
        return this.#onHeaders(flags, id, buf, start, end) && !this.closed;
      case FrameType.CONTINUATION:
        return this.#onContinuation(flags, id, buf, start, end) && !this.closed;
      default:
        return this.#onControl(type, flags, id, buf, start, end) && !this.closed;
    }
  }

  #onControl(type: number, flags: number, id: number, buf: Uint8Array, start: number, end: number): boolean {
    switch (type) {
      case FrameType.WINDOW_UPDATE:
        return id === 0
          ? this.#onConnectionWindow(readUint31(buf, start))
          : this.#onStreamWindow(id, readUint31(buf, start));
      case FrameType.RST_STREAM:
        return this.#onRstStream(id, readUint32(buf, start));
      case FrameType.PING:
        return this.#onPing(flags, readUint32(buf, start), readUint32(buf, start + 4));
      case FrameType.SETTINGS:
        return this.#onSettings(flags, buf, start, end);
      case FrameType.GOAWAY:
        return this.#onGoAway(buf, start, end);
      default:
        return this.#idleFrame();
    }
  }

  /** A frame that does nothing. There may be many, not too many. */
  #idleFrame(): boolean {
    if (this.#floods.idle.take()) return true;
    return this.fail(ErrorCode.ENHANCE_YOUR_CALM, 'too many frames without effect');
  }

  /** An id that nobody has opened yet. Even ids never are: they are for push. */
  #isIdle(id: number): boolean {
    return (id & 1) === 0 || id > (this.#role === 'server' ? this.lastStreamId : this.lastOpened);
  }

  /** Error of one stream; the host hears of it as of a reset. */
  #streamError(stream: S, errorCode: number): boolean {
    this.reset(stream, errorCode);
    this.#host.onReset(stream, errorCode);
    return this.#countReset();
  }

  /** A stream that the peer has made end while it ran, by RST_STREAM or by a breach that earns it one. */
  #countReset(): boolean {
    if (this.#role === 'client' || this.#floods.resets.take()) return true;
    return this.fail(ErrorCode.ENHANCE_YOUR_CALM, 'too many resets');
  }

  #onData(flags: number, id: number, buf: Uint8Array, start: number, end: number): boolean {
    const length = end - start;
    this.#recvWindow -= length;
    if (this.#recvWindow < 0) return this.fail(ErrorCode.FLOW_CONTROL_ERROR, 'connection window exceeded');
    this.#recvConsumed += length;
    if ((flags & Flag.PADDED) !== 0) {
      const padding = length === 0 ? 0 : buf[start]!;
      if (padding >= length) return this.fail(ErrorCode.PROTOCOL_ERROR, 'padding exceeds the frame');
      start++;
      end -= padding;
    }
    const stream = this.#streams.find(id);
    if (stream === undefined) {
      if (!this.#dataOnUnknown(id)) return false;
    } else if (stream.remoteClosed) {
      if (!this.#streamError(stream, ErrorCode.STREAM_CLOSED)) return false;
    } else {
      stream.recvWindow -= length;
      if (stream.recvWindow < 0) return this.#streamError(stream, ErrorCode.FLOW_CONTROL_ERROR);
      const endStream = (flags & Flag.END_STREAM) !== 0;
      if (endStream) stream.remoteClosed = true;
      else if (start === end && !this.#idleFrame()) return false;
      if (length !== end - start) this.consume(stream, length - (end - start));
      this.#host.onData(stream, buf, start, end, endStream);
    }
    this.#credit();
    return true;
  }

  #dataOnUnknown(id: number): boolean {
    if (this.#isIdle(id)) return this.fail(ErrorCode.PROTOCOL_ERROR, 'DATA on an idle stream');
    if (!this.#resetByUs.has(id) && id <= this.#acceptMax) this.refuse(id, ErrorCode.STREAM_CLOSED);
    return this.#idleFrame();
  }

  #onHeaders(flags: number, id: number, buf: Uint8Array, start: number, end: number): boolean {
    if ((flags & (Flag.PADDED | Flag.PRIORITY)) !== 0) {
      const rest = end - start - headersPrefixBytes(flags);
      if (rest < 0) return this.fail(ErrorCode.FRAME_SIZE_ERROR, 'HEADERS too short');
      const padding = (flags & Flag.PADDED) !== 0 ? buf[start]! : 0;
      if (padding > rest) return this.fail(ErrorCode.PROTOCOL_ERROR, 'padding exceeds the frame');
      start = end - rest;
      end -= padding;
    }
    const endStream = (flags & Flag.END_STREAM) !== 0;
    if ((flags & Flag.END_HEADERS) !== 0) return this.#onBlock(id, buf, start, end, endStream);
    this.#block.open(id, endStream, buf, start, end);
    return true;
  }

  #onContinuation(flags: number, id: number, buf: Uint8Array, start: number, end: number): boolean {
    const block = this.#block;
    if (block.streamId === 0) return this.fail(ErrorCode.PROTOCOL_ERROR, 'unexpected CONTINUATION');
    if (!block.add(buf, start, end)) {
      return this.fail(ErrorCode.ENHANCE_YOUR_CALM, 'header block too large');
    }
    if ((flags & Flag.END_HEADERS) === 0) return true;
    block.close();
    return this.#onBlock(id, block.buf, 0, block.length, block.endStream);
  }

  #onBlock(id: number, buf: Uint8Array, start: number, end: number, endStream: boolean): boolean {
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
    const stream = this.#streams.find(id);
    if (stream === undefined) return this.#headOnUnknown(id, head, endStream);
    if (stream.remoteClosed) return this.#streamError(stream, ErrorCode.STREAM_CLOSED);
    if (endStream) stream.remoteClosed = true;
    this.#host.onHead(id, stream, head, endStream);
    return true;
  }

  #headOnUnknown(id: number, head: H, endStream: boolean): boolean {
    if (this.#role === 'server' && (id & 1) === 1 && id > this.lastStreamId) {
      this.lastStreamId = id;
      if (id > this.#acceptMax) return this.#idleFrame();
      if (this.#streams.count >= this.#streamsMax) {
        this.refuse(id, ErrorCode.REFUSED_STREAM);
        return this.#idleFrame();
      }
      this.#host.onHead(id, undefined, head, endStream);
      return true;
    }
    if (this.#isIdle(id)) return this.fail(ErrorCode.PROTOCOL_ERROR, 'HEADERS on an idle stream');
    // Late frames of a stream we have reset are to be expected, others are not.
    if (this.#resetByUs.has(id) || this.#role === 'client') return this.#idleFrame();
    return this.fail(ErrorCode.STREAM_CLOSED, 'HEADERS on a closed stream');
  }

  #onConnectionWindow(increment: number): boolean {
    if (increment === 0) return this.fail(ErrorCode.PROTOCOL_ERROR, 'window increment of 0');
    this.sender.window += increment;
    if (this.sender.window > limits.WINDOW_BYTES_LIMIT) {
      return this.fail(ErrorCode.FLOW_CONTROL_ERROR, 'connection window overflow');
    }
    this.sender.pump();
    this.#host.onRoom();
    return true;
  }

  #onStreamWindow(id: number, increment: number): boolean {
    const stream = this.#streams.find(id);
    if (stream === undefined) {
      if (this.#isIdle(id)) return this.fail(ErrorCode.PROTOCOL_ERROR, 'WINDOW_UPDATE on an idle stream');
      return true;
    }
    if (increment === 0) return this.#streamError(stream, ErrorCode.PROTOCOL_ERROR);
    stream.sendWindow += increment;
    if (stream.sendWindow > limits.WINDOW_BYTES_LIMIT) {
      return this.#streamError(stream, ErrorCode.FLOW_CONTROL_ERROR);
    }
    this.sender.streamOpened(stream);
    this.#host.onRoom();
    return true;
  }

  #onRstStream(id: number, errorCode: number): boolean {
    const stream = this.#streams.find(id);
    if (stream === undefined) {
      if (this.#isIdle(id)) return this.fail(ErrorCode.PROTOCOL_ERROR, 'RST_STREAM on an idle stream');
      return this.#idleFrame();
    }
    this.remove(stream);
    this.#host.onReset(stream, errorCode);
    return this.#countReset();
  }

  #onPing(flags: number, high: number, low: number): boolean {
    if ((flags & Flag.ACK) !== 0) {
      this.#host.onPong(high);
      return this.#idleFrame();
    }
    writePing(this.sender.out, Flag.ACK, high, low);
    const active = this.sender.active;
    this.sender.active = false;
    const accepted = this.#pingPolicy === undefined || this.#pingPolicy.accept(active, this.#streams.count);
    // A ping a round trip is how grpc-go estimates bandwidth: beside calls each is paid for by what was sent of one.
    if (accepted && (active || this.#floods.pings.take())) return true;
    return this.fail(ErrorCode.ENHANCE_YOUR_CALM, 'too_many_pings');
  }

  #onSettings(flags: number, buf: Uint8Array, start: number, end: number): boolean {
    if ((flags & Flag.ACK) !== 0) {
      if (start === end) return this.#idleFrame();
      return this.fail(ErrorCode.FRAME_SIZE_ERROR, 'SETTINGS acknowledgement with a payload');
    }
    if (!this.#floods.settings.take()) {
      return this.fail(ErrorCode.ENHANCE_YOUR_CALM, 'too many SETTINGS');
    }
    const windowBefore = this.peer.initialWindowBytes;
    const error = readSettings(buf, start, end, this.#role, this.peer);
    if (error !== ErrorCode.NO_ERROR) return this.fail(error, 'bad SETTINGS');
    this.sender.frameBytesMax = this.peer.frameBytesMax;
    this.encoder.setTableBytesMax(this.peer.headerTableBytes);
    writeSettingsAck(this.sender.out);
    const delta = this.peer.initialWindowBytes - windowBefore;
    if (delta !== 0 && !this.#shiftWindows(delta)) return false;
    this.#host.onSettings(this.peer);
    return true;
  }

  /** A new initial window changes that of all open streams (section 6.9.2). */
  #shiftWindows(delta: number): boolean {
    for (const stream of this.#streams.all()) {
      stream.sendWindow += delta;
      if (stream.sendWindow > limits.WINDOW_BYTES_LIMIT) {
        return this.fail(ErrorCode.FLOW_CONTROL_ERROR, 'stream window overflow');
      }
      if (delta > 0) this.sender.streamOpened(stream);
    }
    this.#host.onRoom();
    return true;
  }

  #onGoAway(buf: Uint8Array, start: number, end: number): boolean {
    let text = '';
    const textEnd = Math.min(end, start + 8 + limits.GOAWAY_TEXT_BYTES_MAX);
    for (let i = start + 8; i < textEnd; i++) text += String.fromCharCode(buf[i]!);
    this.#host.onGoAway(readUint31(buf, start), readUint32(buf, start + 4), text);
    return this.#idleFrame();
  }
}
