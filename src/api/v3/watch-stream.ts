/**
 * One Watch stream: a client's watchers, its control requests and its periodic progress responses. Deliveries come
 * from the watchable store; when the client reads too slowly, the stream stops taking them (and requests) until the
 * transport drains, and the store lets its watchers fall behind.
 */
import type { EventPieces, WatchableStore, Watcher, WatchReader, WatchSink } from '../../mvcc/index.js';
import { EVENT_DELETE, EVENT_PUT } from '../../mvcc/index.js';
import type { Clock, Random, Timer } from '../../platform/index.js';
import { compareBytes, copyOf, MalformedError } from '../../stdx/index.js';
import type { StreamCall } from '../../transport/index.js';
import { Status } from '../../transport/index.js';
import type { WatchCreateRequest } from '../../wire/index.js';
import { FilterType } from '../../wire/index.js';
import type { LeaderDependent, LeaderMonitor } from './leader-monitor.js';
import { WATCH_QUEUE_BYTES_HIGH } from './limits.js';
import { decodeWatchRequest } from './watch-request.js';
import type { WatchResponses } from './watch-response.js';
import { encodeWatchIdField } from './watch-response.js';

/** What an empty key stands for: the first of all keys. */
const FIRST_KEY = new Uint8Array(1);

const REASON_EMPTY_RANGE = 'mvcc: watcher range is empty';
const REASON_DUPLICATE_ID = 'mvcc: duplicate watch ID provided on the WatchStream';
const REASON_COMPACTED = 'etcdserver: mvcc: required revision has been compacted';
const NO_LEADER = 'etcdserver: no leader';

/** What the streams of a server share. */
export interface WatchStreamParts {
  readonly store: WatchableStore;
  readonly responses: WatchResponses;
  readonly clock: Clock;
  readonly random: Random;
  readonly leaderMonitor: LeaderMonitor;
  /** Between the progress responses of a stream; up to a tenth is added, so that streams do not all tick together. */
  readonly progressNotifyMs: number;
  /**
   * Why a caller may not watch an interval, as the text of `cancel_reason`; undefined if it may. The range end is as
   * in the request: empty, or a single zero byte for no upper bound.
   */
  readonly authorizeWatch: (call: StreamCall, key: Uint8Array, rangeEnd: Uint8Array) => string | undefined;
}

/** A watcher as its client knows it. */
class StreamWatcher implements WatchSink {
  readonly reader: WatchStream;
  readonly idField: Uint8Array;
  readonly mayFragment: boolean;
  readonly progressNotify: boolean;
  /** Has had no events since the last progress tick. */
  quiet = true;
  watcher: Watcher | undefined;

  constructor(reader: WatchStream, id: bigint, request: WatchCreateRequest) {
    this.reader = reader;
    this.idField = encodeWatchIdField(id);
    this.mayFragment = request.fragment;
    this.progressNotify = request.progressNotify;
  }

  deliver(revision: number, events: EventPieces): void {
    this.quiet = false;
    this.reader.sendEvents(this, revision, events);
  }

  compacted(compactRevision: number): void {
    this.reader.sendCompacted(this, compactRevision);
  }
}

export class WatchStream implements WatchReader, LeaderDependent {
  readonly #call: StreamCall;
  readonly #parts: WatchStreamParts;
  readonly #watchers = new Map<bigint, StreamWatcher>();
  #nextId = 0n;
  #ready = true;
  #ended = false;
  /** The opening of the stream counts as a tick. */
  #lastTickAt: number;
  #nextTickAt = 0;
  readonly #progressPeriodMs: number;
  #progressTimer: Timer | undefined;

  constructor(call: StreamCall, parts: WatchStreamParts) {
    this.#call = call;
    this.#parts = parts;
    this.#lastTickAt = parts.clock.now();
    this.#progressPeriodMs = parts.progressNotifyMs * (1 + parts.random.float() / 10);
    call.queueBytesHigh = WATCH_QUEUE_BYTES_HIGH;
    call.onMessage = (buf, start, end) => this.#onMessage(buf, start, end);
    // A client that sends no more requests still wants its events: half-close is no reason to end.
    call.onHalfClose = undefined;
    call.onDrain = () => this.#onDrain();
    call.onCancel = () => this.#end();
    if (call.metadata('hasleader') === 'true') parts.leaderMonitor.add(this);
  }

  get ready(): boolean {
    return this.#ready;
  }

  get roomBytes(): number {
    return this.#call.roomBytes ?? Number.POSITIVE_INFINITY;
  }

  get watcherCount(): number {
    return this.#watchers.size;
  }

  onLeaderLost(): void {
    this.#end();
    this.#call.finish(Status.UNAVAILABLE, NO_LEADER);
  }

  sendEvents(watcher: StreamWatcher, revision: number, events: EventPieces): void {
    const { responses } = this.#parts;
    this.#sent(responses.events(this.#call, watcher.idField, revision, events, watcher.mayFragment));
  }

  /** The watcher stays registered: until its client cancels it, it is one that has not caught up. */
  sendCompacted(watcher: StreamWatcher, compactRevision: number): void {
    this.#sent(this.#parts.responses.compacted(this.#call, watcher.idField, compactRevision));
  }

