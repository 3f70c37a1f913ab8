/**
 * Watching: change events of the store, to whoever asked for them.
 *
 * There is one revision-ordered log of encoded events (`EventLog`), and each watcher is a cursor over the revisions.
 * A commit appends its events and returns; handing them out happens afterwards, in slices. Watchers at the front
 * (synced) are found by key when an event passes; those behind (lagging) are brought up by `CatchUp`, from the log or
 * from the store's history. A watcher whose reader is congested is parked at its cursor and costs nothing until the
 * reader drains. So memory is bounded by the log, one batch, and what each reader's transport holds, however many
 * watchers there are and however slow they read.
 *
 * Each watcher sees every matching event from its start on, in order, once, and all of a revision in one response.
 */
import { assert } from '../../stdx/index.js';
import type { CommitListener, CommittedRevision } from '../commit-listener.js';
import { CatchUp } from './catch-up.js';
import { EventLog } from './event-log.js';
import { EventPieces } from './event-pieces.js';
import type { EventSegment } from './event-segment.js';
import type { WatchHistory } from './history.js';
import {
  DELIVERIES_PER_STEP_MAX,
  DELIVERY_BYTES_PER_STEP_MAX,
  LOG_BYTES_DEFAULT,
  LOG_EVENTS_PER_STEP_MAX,
  WATCHERS_PER_STEP_MAX,
} from './limits.js';
import { Matches } from './matches.js';
import { PreviousValues } from './previous-values.js';
import type { WatchReader, WatchSink, WatchSpec } from './watcher.js';
import { Watcher, WatcherState } from './watcher.js';
import { WatcherIndex } from './watcher-index.js';

export interface WatchableStoreOptions {
  /** Runs a function soon, after the events at hand (`Clock.defer`). */
  readonly defer: (fn: () => void) => void;
  /** Runs a slice of the work for those who are behind, when others need not wait for it; default: `defer`. */
  readonly background?: (slice: () => void) => void;
  /** What the event log may hold for readers that fall behind a little. */
  readonly logBytes?: number;
}

export class WatchableStore implements CommitListener {
  readonly #history: WatchHistory;
  readonly #defer: (fn: () => void) => void;
  readonly #background: (slice: () => void) => void;
  readonly #logBytes: number;
  readonly #log: EventLog;
  readonly #previous: PreviousValues;
  readonly #catchUp: CatchUp;
  readonly #synced = new WatcherIndex();
  readonly #watchers = new Set<Watcher>();
  readonly #parked = new Map<WatchReader, Set<Watcher>>();
  #parkedCount = 0;
  #liveEventCount = 0;
  #scheduled = false;
  #catchUpScheduled = false;
  /** Number of the distribution at hand. */
  #step = 0;

  /** The next revision to hand out to synced watchers. */
  #nextLive: number;
  /** Bytes in the log that are not handed out yet. */
  #backlogBytes = 0;
  /** Revision `#nextLive - 1` is being handed out to these, from `#touchedAt` on. */
  readonly #touched = new Matches();
  #touchedAt = 0;
  #liveSegment: EventSegment | undefined;
  /** Where that revision ends in `#liveSegment`. */
  #liveEnd = 0;
  readonly #matched = new Matches();
  readonly #pieces = new EventPieces();

