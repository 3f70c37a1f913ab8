/**
 * A watch over the whole run: when its stream breaks, and sometimes because it wants to, it goes on at another member with
 * the revision after the last it got, as etcd's clients do.
 */
import type { WatchRecord } from '../../src/sim/check/record.js';
import type { Session } from '../../src/sim/workload/session.js';
import type { Prng } from '../../src/stdx/index.js';
import {
  FilterType,
  WatchCreateRequest,
  WatchProgressRequest,
  WatchRequest,
  WatchResponse,
} from '../../src/wire/index.js';
import { RawClient, type RawStream, sleep } from '../harness/index.js';

const RECONNECT_MS = 50;
/** Messages of one stream after which a watcher that moves goes to another member. */
const MESSAGES_BEFORE_MOVE = 400;
/** A stream that says nothing at all for so long is given up: its member may be paused. */
const SILENCE_MS_MAX = 4000;
const PROGRESS_MS = 500;
const WATCH_PATH = '/etcdserverpb.Watch/Watch';
/** The id of answers to progress requests. */
const EVERY_WATCH = -1;

export interface ChaosWatcherParts {
  readonly session: Session;
  readonly prng: Prng;
  readonly endpoints: () => readonly string[];
}

export interface WatchWish {
  readonly key: Uint8Array;
  readonly rangeEnd: Uint8Array;
  /** The first revision wanted, 2 or more. */
  readonly start: number;
  readonly prevKv: boolean;
  readonly wantsPuts: boolean;
  readonly wantsDeletes: boolean;
}

export class ChaosWatcher {
  readonly record: WatchRecord;
  /** How often a new stream was begun. */
  streams = 0;
  readonly #parts: ChaosWatcherParts;
  /** All events up to here have been delivered. */
  #reached = 0;
  #stopped = false;

  constructor(parts: ChaosWatcherParts, wish: WatchWish) {
    this.#parts = parts;
    this.record = { ...wish, deliveries: [], compactRevision: undefined, next: wish.start };
  }

  get reached(): number {
    return this.#reached;
  }

  /** What it wants may have been compacted: no member can serve it any more. */
  get isOver(): boolean {
    return this.record.compactRevision !== undefined;
  }

  stop(): void {
    this.#stopped = true;
  }

  async run(): Promise<void> {
    const { prng, endpoints } = this.#parts;
    while (!this.#stopped && !this.isOver) {
      const all = endpoints();
      const client = new RawClient(all[prng.below(all.length)]!);
      try {
        await this.#follow(client);
      } finally {
        client.close();
      }
      await sleep(RECONNECT_MS);
    }
  }

  async #follow(client: RawClient): Promise<void> {
    this.streams++;
    let messages = 0;
    let heardMs = performance.now();
    let isOpen = true;
    const stream: RawStream = client.stream(WATCH_PATH, (body) => {
      if (!isOpen) return;
      messages++;
      heardMs = performance.now();
      isOpen = this.#take(WatchResponse.decode(body));
    });
    stream.send(WatchRequest.toBytes(WatchRequest.create({ createRequest: this.#request() })));
    const progress = WatchRequest.toBytes(
      WatchRequest.create({ progressRequest: WatchProgressRequest.create({}) }),
    );
    let askedMs = performance.now();
    while (!this.#stopped && isOpen && stream.ended === undefined && messages < MESSAGES_BEFORE_MOVE) {
      await sleep(10);
      const nowMs = performance.now();
      if (nowMs - heardMs > SILENCE_MS_MAX) break;
      if (messages === 0 || nowMs - askedMs < PROGRESS_MS) continue;
      askedMs = nowMs;
      stream.send(progress);
    }
    isOpen = false;
    stream.cancel();
  }

  #request(): WatchCreateRequest {
    const { key, rangeEnd, prevKv, wantsPuts, wantsDeletes, next } = this.record;
    const filters = [
      ...(wantsPuts ? [] : [FilterType.NOPUT]),
      ...(wantsDeletes ? [] : [FilterType.NODELETE]),
    ];
    return WatchCreateRequest.create({ key, rangeEnd, prevKv, filters, startRevision: next });
  }

  /** Whether the stream goes on. */
  #take(response: WatchResponse): boolean {
    const { events, header, canceled, compactRevision, created } = response;
    const { record } = this;
    if (canceled) {
      if (compactRevision > 0) record.compactRevision = compactRevision;
      return false;
    }
    if (created) return true;
    const revision = header!.revision;
    if (events.length === 0 && response.watchId !== EVERY_WATCH) return true;
    record.deliveries.push({ events, revision, compactedCeiling: this.#parts.session.compactedCeiling });
    const reached = events.at(-1)?.kv?.modRevision ?? revision;
    this.#parts.session.see(reached);
    this.#reached = Math.max(this.#reached, reached);
    record.next = Math.max(record.next, reached + 1);
    return true;
  }
}
