/**
 * Watch load in two phases, as etcd's benchmark has them: first every watch is created (each stream creates its
 * watches one after the other, all streams at once), then clients put to the watched keys in a closed loop.
 *
 * An event's latency is counted from the sending of the put that caused it to its arrival at the watcher. The put's
 * value is its number, by which an arriving event finds its start, so put and watch need no common revision.
 */
import { Prng } from '../stdx/index.js';
import { Status } from '../transport/index.js';
import { ClosedLoop } from './closed-loop.js';
import { KeySequence, writeKey } from './key-sequence.js';
import { EVENT_SILENCE_MAX_MS, PROGRESS_INTERVAL_MS, WATCH_VALUE_BYTES } from './limits.js';
import { Measurement } from './measurement.js';
import type { Options } from './options.js';
import {
  encodeWatchCreate,
  keySizeProblem,
  PUT_PATH,
  putTemplate,
  WATCH_PATH,
  WatchAnswer,
} from './requests.js';
import type { LoadStream } from './rpc.js';
import type { Session } from './session.js';

const SEED = 1;

/** What both phases of a run share: the watched keys, and when each put was sent. */
export class WatchLoad {
  readonly creation = new Measurement();
  readonly events = new Measurement();
  readonly puts = new Measurement();
  readonly watchCount: number;
  /** Events that all watchers together must get. */
  readonly eventsExpected: number;
  createdCount = 0;
  eventCount = 0;
  readonly #session: Session;
  readonly #options: Options;
  readonly #now: () => number;
  /** The watched keys' numbers; several may be the same key. */
  readonly #keyNumbers: readonly number[];
  readonly #putSentMs: Float64Array;
  readonly #streams: LoadStream[] = [];
  #endedStreams = 0;
  #lastEventMs = 0;
  #onAllEvents: (() => void) | undefined;

  constructor(session: Session, options: Options, now: () => number) {
    const space = options.count('key-space-size');
    const problem = keySizeProblem(options.count('key-size'), space);
    if (problem !== undefined) throw new Error(problem);
    this.#session = session;
    this.#options = options;
    this.#now = now;
    const sequence = new KeySequence(space, options.enabled('sequential-keys'), new Prng(SEED));
    this.#keyNumbers = Array.from({ length: options.count('watched-key-total') }, () => sequence.next());
    this.watchCount = options.count('streams') * options.count('watch-per-stream');
    this.#putSentMs = new Float64Array(options.count('put-total'));
    this.eventsExpected = this.#countExpectedEvents();
  }

