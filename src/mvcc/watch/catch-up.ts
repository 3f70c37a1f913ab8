/**
 * Brings lagging watchers to the front, in slices small enough that writers do not notice.
 *
 * Work goes in batches. The watcher that waits longest fixes where a batch begins; all lagging watchers at or beyond
 * that point form its cohort. The revisions from there on are read once for the whole cohort, from the event log if it
 * reaches back that far, else from the store's history; events that somebody in the cohort wants are kept, each
 * encoded once, until the batch holds as many revisions or bytes as a response should have. Then each member of the
 * cohort that the batch covers gets its share as one response, and its cursor moves behind the batch. A batch holds
 * whole revisions only.
 */
import { assert } from '../../stdx/index.js';
import type { RevisionRecord } from '../commit-listener.js';
import type { EventLog } from './event-log.js';
import { EventPieces } from './event-pieces.js';
import { EVENT_DELETE, EVENT_PUT, EventSegment } from './event-segment.js';
import type { WatchHistory } from './history.js';
import {
  ASSIGNMENTS_PER_STEP_MAX,
  DELIVERY_BYTES_PER_STEP_MAX,
  DISMISSALS_PER_STEP_MAX,
  LOG_EVENTS_PER_STEP_MAX,
  RESPONSE_BYTES_MIN,
  RESPONSE_BYTES_TARGET,
  RESPONSE_ENVELOPE_BYTES,
  RESPONSE_REVISIONS_MAX,
  SCAN_BYTES_PER_STEP_MAX,
  SCAN_RECORDS_PER_STEP_MAX,
  WATCHERS_PER_STEP_MAX,
} from './limits.js';
import { Matches } from './matches.js';
import type { PreviousValues } from './previous-values.js';
import type { Watcher, WatchReader } from './watcher.js';
import { WatcherState } from './watcher.js';
import { WatcherIndex } from './watcher-index.js';

/** Where watchers go that leave the catch-up. They are in none of its lists any more. */
export interface CatchUpExits {
  /** True if the live distribution will hand out `revision`, so that a watcher waiting for it is synced. */
  isLive(revision: number): boolean;
  synced(watcher: Watcher): void;
  /** Its reader is congested; `watcher.next` is where to go on. */
  stalled(watcher: Watcher): void;
}

const IDLE = 0;
const READING = 1;
const SERVING = 2;
const READING_LOG = 3;

export class CatchUp {
  readonly #history: WatchHistory;
  readonly #log: EventLog;
  readonly #previous: PreviousValues;
  readonly #exits: CatchUpExits;
  /** In the order in which their turn comes. */
  readonly #queue = new Set<Watcher>();
  readonly #index = new WatcherIndex();
  readonly #matched = new Matches();
  readonly #pieces = new EventPieces();

  #phase: typeof IDLE | typeof READING | typeof READING_LOG | typeof SERVING = IDLE;
  /** Number of the batch, to tell its cohort. */
  #batch = 0;
  /** The batch's events are in `#segment`: a segment of the log, or `#scratch` when they come from history. */
  #segment: EventSegment;
  #scratch = new EventSegment();
  /** READING: the next revision to read, and the last one wanted. SERVING: the last one the batch covers. */
  #cursor = 0;
  #to = 0;
  /** READING_LOG: where in `#segment` the batch begins, and the next event to look at. */
  #logBegin = 0;
  #logAt = 0;
  #keptRevisions = 0;
  #keptBytes = 0;
  #lastKept = 0;
  #serving: Watcher[] = [];
  #servingAt = 0;
  /** Events handed to readers so far. */
  deliveredEventCount = 0;

  constructor(history: WatchHistory, log: EventLog, previous: PreviousValues, exits: CatchUpExits) {
    this.#history = history;
    this.#log = log;
    this.#previous = previous;
    this.#exits = exits;
    this.#segment = this.#scratch;
  }

  /** Lagging watchers. */
  get size(): number {
    return this.#queue.size;
  }

  add(watcher: Watcher): void {
    watcher.state = WatcherState.LAGGING;
    watcher.cohort = 0;
    this.#queue.add(watcher);
    this.#index.add(watcher);
  }

  remove(watcher: Watcher): void {
    this.#queue.delete(watcher);
    this.#index.remove(watcher);
    watcher.clearPending();
  }

