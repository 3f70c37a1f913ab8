/**
 * A client that watches an interval for the whole run: when its stream breaks it asks another member for what comes after
 * the last it got, as etcd's clients do; when a compaction has overtaken it, it begins a new watch at the compacted
 * revision.
 */
import type { Prng } from '../../stdx/index.js';
import { Status } from '../../transport/index.js';
import { type Event, FilterType, WatchCreateRequest, WatchRequest, WatchResponse } from '../../wire/index.js';
import type { WatchRecord } from '../check/record.js';
import type { SimCall } from '../sim-call.js';
import { demand } from '../violation.js';
import { type ClientParts, pickServing } from './client.js';

/** How long a client takes to find another member. */
const RESUME_MS_MAX = 200;

export interface WatchOptions {
  readonly key: Uint8Array;
  readonly rangeEnd: Uint8Array;
  /** 0: from now on. */
  readonly start: number;
  readonly wantsPuts: boolean;
  readonly wantsDeletes: boolean;
  readonly prevKv: boolean;
  readonly fragment: boolean;
  readonly progressNotify: boolean;
  /** How often it stops reading after a message. */
  readonly stallChance: number;
}

export function drawWatch(
  prng: Prng,
  where: { key: Uint8Array; rangeEnd: Uint8Array },
  seenRevision: number,
): WatchOptions {
  const kinds = prng.pick(['both', 'both', 'both', 'puts', 'deletes']);
  return {
    ...where,
    start: prng.pick([0, 1, prng.between(1, seenRevision + 3)]),
    wantsPuts: kinds !== 'deletes',
    wantsDeletes: kinds !== 'puts',
    prevKv: prng.chance(0.5),
    fragment: prng.chance(0.3),
    progressNotify: prng.chance(0.3),
    stallChance: prng.pick([0, 0, 0.01, 0.2]),
  };
}

export class WatchClient {
  readonly #parts: ClientParts;
  readonly #options: WatchOptions;
  #stallChance: number;
  #record: WatchRecord;
  #call: SimCall | undefined;
  #fragments: Event[] = [];
  #progressTo = 0;

  constructor(parts: ClientParts, options: WatchOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#stallChance = options.stallChance;
    this.#record = this.#begin(options.start);
  }

  /** The record of the watch that is open now. */
  get record(): WatchRecord {
    return this.#record;
  }

  /** From now on it reads all the time. */
  hurry(): void {
    this.#stallChance = 0;
    this.#call?.onDrain?.();
  }

  /** A member serves (again). */
  wake(): void {
    if (this.#call !== undefined && !this.#call.finished) return;
    const host = pickServing(this.#parts);
    if (host === undefined) return;
    const { key, rangeEnd, prevKv, fragment, progressNotify, wantsPuts, wantsDeletes } = this.#options;
    const filters = [
      ...(wantsPuts ? [] : [FilterType.NOPUT]),
      ...(wantsDeletes ? [] : [FilterType.NODELETE]),
    ];
    const startRevision = this.#record.next;
    const createRequest = WatchCreateRequest.create({
      key,
      rangeEnd,
      startRevision,
      prevKv,
      fragment,
      progressNotify,
      filters,
    });
    this.#fragments = [];
    this.#progressTo = 0;
    const call: SimCall = host.call(
      '/etcdserverpb.Watch/Watch',
      WatchRequest.toBytes(WatchRequest.create({ createRequest })),
      {
        message: (bytes) => this.#onMessage(call, bytes),
        end: (code, message) => this.#onEnd(code, message),
        lost: () => {
          this.#call = undefined;
          this.#resumeSoon();
        },
      },
    );
    this.#call = call;
  }

  /** Leaves the member it watches for any other. */
  move(): void {
    if (this.#call === undefined || this.#call.finished) return;
    this.#call.cancel();
    this.#call = undefined;
    this.#resumeSoon();
  }

  #resumeSoon(): void {
    this.#parts.queue.after(this.#parts.prng.float() * RESUME_MS_MAX, 'watch-again', () => this.wake());
  }

  /** Asks how far it is. */
  askProgress(): void {
    if (this.#call === undefined || this.#call.finished || this.#record.start === 0) return;
    this.#call.write(WatchRequest.toBytes(WatchRequest.create({ progressRequest: {} })));
  }

  #begin(start: number): WatchRecord {
    const { key, rangeEnd, wantsPuts, wantsDeletes, prevKv } = this.#options;
    const record: WatchRecord = {
      key,
      rangeEnd,
      wantsPuts,
      wantsDeletes,
      prevKv,
      start,
      deliveries: [],
      compactRevision: undefined,
      next: start,
    };
    this.#parts.session.watches.push(record);
    return record;
  }

  #onEnd(code: number, message: string): void {
    this.#call = undefined;
    // A learner serves no watches, and a member that leaves the cluster ends them.
    if (code === Status.FAILED_PRECONDITION || code === Status.UNAVAILABLE) return this.#resumeSoon();
    this.#parts.fail(new Error(`a watch stream ended with status ${code}: ${message}`));
  }

  #onMessage(call: SimCall, bytes: Uint8Array): boolean {
    const { hash, prng, queue } = this.#parts;
    hash.bytes(bytes);
    try {
      this.#take(WatchResponse.decode(bytes), call);
    } catch (error) {
      this.#parts.fail(error as Error);
    }
    if (!prng.chance(this.#stallChance)) return true;
    queue.after(prng.float() * 2000, 'drain', () => {
      if (!call.finished) call.onDrain?.();
    });
    return false;
  }

  #take(response: WatchResponse, call: SimCall): void {
    const record = this.#record;
    if (response.canceled) return this.#onCanceled(response, call);
    const revision = response.header!.revision;
    if (response.created) {
      if (record.start === 0) {
        record.start = revision + 1;
        record.next = revision + 1;
      }
      return;
    }
    if (response.events.length === 0) {
      demand(this.#fragments.length === 0, () => 'progress came between the fragments of a response');
      demand(revision >= this.#progressTo, () => `progress fell from ${this.#progressTo} to ${revision}`);
      this.#progressTo = revision;
      this.#deliver([], revision);
      return;
    }
    this.#fragments.push(...response.events);
    if (response.fragment) return;
    this.#deliver(this.#fragments, revision);
    this.#fragments = [];
  }

  #deliver(events: readonly Event[], revision: number): void {
    const record = this.#record;
    const { session } = this.#parts;
    const last = events.length === 0 ? revision : events[events.length - 1]!.kv!.modRevision;
    record.deliveries.push({ events, revision, compactedCeiling: session.compactedCeiling });
    record.next = Math.max(record.next, last + 1);
    session.see(last);
  }

  #onCanceled({ compactRevision, cancelReason }: WatchResponse, call: SimCall): void {
    demand(compactRevision > 0, () => `a watch was cancelled: ${cancelReason}`);
    const record = this.#record;
    record.compactRevision = compactRevision;
    demand(
      compactRevision > record.next,
      () => `a watch at ${record.next} fell to a compaction at ${compactRevision}`,
    );
    this.#record = this.#begin(compactRevision);
    this.#call = undefined;
    this.#parts.queue.after(1, 'watch-again', () => {
      call.cancel();
      this.wake();
    });
  }
}
