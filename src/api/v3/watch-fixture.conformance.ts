/** A watch stream on a fake call, a fake clock and the naive history: what the tests of the service share. */
import assert from 'node:assert/strict';
import { WatchableStore } from '../../mvcc/index.js';
import { NaiveHistory } from '../../mvcc/watch/history.conformance.js';
import type { Clock, Timer } from '../../platform/index.js';
import type { ByteWriter } from '../../stdx/index.js';
import { decodeUtf8, encodeUtf8 } from '../../stdx/index.js';
import type { StreamCall } from '../../transport/index.js';
import { WatchCreateRequest, WatchRequest, WatchResponse } from '../../wire/index.js';
import { LeaderMonitor } from './leader-monitor.js';
import { WatchResponses } from './watch-response.js';
import { WatchStream, type WatchStreamParts } from './watch-stream.js';

export class FakeClock implements Clock {
  #now = 1000;
  #timers: { at: number; fn: () => void }[] = [];
  #deferred: (() => void)[] = [];

  get timerCount(): number {
    return this.#timers.length;
  }

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return this.#now;
  }

  setTimer(ms: number, fn: () => void): Timer {
    const timer = { at: Math.max(this.#now, this.#now + ms - this.earlyMs), fn };
    this.#timers.push(timer);
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
      },
    };
  }

  defer(fn: () => void): void {
    this.#deferred.push(fn);
  }

  /** Runs event-loop turns until nothing is deferred, or `max` have passed. */
  turns(max = Infinity): void {
    for (let i = 0; i < max && this.#deferred.length > 0; i++) {
      const batch = this.#deferred;
      this.#deferred = [];
      for (const fn of batch) fn();
    }
  }

  /** Timers fire `earlyMs` before they are due, as real ones do by a fraction. */
  earlyMs = 0;

  advance(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const due = this.#timers.filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.#now = due.at;
      due.fn();
      this.turns();
    }
    this.#now = until;
  }
}

/** Records what is sent; `room` counts down to a full transport buffer. */
export class FakeCall implements StreamCall {
  readonly path = '/etcdserverpb.Watch/Watch';
  readonly timeoutMs = Infinity;
  readonly remoteAddress = '127.0.0.1:1';
  readonly bufferedBytes = 0;
  readonly responses: WatchResponse[] = [];
  readonly sentBytes: number[] = [];
  status: readonly [number, string] | undefined;
  finished = false;
  paused = false;
  room = Infinity;
  full = false;
  sentWhileFull = 0;
  readonly #metadata: Readonly<Record<string, string>>;
  onCancel: (() => void) | undefined;
  onMessage: ((message: Uint8Array, start: number, end: number) => void) | undefined;
  onHalfClose: (() => void) | undefined;
  onDrain: (() => void) | undefined;

  constructor(metadata: Readonly<Record<string, string>> = {}) {
    this.#metadata = metadata;
  }

  metadata(name: string): string | undefined {
    return this.#metadata[name];
  }

  reply(): void {
    assert.fail('a stream answers by send');
  }

  send(message: Uint8Array, start: number, end: number): boolean {
    assert.equal(this.finished, false, 'nothing is sent on a finished call');
    if (this.full) this.sentWhileFull++;
    this.sentBytes.push(end - start);
    this.responses.push(WatchResponse.decode(message.slice(start, end)));
    if (--this.room <= 0) this.full = true;
    return !this.full;
  }

  finish(code: number, message: string): void {
    this.finished = true;
    this.status = [code, message];
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  /** The transport has handed over what it held. */
  drain(room = Infinity): void {
    this.full = false;
    this.room = room;
    this.onDrain?.();
  }

  /** The client goes away. */
  cancel(): void {
    this.finished = true;
    this.onCancel?.();
  }

  /** Takes the responses recorded so far. */
  take(): WatchResponse[] {
    return this.responses.splice(0);
  }
}

export const FRAGMENT_BYTES = 2 * 1024 * 1024;

export class WatchFixture {
  readonly clock = new FakeClock();
  readonly history = new NaiveHistory();
  readonly store: WatchableStore;
  readonly leaderMonitor: LeaderMonitor;
  readonly parts: WatchStreamParts;
  hasLeader = true;
  denial: string | undefined;

  constructor(overrides: Partial<WatchStreamParts> = {}) {
    this.store = new WatchableStore(this.history, { defer: (fn) => this.clock.defer(fn) });
    this.history.listener = this.store;
    this.leaderMonitor = new LeaderMonitor(this.clock, () => this.hasLeader, 1000);
    this.parts = {
      store: this.store,
      responses: new WatchResponses((out, revision) => writeHeader(out, revision), FRAGMENT_BYTES),
      clock: this.clock,
      random: { float: () => 0.5, bytes: (length) => new Uint8Array(length) },
      leaderMonitor: this.leaderMonitor,
      progressNotifyMs: 1000,
      authorizeWatch: () => this.denial,
      ...overrides,
    };
  }

  open(metadata: Readonly<Record<string, string>> = {}): FakeCall {
    const call = new FakeCall(metadata);
    new WatchStream(call, this.parts);
    return call;
  }

  request(call: FakeCall, request: Partial<WatchRequest>): void {
    const bytes = WatchRequest.toBytes(WatchRequest.create(request));
    // In a larger buffer, as it comes from a connection, and gone afterwards.
    const chunk = new Uint8Array(bytes.length + 10);
    chunk.set(bytes, 5);
    call.onMessage!(chunk, 5, 5 + bytes.length);
    chunk.fill(0xff);
  }

  create(call: FakeCall, request: Partial<WatchCreateRequest>): void {
    this.request(call, { createRequest: WatchCreateRequest.create(request) });
  }

  cancel(call: FakeCall, watchId: number): void {
    this.request(call, { cancelRequest: { watchId } });
  }

  progress(call: FakeCall): void {
    this.request(call, { progressRequest: {} });
  }
}

function writeHeader(out: ByteWriter, revision: number): void {
  out.tag(1, 2);
  const before = out.len;
  out.byte(0);
  out.int64Field(1, 11n);
  out.int64Field(2, 22n);
  out.intField(3, revision);
  out.intField(4, 5);
  out.buf[before] = out.len - before - 1;
}

export const key = (text: string): Uint8Array => encodeUtf8(text);

/** What a test wants to see of a response; defaults left out. */
export function brief(response: WatchResponse): Record<string, unknown> {
  assert.ok(response.header !== undefined, 'every watch response has a header');
  assert.equal(response.header.clusterId, 11n);
  const shown: Record<string, unknown> = { rev: response.header.revision, id: response.watchId };
  if (response.created) shown['created'] = true;
  if (response.canceled) shown['canceled'] = true;
  if (response.compactRevision !== 0) shown['compact'] = response.compactRevision;
  if (response.cancelReason !== '') shown['reason'] = response.cancelReason;
  if (response.fragment) shown['fragment'] = true;
  if (response.events.length > 0) {
    shown['events'] = response.events.map((event) => {
      const text = (bytes: Uint8Array): string => decodeUtf8(bytes);
      const { kv, prevKv } = event;
      assert.ok(kv !== undefined);
      const what = event.type === 1 ? `del ${text(kv.key)}` : `put ${text(kv.key)}=${text(kv.value)}`;
      const prev = prevKv === undefined ? '' : ` was ${text(prevKv.value)}@${prevKv.modRevision}`;
      return `${what}@${kv.modRevision}${prev}`;
    });
  }
  return shown;
}