  constructor(history: WatchHistory, options: WatchableStoreOptions) {
    this.#history = history;
    this.#defer = options.defer;
    this.#background = options.background ?? options.defer;
    this.#logBytes = options.logBytes ?? LOG_BYTES_DEFAULT;
    this.#log = new EventLog(this.#logBytes);
    this.#previous = new PreviousValues(history);
    this.#nextLive = history.revision + 1;
    this.#catchUp = new CatchUp(history, this.#log, this.#previous, {
      isLive: (revision) => revision >= this.#nextLive,
      synced: (watcher) => this.#sync(watcher),
      stalled: (watcher) => this.#park(watcher),
    });
  }

  /** The store's revision. */
  get revision(): number {
    return this.#history.revision;
  }

  /** All watchers that are not cancelled. */
  get watcherCount(): number {
    return this.#watchers.size;
  }

  /** Watchers that are behind: catching up or waiting for their reader. */
  get slowWatcherCount(): number {
    return this.#catchUp.size + this.#parkedCount;
  }

  /** Events handed to readers so far, each as often as it was. */
  get deliveredEventCount(): number {
    return this.#liveEventCount + this.#catchUp.deliveredEventCount;
  }

  /** Revisions in the log that are not handed out yet to the watchers at the front. */
  get pendingRevisionCount(): number {
    return Math.max(0, this.#log.lastRevision + 1 - this.#nextLive);
  }

  /** Bytes the event log holds. */
  get logBytes(): number {
    return this.#log.bytes;
  }

  /**
   * Registers a watcher. Nothing is delivered before this call returns. The start revision may lie in the future, or
   * below the compacted revision, in which case the sink is told that it is compacted.
   */
  watch(spec: WatchSpec, sink: WatchSink): Watcher {
    assert(spec.key.length > 0 && spec.startRevision >= 0, 'a watch names a key and a start');
    const { revision } = this.#history;
    if (this.#watchers.size === 0) this.#nextLive = revision + 1;
    const watcher = new Watcher(spec, sink, spec.startRevision === 0 ? revision + 1 : spec.startRevision);
    this.#watchers.add(watcher);
    if (watcher.next > revision) {
      this.#sync(watcher);
    } else {
      this.#catchUp.add(watcher);
      this.#scheduleCatchUp();
    }
    return watcher;
  }

  /** Ends a watcher: its sink hears nothing more. */
  cancel(watcher: Watcher): void {
    if (!this.#watchers.delete(watcher)) return;
    switch (watcher.state) {
      case WatcherState.SYNCED:
        this.#synced.remove(watcher);
        break;
      case WatcherState.LAGGING:
        this.#catchUp.remove(watcher);
        break;
      case WatcherState.PARKED:
        this.#unpark(watcher);
        break;
    }
    watcher.state = WatcherState.CANCELLED;
    if (this.#watchers.size === 0) this.#forgetEvents();
  }

  /** The reader has room again: its parked watchers go on. */
  resume(reader: WatchReader): void {
    const parked = this.#parked.get(reader);
    if (parked === undefined) return;
    this.#parked.delete(reader);
    this.#parkedCount -= parked.size;
    for (const watcher of parked) this.#catchUp.add(watcher);
    this.#scheduleCatchUp();
  }

  /**
   * True if the watcher has been given all there is: it is at the front and its start is reached. After `flush`, that
   * means all events up to the store's revision.
   */
  isCaughtUp(watcher: Watcher): boolean {
    return watcher.state === WatcherState.SYNCED && this.#history.revision >= watcher.spec.startRevision;
  }

  /** Hands out at once what synced watchers have coming. */
  flush(): void {
    this.#distribute(Infinity, Infinity, Infinity, Infinity);
  }

  onCommit(committed: CommittedRevision): void {
    if (this.#watchers.size === 0) return;
    this.#backlogBytes += this.#log.append(committed, this.#nextLive);
    // A burst of large writes in one turn must not outgrow the log.
    if (this.#backlogBytes > this.#logBytes / 2) this.flush();
    this.#schedule();
  }

  /**
   * The store's content was replaced by a newer one (a snapshot from the leader): there are no events for what
   * happened in between but those its history holds.
   */
  onReplaced(): void {
    this.#catchUp.abandon();
    const { watchers, count } = this.#touched;
    const undelivered = new Set(watchers.slice(this.#touchedAt, count));
    for (const watcher of undelivered) {
      if (watcher.pendingCount > 0) watcher.next = Math.max(watcher.next, this.#nextLive - 1);
      watcher.clearPending();
    }
    const oldNextLive = this.#nextLive;
    this.#forgetEvents();
    for (const watcher of this.#watchers) {
      if (watcher.state !== WatcherState.SYNCED) continue;
      if (!undelivered.has(watcher)) watcher.next = Math.max(watcher.next, oldNextLive);
      if (watcher.next >= this.#nextLive) continue;
      this.#synced.remove(watcher);
      this.#catchUp.add(watcher);
    }
    this.#schedule();
  }

  /** Hands out a slice of what is new to those at the front. True if there is more. */
  #stepLive(): boolean {
    const more = this.#distribute(
      WATCHERS_PER_STEP_MAX,
      DELIVERIES_PER_STEP_MAX,
      DELIVERY_BYTES_PER_STEP_MAX,
      LOG_EVENTS_PER_STEP_MAX,
    );
    if (more) this.#leaveBehind();
    return more;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#defer(this.#turn);
  }

  readonly #turn = (): void => {
    this.#scheduled = false;
    if (this.#stepLive()) this.#schedule();
    this.#scheduleCatchUp();
  };

  #scheduleCatchUp(): void {
    if (this.#catchUpScheduled || this.#catchUp.size === 0) return;
    this.#catchUpScheduled = true;
    this.#background(this.#catchUpTurn);
  }

  readonly #catchUpTurn = (): void => {
    this.#catchUpScheduled = false;
    if (this.#catchUp.size > 0) this.#catchUp.step();
    this.#scheduleCatchUp();
  };

  #sync(watcher: Watcher): void {
    watcher.state = WatcherState.SYNCED;
    this.#synced.add(watcher);
  }

  #park(watcher: Watcher): void {
    watcher.state = WatcherState.PARKED;
    const { reader } = watcher.sink;
    const parked = this.#parked.get(reader);
    if (parked === undefined) this.#parked.set(reader, new Set([watcher]));
    else parked.add(watcher);
    this.#parkedCount++;
  }

  #unpark(watcher: Watcher): void {
    const { reader } = watcher.sink;
    const parked = this.#parked.get(reader)!;
    parked.delete(watcher);
    if (parked.size === 0) this.#parked.delete(reader);
    this.#parkedCount--;
  }

  #forgetEvents(): void {
    this.#catchUp.abandon();
    this.#log.clear();
    this.#previous.beginResponse();
    this.#touched.clear();
    this.#touchedAt = 0;
    this.#matched.clear();
    this.#liveSegment = undefined;
    this.#backlogBytes = 0;
    this.#nextLive = this.#history.revision + 1;
  }

  /** Hands out new revisions to synced watchers. True if it stopped at a limit. */
  #distribute(watchersMax: number, deliveriesMax: number, bytesMax: number, eventsMax: number): boolean {
    const step = ++this.#step;
    let watchers = 0;
    let deliveries = 0;
    let bytes = 0;
    let events = 0;
    for (;;) {
      while (this.#touchedAt < this.#touched.count) {
        if (deliveries >= deliveriesMax || bytes >= bytesMax) return true;
        const watcher = this.#touched.watchers[this.#touchedAt]!;
        if (watcher.step !== step) {
          if (watchers >= watchersMax) return true;
          watchers++;
          watcher.step = step;
        }
        this.#touchedAt++;
        bytes += this.#deliverLive(watcher);
        deliveries++;
      }
      this.#touched.count = 0;
      this.#touchedAt = 0;
      if (this.#nextLive > this.#log.lastRevision) {
        this.#backlogBytes = 0;
        return false;
      }
      if (events >= eventsMax) return true;
      events += this.#collectNext();
    }
  }

  /**
   * With newer revisions waiting, those who have not got the one at hand are given all of them together: a delivery costs
   * much the same however many events are in it, so that a thousand watchers of a busy range do not hold up who writes.
   */
  #leaveBehind(): void {
    if (this.#nextLive > this.#log.lastRevision) return;
    const { watchers, count } = this.#touched;
    for (let i = this.#touchedAt; i < count; i++) {
      const watcher = watchers[i]!;
      if (watcher.state !== WatcherState.SYNCED) continue;
      watcher.clearPending();
      watcher.next = this.#nextLive - 1;
      this.#synced.remove(watcher);
      this.#catchUp.add(watcher);
    }
    this.#touched.count = 0;
    this.#touchedAt = 0;
  }

  /** Finds who wants events of revision `#nextLive`. Returns how many events it has. */
  #collectNext(): number {
    const revision = this.#nextLive++;
    let segment = this.#liveSegment;
    if (segment === undefined || segment.revisions[segment.count - 1]! < revision) {
      segment = this.#log.segmentOf(revision);
      this.#liveSegment = segment;
      this.#liveEnd = 0;
    }
    // Usually right behind the last one handed out.
    const isNext = this.#liveEnd < segment.count && segment.revisions[this.#liveEnd] === revision;
    const begin = isNext ? this.#liveEnd : segment.lowerBound(revision);
    const end = segment.revisionEnd(begin);
    this.#liveEnd = end;
    const matched = this.#matched;
    for (let index = begin; index < end; index++) {
      matched.count = 0;
      this.#synced.match(segment.buf, segment.keyStarts[index]!, segment.keyEnds[index]!, matched);
      const kind = segment.kinds[index]!;
      for (let i = 0; i < matched.count; i++) {
        const watcher = matched.watchers[i]!;
        if (watcher.next > revision || (watcher.spec.eventMask & kind) === 0) continue;
        if (watcher.addPending(index)) this.#touched.push(watcher);
      }
    }
    return end - begin;
  }

  /** Delivers the pending events of revision `#nextLive - 1`, or parks the watcher there. Returns the bytes. */
  #deliverLive(watcher: Watcher): number {
    const revision = this.#nextLive - 1;
    const count = watcher.pendingCount;
    if (watcher.state !== WatcherState.SYNCED) return 0;
    if (!watcher.sink.reader.ready) {
      watcher.clearPending();
      watcher.next = revision;
      this.#synced.remove(watcher);
      this.#park(watcher);
      return 0;
    }
    const segment = this.#liveSegment!;
    const pieces = this.#pieces;
    pieces.clear();
    if (watcher.spec.prevKv) this.#previous.beginRevision(segment, revision);
    for (let i = 0; i < count; i++) {
      const index = watcher.pendingAt(i);
      if (watcher.spec.prevKv) this.#previous.push(pieces, segment, index);
      else pieces.push(segment.buf, segment.starts[index]!, segment.starts[index + 1]!);
    }
    watcher.clearPending();
    this.#liveEventCount += count;
    watcher.sink.deliver(revision, pieces);
    return pieces.bytes;
  }
}
