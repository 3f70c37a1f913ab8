/**
 * WatchResponse: 1 header, 2 watch_id, 3 created, 4 canceled, 5 compact_revision, 6 cancel_reason, 7 fragment,
 * 11 events. Written by hand into one scratch buffer for all streams; events are copied as they were encoded once.
 */
import type { EventPieces } from '../../mvcc/index.js';
import { ByteWriter } from '../../stdx/index.js';
import type { ServerCall } from '../../transport/index.js';

const FIELD_WATCH_ID = 2;
const FIELD_CREATED = 3;
const FIELD_CANCELED = 4;
const FIELD_COMPACT_REVISION = 5;
const FIELD_CANCEL_REASON = 6;
const FIELD_FRAGMENT = 7;
/** Tag and value of `fragment`. */
const FRAGMENT_FIELD_BYTES = 2;

/** A scratch buffer that grew beyond this for one response is let go. */
const SCRATCH_BYTES_KEPT_MAX = 4 * 1024 * 1024;
const SCRATCH_BYTES_INITIAL = 64 * 1024;

/** The id in responses that concern no single watcher: refusals and the stream's progress. */
export const NO_WATCH_ID = -1n;

/** The encoded `watch_id` field; empty for id 0. */
export function encodeWatchIdField(watchId: bigint): Uint8Array {
  const out = new ByteWriter(16);
  out.int64Field(FIELD_WATCH_ID, watchId);
  return out.finish();
}

const NO_WATCH_ID_FIELD = encodeWatchIdField(NO_WATCH_ID);

/** Sends responses; each method returns what `call.send` returned: false once the caller should be left alone. */
export class WatchResponses {
  readonly #writeHeader: (out: ByteWriter, revision: number) => void;
  readonly #fragmentBytes: number;
  #out = new ByteWriter(SCRATCH_BYTES_INITIAL);

  /**
   * `writeHeader` appends field 1. A response of `fragmentBytes` or more with several events is split if its watcher
   * allows it.
   */
  constructor(writeHeader: (out: ByteWriter, revision: number) => void, fragmentBytes: number) {
    this.#writeHeader = writeHeader;
    this.#fragmentBytes = fragmentBytes;
  }

  created(call: ServerCall, watchIdField: Uint8Array, revision: number): boolean {
    const out = this.#begin(watchIdField, revision);
    out.boolField(FIELD_CREATED, true);
    return this.#send(call);
  }

  refused(call: ServerCall, revision: number, reason: string): boolean {
    const out = this.#begin(NO_WATCH_ID_FIELD, revision);
    out.boolField(FIELD_CREATED, true);
    out.boolField(FIELD_CANCELED, true);
    out.stringField(FIELD_CANCEL_REASON, reason);
    return this.#send(call);
  }

  canceled(call: ServerCall, watchIdField: Uint8Array, revision: number): boolean {
    const out = this.#begin(watchIdField, revision);
    out.boolField(FIELD_CANCELED, true);
    return this.#send(call);
  }

  /** Needs what is compacted. The header carries no revision, as etcd's does not. */
  compacted(call: ServerCall, watchIdField: Uint8Array, compactRevision: number): boolean {
    const out = this.#begin(watchIdField, 0);
    out.boolField(FIELD_CANCELED, true);
    out.intField(FIELD_COMPACT_REVISION, compactRevision);
    return this.#send(call);
  }

  /** All events up to `revision` have been sent. */
  progress(call: ServerCall, watchIdField: Uint8Array, revision: number): boolean {
    this.#begin(watchIdField, revision);
    return this.#send(call);
  }

  /** As `progress`, for all watchers of the stream. */
  streamProgress(call: ServerCall, revision: number): boolean {
    return this.progress(call, NO_WATCH_ID_FIELD, revision);
  }

  events(
    call: ServerCall,
    watchIdField: Uint8Array,
    revision: number,
    events: EventPieces,
    mayFragment: boolean,
  ): boolean {
    const out = this.#begin(watchIdField, revision);
    if (mayFragment && events.count > 1 && out.len + events.bytes >= this.#fragmentBytes) {
      return this.#sendFragments(call, watchIdField, revision, events);
    }
    events.writeTo(out);
    return this.#send(call);
  }

  #sendFragments(call: ServerCall, watchIdField: Uint8Array, revision: number, events: EventPieces): boolean {
    const prefixBytes = this.#out.len + FRAGMENT_FIELD_BYTES;
    let hasRoom = true;
    for (let from = 0; from < events.count; ) {
      let to = from + 1;
      let bytes = prefixBytes + events.bytesAt(from);
      while (to < events.count && bytes + events.bytesAt(to) < this.#fragmentBytes) {
        bytes += events.bytesAt(to++);
      }
      const out = this.#begin(watchIdField, revision);
      out.boolField(FIELD_FRAGMENT, to < events.count);
      events.writeTo(out, from, to);
      hasRoom = this.#send(call);
      from = to;
    }
    return hasRoom;
  }

  #begin(watchIdField: Uint8Array, revision: number): ByteWriter {
    const out = this.#out;
    out.reset();
    this.#writeHeader(out, revision);
    out.raw(watchIdField);
    return out;
  }

  #send(call: ServerCall): boolean {
    const out = this.#out;
    const hasRoom = call.send(out.buf, 0, out.len);
    if (out.buf.length > SCRATCH_BYTES_KEPT_MAX) this.#out = new ByteWriter(SCRATCH_BYTES_INITIAL);
    return hasRoom;
  }
}