  #onMessage(buf: Uint8Array, start: number, end: number): void {
    if (this.#ended) return;
    try {
      const { request, watchId } = decodeWatchRequest(buf, start, end);
      if (request.createRequest !== undefined) this.#create(request.createRequest, watchId);
      else if (request.cancelRequest !== undefined) this.#cancel(watchId);
      else if (request.progressRequest !== undefined) this.#progress();
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      this.#end();
      // A stream's text; a unary call's differs (grpc-go).
      this.#call.finish(Status.INTERNAL, `grpc: failed to unmarshal the received message: ${error.message}`);
    }
  }

  #create(request: WatchCreateRequest, requestedId: bigint): void {
    const { store, responses } = this.#parts;
    // Copied: a view would keep the connection's whole input chunk alive.
    const key = request.key.length === 0 ? FIRST_KEY : copyOf(request.key);
    const rangeEnd = copyOf(request.rangeEnd);
    const refusal = this.#refusalOf(request, requestedId, key, rangeEnd);
    if (refusal !== undefined) {
      this.#sent(responses.refused(this.#call, store.revision, refusal));
      return;
    }
    const id = requestedId === 0n ? this.#takeId() : requestedId;
    const watcher = new StreamWatcher(this, id, request);
    this.#watchers.set(id, watcher);
    // Its first event comes in a later turn, behind the response that tells the client its id.
    watcher.watcher = store.watch(
      {
        key,
        rangeEnd,
        startRevision: request.startRevision,
        eventMask: eventMaskOf(request.filters),
        prevKv: request.prevKv,
      },
      watcher,
    );
    if (watcher.progressNotify && this.#progressTimer === undefined) this.#armProgress();
    this.#sent(responses.created(this.#call, watcher.idField, store.revision));
  }

  /** In etcd's order of checks. */
  #refusalOf(
    request: WatchCreateRequest,
    id: bigint,
    key: Uint8Array,
    rangeEnd: Uint8Array,
  ): string | undefined {
    const reason = this.#parts.authorizeWatch(this.#call, key, rangeEnd);
    if (reason !== undefined) return reason;
    if (request.startRevision < 0) return REASON_COMPACTED;
    const isOpen = rangeEnd.length === 1 && rangeEnd[0] === 0;
    if (rangeEnd.length > 0 && !isOpen && compareBytes(key, rangeEnd) >= 0) return REASON_EMPTY_RANGE;
    return id !== 0n && this.#watchers.has(id) ? REASON_DUPLICATE_ID : undefined;
  }

  /** Ids count up and are not used twice, but for those that clients choose. */
  #takeId(): bigint {
    while (this.#watchers.has(this.#nextId)) this.#nextId++;
    return this.#nextId++;
  }

  #cancel(id: bigint): void {
    const watcher = this.#watchers.get(id);
    if (watcher === undefined) return;
    this.#watchers.delete(id);
    this.#parts.store.cancel(watcher.watcher!);
    this.#sent(this.#parts.responses.canceled(this.#call, watcher.idField, this.#parts.store.revision));
  }

  /** Answered only if every watcher of the stream has been given everything; the client must ask again otherwise. */
  #progress(): void {
    const { store, responses } = this.#parts;
    if (this.#watchers.size === 0) return;
    store.flush();
    for (const watcher of this.#watchers.values()) if (!store.isCaughtUp(watcher.watcher!)) return;
    this.#sent(responses.streamProgress(this.#call, store.revision));
  }

  /** Ticks are counted from the opening of the stream, whenever the first watcher came that wants them. */
  #armProgress(): void {
    const { clock } = this.#parts;
    const now = clock.now();
    // From the last tick, not from now: a timer that fires a little early must not tick twice.
    const periods = Math.max(1, Math.floor((now - this.#lastTickAt) / this.#progressPeriodMs) + 1);
    this.#nextTickAt = this.#lastTickAt + periods * this.#progressPeriodMs;
    this.#progressTimer = clock.setTimer(this.#nextTickAt - now, () => this.#tickProgress());
  }

  #tickProgress(): void {
    const { store, responses } = this.#parts;
    this.#progressTimer = undefined;
    this.#lastTickAt = this.#nextTickAt;
    store.flush();
    let wanted = false;
    for (const watcher of this.#watchers.values()) {
      if (!watcher.progressNotify) continue;
      wanted = true;
      if (this.#ready && watcher.quiet && store.isCaughtUp(watcher.watcher!)) {
        this.#sent(responses.progress(this.#call, watcher.idField, store.revision));
      }
      watcher.quiet = true;
    }
    if (wanted && !this.#ended) this.#armProgress();
  }

  #sent(hasRoom: boolean): void {
    if (hasRoom || !this.#ready || this.#ended) return;
    this.#ready = false;
    // Requests that are answered must not pile up answers.
    this.#call.pause();
  }

  #onDrain(): void {
    if (this.#ready || this.#ended) return;
    this.#ready = true;
    this.#parts.store.resume(this);
    this.#call.resume();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#ready = false;
    this.#progressTimer?.cancel();
    this.#parts.leaderMonitor.remove(this);
    for (const watcher of this.#watchers.values()) this.#parts.store.cancel(watcher.watcher!);
    this.#watchers.clear();
  }
}

function eventMaskOf(filters: readonly number[]): number {
  let mask = EVENT_PUT | EVENT_DELETE;
  for (const filter of filters) {
    if (filter === FilterType.NOPUT) mask &= ~EVENT_PUT;
    else if (filter === FilterType.NODELETE) mask &= ~EVENT_DELETE;
  }
  return mask;
}
