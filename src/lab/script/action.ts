/** What can be done to a running cluster. Members are numbered from 1; those that join later get the next numbers. */
export type LabAction =
  /** The process dies; with `losesUnsynced` the machine does, and what was not synced goes with the page cache. */
  | { readonly kind: 'crash'; readonly member: number; readonly losesUnsynced: boolean }
  | { readonly kind: 'restart'; readonly member: number }
  /** The process gets no time, until it is resumed. */
  | { readonly kind: 'pause'; readonly member: number }
  | { readonly kind: 'resume'; readonly member: number }
  /** Writes take `writeMs` from now on. */
  | { readonly kind: 'slow-disk'; readonly member: number; readonly writeMs: number }
  | { readonly kind: 'normal-disk'; readonly member: number }
  | { readonly kind: 'cut-link'; readonly from: number; readonly to: number; readonly oneWay: boolean }
  | { readonly kind: 'heal-link'; readonly from: number; readonly to: number; readonly oneWay: boolean }
  /** Cuts every link between members of different groups. A member in several groups is a bridge between them. */
  | { readonly kind: 'partition'; readonly groups: readonly (readonly number[])[] }
  | { readonly kind: 'heal-all' }
  /** Of a message under way, by its id. */
  | { readonly kind: 'drop-message'; readonly message: number }
  | { readonly kind: 'delay-message'; readonly message: number; readonly ms: number }
  | { readonly kind: 'put'; readonly via: number; readonly key: string; readonly value: string }
  | { readonly kind: 'delete'; readonly via: number; readonly key: string }
  /** Puts `value` if the key holds `expected` (an absent key: the empty text). */
  | {
      readonly kind: 'compare-and-put';
      readonly via: number;
      readonly key: string;
      readonly expected: string;
      readonly value: string;
    }
  | { readonly kind: 'read'; readonly via: number; readonly key: string; readonly serializable: boolean }
  /** A new machine joins, through a member that serves. */
  | { readonly kind: 'add-member'; readonly via: number; readonly learner: boolean }
  | { readonly kind: 'promote'; readonly via: number; readonly member: number }
  | { readonly kind: 'remove'; readonly via: number; readonly member: number }
  /**
   * Removes or promotes a member through a joint configuration (thesis 4.3); with `stay` that lasts until it is left by an
   * action. Proposed at the leader; members are changed one at a time.
   */
  | {
      readonly kind: 'joint';
      readonly change: 'remove' | 'promote';
      readonly member: number;
      readonly stay: boolean;
    }
  | { readonly kind: 'leave-joint' }
  | { readonly kind: 'transfer-leader'; readonly to: number }
  /** Forgets revisions below the newest one. */
  | { readonly kind: 'compact'; readonly via: number }
  /** The member cuts its log down to what it has applied, so that who lags behind needs a snapshot. */
  | { readonly kind: 'cut-log'; readonly member: number }
  /** The election time-out fires now. */
  | { readonly kind: 'campaign'; readonly member: number }
  /** The member's clock runs so many times as fast. */
  | { readonly kind: 'clock-rate'; readonly member: number; readonly rate: number };

export type LabActionKind = LabAction['kind'];
