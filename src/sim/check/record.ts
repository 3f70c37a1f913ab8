/** What clients saw, for the checks: operations with what was known before and after, and watches with their events. */
import type { Event } from '../../wire/index.js';
import type { KvRequest } from './model.js';

export type Outcome =
  | { readonly kind: 'answered'; readonly bytes: Uint8Array }
  | { readonly kind: 'refused'; readonly code: number; readonly message: string }
  /** Nobody knows whether it was carried out. */
  | { readonly kind: 'lost' };

export interface Operation {
  readonly id: number;
  readonly request: KvRequest;
  /** The newest revision that anybody had seen when it began. */
  readonly floor: number;
  /** The newest compaction that was acknowledged when it began. */
  readonly compactedFloor: number;
  outcome: Outcome | undefined;
  /** The answering member's revision at the end. */
  ceiling: number;
  /** The newest compaction that anybody had asked for at the end. */
  compactedCeiling: number;
  /** Whether it may have been refused because rights changed while it was under way. */
  readonly rightsChange: boolean;
}

/** Complete responses: fragments are joined. */
export interface WatchDelivery {
  readonly events: readonly Event[];
  /** Of the response's header. */
  readonly revision: number;
  /** The newest compaction that anybody had asked for. */
  readonly compactedCeiling: number;
}

/** One watch over all its reconnections. */
export interface WatchRecord {
  readonly key: Uint8Array;
  readonly rangeEnd: Uint8Array;
  readonly wantsPuts: boolean;
  readonly wantsDeletes: boolean;
  readonly prevKv: boolean;
  /** The first revision that is wanted; 0 until the member has told it. */
  start: number;
  /** Responses without events are progress: nothing older than their revision is to come. */
  readonly deliveries: WatchDelivery[];
  /** The member ended it because `next` was below this. */
  compactRevision: number | undefined;
  /** The next revision asked for. */
  next: number;
}

/** The checksum of a store right after a start. */
export interface HashSample {
  readonly revision: number;
  readonly compactRevision: number;
  readonly hash: number;
}
