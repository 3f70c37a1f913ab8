/**
 * One change as the history holds it: a put with its whole KeyValue, or a delete whose KeyValue has key and
 * mod_revision only. The object is reused: it and its bytes are valid during the call that hands it out.
 */
export interface RevisionRecord {
  /** The revision the change belongs to, and its place among the changes of that revision. */
  readonly main: number;
  readonly sub: number;
  readonly isDelete: boolean;
  /** The encoded `mvccpb.KeyValue` is `buf[start, end)`, its key `buf[keyStart, keyEnd)`. */
  readonly buf: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly keyStart: number;
  readonly keyEnd: number;
  /** A put that began a life of its key: create_revision equals mod_revision. */
  readonly isCreate: boolean;
}

/** The changes of one revision in execution order. */
export interface CommittedRevision {
  readonly revision: number;
  readonly count: number;
  /** The change with sub revision `index`; the record is reused by the next call. */
  at(index: number): RevisionRecord;
}

/** Hears of every revision once, in order, at the end of its transaction. */
export interface CommitListener {
  /** Called synchronously, also while the log is replayed at start. May read the store, must not write to it. */
  onCommit(committed: CommittedRevision): void;
  /** The store's content was replaced by a later one; of the revisions in between nothing was heard. */
  onReplaced?(): void;
}
