/**
 * A KeyValue where the store keeps it. The object is reused: it is valid until the next call on the store, its bytes
 * too (but a put may take its value from them).
 */
export interface KeyValueCursor {
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
  readonly lease: bigint;
  /** The encoded `mvccpb.KeyValue` is `buf[start, end)`; fetched when first asked for. */
  readonly buf: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly keyStart: number;
  readonly keyEnd: number;
  /** Delimit the value in `buf`; equal if it is empty. */
  readonly valueStart: number;
  readonly valueEnd: number;
}
