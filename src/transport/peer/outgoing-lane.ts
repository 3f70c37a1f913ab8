/**
 * One connection to a peer with one stream on it, in one direction: what we say. Made anew whenever it is lost, trying
 * the peer's URLs in turn.
 *
 * Messages written while the connection is being made wait in it. Once it is lost nobody knows which messages arrived,
 * so every loss is reported. Nothing is kept for the next connection: raft repeats what still matters.
 */
import type { ByteStream, Timer } from '../../platform/index.js';
import type { ClientStream } from '../grpc/client-call.js';
import { ClientConnection } from '../grpc/client-connection.js';
import { Status } from '../grpc/status.js';
import type { KeepaliveOptions } from '../http2/keepalive.js';
import { BackOff } from './back-off.js';
import type { PeerEnvironment } from './environment.js';
import { greetingMetadata, isRefusedFor, isRemoved, STREAM_PATH } from './handshake.js';
import { BULK_SILENCE_FACTOR, REFUSED_RETRY_MS } from './limits.js';
import type { PeerCounters } from './peer-counters.js';

/** Answers are one short greeting. */
const ANSWER_BYTES_MAX = 1024;

/** Of an election time-out: an attempt that has waited for so long has lost its first packet. */
const STALE_FRACTION = 8;

export interface LaneOwner {
  /** Where the peer may be, best first; may change. */
  urls(): readonly string[];
  onOpen(lane: OutgoingLane, url: string): void;
  /** The connection is gone. False if it shall not be made again. */
  onLost(lane: OutgoingLane, wasOpen: boolean, reason: string): boolean;
  /** Whoever answers at the URL says, in a member's words, that we were removed. */
  onRemoved(url: string): void;
}

/** How soon silence means that nobody is there. */
function keepaliveOf(kind: 'control' | 'bulk', electionMs: number): KeepaliveOptions {
  return kind === 'control'
    ? { intervalMs: electionMs / 4, timeoutMs: (3 * electionMs) / 4 }
    : { intervalMs: electionMs, timeoutMs: BULK_SILENCE_FACTOR * electionMs };
}

export function authorityOf(url: string): string {
  const at = url.indexOf('://');
  return at < 0 ? url : url.slice(at + 3);
}

export class OutgoingLane {
  readonly kind: 'control' | 'bulk';
  readonly #peer: bigint;
  readonly #counters: PeerCounters;
  readonly #env: PeerEnvironment;
  readonly #owner: LaneOwner;
  readonly #queueBytesMax: number;
  readonly #backOff: BackOff;
  /** The peer has greeted back: since when. */
  #openSince: number | undefined;
  #wire: ByteStream | undefined;
  #connection: ClientConnection | undefined;
  /** The attempt or connection of now; callbacks of an earlier one are told by it. */
  #stream: ClientStream | undefined;
  #timer: Timer | undefined;
  /** Of the messages on the stream of now. */
  #largestBytes = 0;
  #urlIndex = 0;
  #begunAt = 0;
  #stopped = false;
  /** Waiting after trouble with the connection, not after a refusal: news of the peer end the wait. */
  #mayWake = false;

  constructor(
    kind: 'control' | 'bulk',
    peer: bigint,
    queueBytesMax: number,
    env: PeerEnvironment,
    owner: LaneOwner,
  ) {
    this.kind = kind;
    this.#peer = peer;
    this.#queueBytesMax = queueBytesMax;
    this.#env = env;
    this.#counters = env.counters.of(peer);
    this.#owner = owner;
    this.#backOff = new BackOff(env.random, env.electionMs / 2);
  }

  get openSince(): number | undefined {
    return this.#openSince;
  }

  /** The first attempt. */
  start(): void {
    this.#connect();
  }