  #watchedKey(watch: number): number {
    return this.#keyNumbers[watch % this.#keyNumbers.length]!;
  }

  #countExpectedEvents(): number {
    const watchers = new Map<number, number>();
    for (let watch = 0; watch < this.watchCount; watch++) {
      const key = this.#watchedKey(watch);
      watchers.set(key, (watchers.get(key) ?? 0) + 1);
    }
    let events = 0;
    for (let put = 0; put < this.#putSentMs.length; put++) events += watchers.get(this.#watchedKey(put)) ?? 0;
    return events;
  }

  /** Opens all watches; rejects if one is refused. */
  async create(): Promise<void> {
    const perStream = this.#options.count('watch-per-stream');
    this.creation.start(this.#now());
    await Promise.all(
      Array.from({ length: this.#options.count('streams') }, (_, i) => this.#createOnStream(i, perStream)),
    );
    this.creation.end(this.#now());
  }

  #createOnStream(index: number, count: number): Promise<void> {
    const { connections, metadata } = this.#session;
    const stream = connections[index % connections.length]!.stream(WATCH_PATH, metadata);
    this.#streams.push(stream);
    const answer = new WatchAnswer();
    const key = new Uint8Array(this.#options.count('key-size'));
    let opened = 0;
    let sentMs = 0;
    return new Promise((resolve, reject) => {
      const createNext = (): void => {
        writeKey(key, 0, key.length, this.#watchedKey(index * count + opened));
        sentMs = this.#now();
        const request = encodeWatchCreate(key);
        stream.send(request, 0, request.length);
      };
      stream.onStatus = (status, text) => {
        stream.onStatus = undefined;
        this.#streamEnded(status, text, reject);
      };
      stream.onMessage = (buf, start, end) => {
        answer.decode(buf, start, end);
        if (answer.canceled) reject(new Error(`watch refused: ${answer.cancelReason}`));
        if (answer.created) {
          this.creation.latencies.record(this.#now() - sentMs);
          this.createdCount++;
          if (++opened === count) resolve();
          else createNext();
        }
        if (answer.values.length > 0) this.#eventsArrived(buf, answer.values);
      };
      createNext();
    });
  }

  #streamEnded(status: number, text: string, reject: (error: Error) => void): void {
    this.#endedStreams++;
    if (status === Status.CANCELLED) return;
    reject(new Error(`watch stream ended: ${text}`));
    this.events.recordError(`watch stream ended: ${text}`);
  }

  #eventsArrived(buf: Uint8Array, values: readonly number[]): void {
    const nowMs = this.#now();
    this.#lastEventMs = nowMs;
    for (let i = 0; i < values.length; i += 2) {
      if (values[i + 1]! - values[i]! !== WATCH_VALUE_BYTES) continue;
      const put = readPutNumber(buf, values[i]!);
      if (put >= this.#putSentMs.length) continue;
      this.events.latencies.record(nowMs - this.#putSentMs[put]!);
      this.eventCount++;
    }
    if (this.eventCount >= this.eventsExpected) this.#onAllEvents?.();
  }

  /** Puts, and waits until each watcher got its events, none came for {@link EVENT_SILENCE_MAX_MS}, or all are gone. */
  async putAndReceive(clients: number): Promise<void> {
    const allEvents = this.#allEventsOrSilence();
    this.events.start(this.#now());
    await this.#putLoop(clients).run();
    this.#lastEventMs = this.#now();
    await allEvents;
    this.events.end(this.#now());
    const missing = this.eventsExpected - this.eventCount;
    for (let i = 0; i < missing; i++) this.events.recordError('event did not arrive');
  }

  #putLoop(clients: number): ClosedLoop {
    const template = putTemplate(this.#options.count('key-size'), new Uint8Array(WATCH_VALUE_BYTES));
    const valueAt = template.bytes.length - WATCH_VALUE_BYTES;
    let put = 0;
    const nextRequest = (): Uint8Array => {
      template.setKey(0, this.#watchedKey(put));
      writePutNumber(template.bytes, valueAt, put);
      this.#putSentMs[put++] = this.#now();
      return template.bytes;
    };
    return new ClosedLoop(
      { path: PUT_PATH, nextRequest },
      {
        connections: this.#session.connections,
        metadata: this.#session.metadata,
        clients,
        total: this.#putSentMs.length,
        ratePerSecond: this.#options.count('put-rate'),
        now: this.#now,
        measurement: this.puts,
      },
    );
  }

  #allEventsOrSilence(): Promise<void> {
    return new Promise((resolve) => {
      this.#lastEventMs = Number.POSITIVE_INFINITY;
      const finish = (): void => {
        clearInterval(timer);
        resolve();
      };
      const timer = setInterval(() => {
        const silent = this.#now() - this.#lastEventMs > EVENT_SILENCE_MAX_MS;
        const putsDone = this.puts.elapsedMs > 0;
        if (putsDone && (silent || this.#endedStreams === this.#streams.length)) finish();
      }, PROGRESS_INTERVAL_MS);
      this.#onAllEvents = finish;
      if (this.eventsExpected === 0) finish();
    });
  }

  close(): void {
    for (const stream of this.#streams) stream.cancel();
  }
}

function writePutNumber(out: Uint8Array, at: number, put: number): void {
  for (let i = 0; i < WATCH_VALUE_BYTES; i++) out[at + i] = (put >>> (8 * i)) & 255;
}

function readPutNumber(buf: Uint8Array, at: number): number {
  let put = 0;
  for (let i = WATCH_VALUE_BYTES - 1; i >= 0; i--) put = put * 256 + buf[at + i]!;
  return put;
}