  /** Forgets the batch at hand; its cohort starts over from where it was. */
  abandon(): void {
    for (const watcher of this.#queue) watcher.clearPending();
    this.#phase = IDLE;
    this.#serving = [];
    this.#matched.clear();
    if (this.#scratch.buf.length > 2 * RESPONSE_BYTES_TARGET) this.#scratch = new EventSegment();
  }

  /** Does one slice of work, if there is any. */
  step(): void {
    switch (this.#phase) {
      case IDLE:
        this.#begin();
        return;
      case READING:
        this.#read();
        return;
      case READING_LOG:
        this.#readLog();
        return;
      case SERVING:
        this.#serve();
    }
  }

  #begin(): void {
    if (!this.#dismiss()) return;
    const head = first(this.#queue);
    if (head === undefined) return;
    const from = head.next;
    this.#batch++;
    for (const watcher of this.#queue) if (watcher.next >= from) watcher.cohort = this.#batch;
    this.#keptRevisions = 0;
    this.#keptBytes = 0;
    this.#lastKept = 0;
    assert(from <= this.#history.revision, 'a lagging watcher has something to catch up with');
    if (from >= this.#log.firstRevision) {
      this.#segment = this.#log.segmentOf(from);
      this.#logBegin = this.#segment.lowerBound(from);
      this.#logAt = this.#logBegin;
      this.#phase = READING_LOG;
      this.#readLog();
      return;
    }
    this.#scratch.clear();
    this.#segment = this.#scratch;
    this.#cursor = from;
    this.#to = Math.min(this.#history.revision, this.#log.firstRevision - 1);
    this.#phase = READING;
    this.#read();
  }

  /**
   * Lets those go whose revisions are compacted, and the next ones in turn that cannot take anything. False if there are
   * so many of them that the rest should wait for the next slice.
   */
  #dismiss(): boolean {
    const compactRevision = this.#history.compactedRevision;
    let headFound = false;
    let dismissed = 0;
    for (const watcher of this.#queue) {
      if (dismissed >= DISMISSALS_PER_STEP_MAX) return false;
      const ready = watcher.sink.reader.ready;
      if (watcher.next < compactRevision && ready) {
        this.remove(watcher);
        watcher.state = WatcherState.COMPACTED;
        dismissed++;
        watcher.sink.compacted(compactRevision);
      } else if (watcher.next < compactRevision || (!headFound && !ready)) {
        this.remove(watcher);
        this.#exits.stalled(watcher);
        dismissed++;
      } else {
        headFound = true;
      }
    }
    return true;
  }

  /** Fills the batch from the log's segment at hand, a slice at a time. */
  #readLog(): void {
    const segment = this.#segment;
    const { kinds, keyStarts, keyEnds } = segment;
    let index = this.#logAt;
    let assignments = 0;
    do {
      const end = segment.revisionEnd(index);
      this.#to = segment.revisions[index]!;
      for (; index < end; index++) {
        if (this.#assign(segment.buf, keyStarts[index]!, keyEnds[index]!, kinds[index]!, this.#to, index)) {
          this.#countKept(this.#to, segment.starts[index + 1]! - segment.starts[index]!);
        }
        assignments += this.#matched.count;
      }
    } while (!this.#isLogRead(index) && assignments < ASSIGNMENTS_PER_STEP_MAX);
    this.#logAt = index;
    if (this.#isLogRead(index)) this.#startServing();
  }

  #isLogRead(index: number): boolean {
    return index === this.#segment.count || index - this.#logBegin >= LOG_EVENTS_PER_STEP_MAX || this.#full;
  }

  /** Fills the batch from history, a slice at a time. */
  #read(): void {
    if (this.#cursor < this.#history.compactedRevision) {
      this.abandon();
      return;
    }
    // A record makes at most one revision and a scan ends between revisions, so the batch stays within its count.
    this.#cursor = this.#history.scanRevisions(
      this.#cursor,
      this.#to,
      Math.min(SCAN_RECORDS_PER_STEP_MAX, RESPONSE_REVISIONS_MAX - this.#keptRevisions),
      Math.min(SCAN_BYTES_PER_STEP_MAX, RESPONSE_BYTES_TARGET - this.#keptBytes),
      this.#visit,
    );
    if (this.#cursor <= this.#to && !this.#full) return;
    this.#to = this.#cursor - 1;
    this.#startServing();
  }

  readonly #visit = (record: RevisionRecord): void => {
    const kind = record.isDelete ? EVENT_DELETE : EVENT_PUT;
    const scratch = this.#scratch;
    const index = scratch.count;
    if (!this.#assign(record.buf, record.keyStart, record.keyEnd, kind, record.main, index)) return;
    const before = scratch.length;
    scratch.append(record);
    this.#countKept(record.main, scratch.length - before);
  };

  get #full(): boolean {
    return this.#keptRevisions >= RESPONSE_REVISIONS_MAX || this.#keptBytes >= RESPONSE_BYTES_TARGET;
  }

  #countKept(revision: number, bytes: number): void {
    this.#keptBytes += bytes;
    if (revision === this.#lastKept) return;
    this.#lastKept = revision;
    this.#keptRevisions++;
  }

  /** Notes event `index` with the members of the cohort that want it. True if there is one. */
  #assign(
    buf: Uint8Array,
    keyStart: number,
    keyEnd: number,
    kind: number,
    revision: number,
    index: number,
  ): boolean {
    const matched = this.#matched;
    matched.count = 0;
    this.#index.match(buf, keyStart, keyEnd, matched);
    let wanted = false;
    for (let i = 0; i < matched.count; i++) {
      const watcher = matched.watchers[i]!;
      if (watcher.cohort !== this.#batch || watcher.next > revision) continue;
      if ((watcher.spec.eventMask & kind) === 0) continue;
      watcher.addPending(index);
      wanted = true;
    }
    return wanted;
  }

  #startServing(): void {
    this.#phase = SERVING;
    this.#serving = [];
    this.#servingAt = 0;
    for (const watcher of this.#queue) {
      if (watcher.cohort === this.#batch && watcher.next <= this.#to) this.#serving.push(watcher);
    }
    // To find those of a large cohort was a slice of its own.
    if (this.#serving.length <= WATCHERS_PER_STEP_MAX) this.#serve();
  }

  #serve(): void {
    let deliveries = 0;
    let bytes = 0;
    while (this.#servingAt < this.#serving.length) {
      if (deliveries >= WATCHERS_PER_STEP_MAX || bytes >= DELIVERY_BYTES_PER_STEP_MAX) return;
      const watcher = this.#serving[this.#servingAt++]!;
      if (watcher.state !== WatcherState.LAGGING || watcher.cohort !== this.#batch) continue;
      bytes += this.#serveOne(watcher);
      deliveries++;
    }
    this.abandon();
  }

  /** Delivers a watcher's share and moves its cursor. Returns the bytes delivered. */
  #serveOne(watcher: Watcher): number {
    const bytes = watcher.pendingCount === 0 ? 0 : this.#deliver(watcher);
    if (watcher.state !== WatcherState.LAGGING) return bytes;
    if (watcher.pendingCount > 0) {
      this.remove(watcher);
      this.#exits.stalled(watcher);
      return bytes;
    }
    watcher.next = this.#to + 1;
    if (this.#exits.isLive(watcher.next)) {
      this.remove(watcher);
      this.#exits.synced(watcher);
    } else {
      this.#queue.delete(watcher);
      this.#queue.add(watcher);
    }
    return bytes;
  }

  /**
   * Sends the pending events, as several responses if previous values make them large or the reader has little room. What
   * is left pending did not go out: the reader is congested, and `watcher.next` is where it begins.
   */
  #deliver(watcher: Watcher): number {
    const segment = this.#segment;
    const pieces = this.#pieces;
    const { reader } = watcher.sink;
    const count = watcher.pendingCount;
    let bytes = 0;
    let sent = 0;
    let last = 0;
    this.#previous.beginResponse();
    pieces.clear();
    if (!reader.ready) return 0;
    let bytesMax = roomOf(reader);
    for (let i = 0; i < count; i++) {
      const index = watcher.pendingAt(i);
      const revision = segment.revisions[index]!;
      const size = segment.starts[index + 1]! - segment.starts[index]!;
      const isFull = pieces.bytes >= RESPONSE_BYTES_TARGET || pieces.bytes + size > bytesMax;
      if (isFull && i > sent && revision !== last) {
        bytes += pieces.bytes;
        watcher.next = revision;
        this.deliveredEventCount += i - sent;
        sent = i;
        watcher.sink.deliver(this.#history.revision, pieces);
        this.#previous.beginResponse();
        pieces.clear();
        if (!reader.ready || watcher.state !== WatcherState.LAGGING) return bytes;
        bytesMax = roomOf(reader);
      }
      last = revision;
      if (watcher.spec.prevKv) this.#previous.push(pieces, segment, index);
      else pieces.push(segment.buf, segment.starts[index]!, segment.starts[index + 1]!);
    }
    watcher.clearPending();
    bytes += pieces.bytes;
    this.deliveredEventCount += count - sent;
    watcher.sink.deliver(this.#history.revision, pieces);
    return bytes;
  }
}

/** How many bytes of events the reader should be sent: what leaves at once, or little. */
function roomOf(reader: WatchReader): number {
  const room = (reader.roomBytes ?? Number.POSITIVE_INFINITY) - RESPONSE_ENVELOPE_BYTES;
  return Math.max(RESPONSE_BYTES_MIN, room);
}

function first(queue: ReadonlySet<Watcher>): Watcher | undefined {
  for (const watcher of queue) return watcher;
  return undefined;
}