  /** Takes a message, or says false: there is no connection, or it is too slow. */
  send(bytes: Uint8Array, length: number): boolean {
    const stream = this.#stream;
    if (stream === undefined) return false;
    const queued = stream.bufferedBytes;
    if (queued > 0 && queued + length > this.#queueBytesMax) return false;
    stream.send(bytes, 0, length);
    this.#largestBytes = Math.max(this.#largestBytes, length);
    this.#counters.sentBytes += length;
    return true;
  }

  /**
   * The peer has been heard of: it is there. An attempt that has waited for long by now is begun anew: its first packet
   * was lost on a way that is open again, and the system would repeat it only after a second.
   */
  wake(): void {
    const attempt = this.#openSince === undefined ? this.#stream : undefined;
    if (
      attempt !== undefined &&
      this.#env.clock.now() - this.#begunAt >= this.#env.electionMs / STALE_FRACTION
    ) {
      this.#lost(attempt, false, 'begun anew');
    }
    if (!this.#mayWake) return;
    this.#backOff.reset();
    this.#connect();
  }

  /** Gives the connection up and makes a new one soon. */
  drop(reason: string): void {
    if (this.#stream !== undefined) this.#lost(this.#stream, false, reason);
  }

  /** Sends what is written, then ends for good. */
  stop(): void {
    this.#stopped = true;
    this.#mayWake = false;
    this.#timer?.cancel();
    this.#stream = undefined;
    this.#openSince = undefined;
    this.#connection?.close();
  }

  #connect(): void {
    this.#timer?.cancel();
    this.#mayWake = false;
    const urls = this.#owner.urls();
    const url = urls[this.#urlIndex % Math.max(1, urls.length)];
    const wire = url === undefined ? undefined : this.#env.connect(url);
    if (url === undefined || wire === undefined) {
      this.#urlIndex++;
      const goesOn = this.#owner.onLost(this, false, `no way to connect by the URL ${url}`);
      if (goesOn && !this.#stopped) this.#retryIn(REFUSED_RETRY_MS);
      return;
    }
    this.#wire = wire;
    this.#begunAt = this.#env.clock.now();
    const connection = new ClientConnection(wire, {
      clock: this.#env.clock,
      flushQueue: this.#env.flushQueue,
      authority: authorityOf(url),
      userAgent: `quoin/${this.#env.self.version}`,
      maxRecvMessageBytes: ANSWER_BYTES_MAX,
      keepalive: keepaliveOf(this.kind, this.#env.electionMs),
      // The other lane's pings wait behind its entries.
      onRoundTrip: (ms) => {
        if (this.kind === 'control') this.#counters.roundTripSeconds.observe(ms / 1000);
      },
    });
    this.#connection = connection;
    const stream = connection.stream(
      STREAM_PATH,
      greetingMetadata(this.#env.self, this.#peer, this.kind, this.#env.nextStream()),
    );
    this.#stream = stream;
    this.#largestBytes = 0;
    stream.onMessage = () => this.#opened(stream, url);
    stream.onStatus = (code, text) => this.#ended(stream, url, code, text);
    this.#timer = this.#env.clock.setTimer(this.#env.electionMs, () => {
      // It has been waited for long enough: nobody is hurried by another attempt.
      this.#backOff.reset();
      this.#lost(stream, false, 'no answer in time');
    });
  }

  #opened(stream: ClientStream, url: string): void {
    if (this.#stream !== stream || this.#openSince !== undefined) return;
    this.#timer?.cancel();
    this.#openSince = this.#env.clock.now();
    this.#owner.onOpen(this, url);
  }

  #ended(stream: ClientStream, url: string, code: number, text: string): void {
    if (this.#stream !== stream) return;
    const isRefused = isRefusedFor(code);
    if (isRefused) {
      this.#env.log.warn(`${this.#peer} refuses: ${text}`, 'a peer refuses this member', {
        'local-member-id': this.#env.self.memberId,
        'remote-peer-id': this.#peer,
        error: text,
      });
    }
    if (code === Status.RESOURCE_EXHAUSTED) this.#noteTooLarge(text);
    this.#lost(stream, isRefused, text);
    if (isRemoved(code, text)) this.#owner.onRemoved(url);
  }

  /** Raft sends it again and again, in vain: whoever operates the members must learn which bounds do not fit. */
  #noteTooLarge(text: string): void {
    this.#env.log.warn(`too large for ${this.#peer}`, 'a peer does not take messages that are so large', {
      'local-member-id': this.#env.self.memberId,
      'remote-peer-id': this.#peer,
      'largest-message-bytes': this.#largestBytes,
      error: text,
    });
  }

  #lost(stream: ClientStream, isRefused: boolean, reason: string): void {
    if (this.#stream !== stream) return;
    const since = this.#openSince;
    const wasOpen = since !== undefined;
    this.#stream = undefined;
    this.#connection = undefined;
    this.#openSince = undefined;
    this.#timer?.cancel();
    this.#wire?.destroy();
    if (wasOpen) this.#counters.disconnections++;
    if (!wasOpen) this.#urlIndex++;
    else if (this.#env.clock.now() - since >= this.#env.electionMs) this.#backOff.reset();
    const goesOn = this.#owner.onLost(this, wasOpen, reason);
    if (!goesOn || this.#stopped) return;
    this.#mayWake = !isRefused;
    this.#retryIn(isRefused ? REFUSED_RETRY_MS : this.#backOff.next());
  }

  #retryIn(ms: number): void {
    this.#timer = this.#env.clock.setTimer(ms, () => this.#connect());
  }
}
