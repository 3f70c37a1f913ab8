/**
 * One answer to Maintenance.Snapshot: a file of etcd's, page after page, and the SHA-256 of it in a message of its own at
 * the end. It is made from a view of the backend while it is sent, so it costs neither disk nor memory to speak of; the
 * work is done in slices between other requests, and stops while the caller reads too slowly.
 */
import type { BackendSnapshot } from '../../mvcc/index.js';
import type { Clock, Timer } from '../../platform/index.js';
import { SnapshotFileWriter } from '../../snapshot-file/index.js';
import { ByteWriter } from '../../stdx/index.js';
import { Status, type StreamCall } from '../../transport/index.js';
import { SnapshotResponse } from '../../wire/index.js';
import {
  SNAPSHOT_BLOB_BYTES,
  SNAPSHOT_MEASURE_RECORDS,
  SNAPSHOT_SLICE_BYTES,
  SNAPSHOT_SLICE_RECORDS,
  SNAPSHOT_STALL_MS,
} from './limits.js';

/** A running SHA-256. */
export interface Digest {
  update(bytes: Uint8Array): void;
  digest(): Uint8Array;
}

/** The version of the file's schema. Files are of etcd 3.5's, which says nothing of it. */
const SCHEMA_VERSION = '';

export class SnapshotStream {
  readonly #call: StreamCall;
  readonly #view: BackendSnapshot;
  readonly #clock: Clock;
  readonly #digest: Digest;
  readonly #onEnd: () => void;
  readonly #writer: SnapshotFileWriter;
  /** Pages that wait to be sent. */
  readonly #pages = new ByteWriter(SNAPSHOT_SLICE_BYTES * 2);
  readonly #message = new ByteWriter(SNAPSHOT_BLOB_BYTES + 64);
  #isMeasured = false;
  #isWritten = false;
  #sentBytes = 0;
  #isCongested = false;
  #stallTimer: Timer | undefined;
  #ended = false;

  /** Takes the view over. `onEnd` is called once, when the view has been let go of. */
  constructor(call: StreamCall, view: BackendSnapshot, clock: Clock, digest: Digest, onEnd: () => void) {
    this.#call = call;
    this.#view = view;
    this.#clock = clock;
    this.#digest = digest;
    this.#onEnd = onEnd;
    this.#writer = new SnapshotFileWriter(view);
    call.onCancel = () => this.end();
    call.onDrain = () => {
      if (!this.#isCongested) return;
      this.#isCongested = false;
      this.#stallTimer?.cancel();
      this.#schedule();
    };
    this.#schedule();
  }

  /** Lets go of the view. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stallTimer?.cancel();
    this.#view.close();
    this.#onEnd();
  }

  #schedule(): void {
    this.#clock.defer(() => this.#work());
  }

  #work(): void {
    if (this.#ended || this.#isCongested) return;
    if (!this.#isMeasured) {
      this.#isMeasured = this.#writer.measure(SNAPSHOT_MEASURE_RECORDS);
      return this.#schedule();
    }
    if (!this.#isWritten) {
      const { length } = this.#pages.view();
      this.#isWritten = this.#writer.write(SNAPSHOT_SLICE_RECORDS, SNAPSHOT_SLICE_BYTES, this.#take);
      this.#digest.update(this.#pages.buf.subarray(length, this.#pages.len));
    }
    this.#sendBlobs();
    if (!this.#isWritten || this.#pages.len > 0) {
      if (this.#isCongested) this.#armStall();
      else this.#schedule();
      return;
    }
    this.#send(this.#digest.digest());
    this.#call.finish(Status.OK, '');
    this.end();
  }

  readonly #take = (pages: Uint8Array): void => this.#pages.raw(pages);

  /** Sends what there is in whole blobs; the rest, which the next slice completes, stays. */
  #sendBlobs(): void {
    const pages = this.#pages;
    let at = 0;
    while (
      !this.#isCongested &&
      (pages.len - at >= SNAPSHOT_BLOB_BYTES || (this.#isWritten && at < pages.len))
    ) {
      const end = Math.min(at + SNAPSHOT_BLOB_BYTES, pages.len);
      this.#sentBytes += end - at;
      this.#send(pages.buf.subarray(at, end));
      at = end;
    }
    pages.buf.copyWithin(0, at, pages.len);
    pages.len -= at;
    if (pages.len === 0) pages.resetWithin(SNAPSHOT_SLICE_BYTES * 2);
  }

  #send(blob: Uint8Array): void {
    const message = this.#message;
    message.reset();
    SnapshotResponse.encode(message, {
      header: undefined,
      remainingBytes: this.#writer.fileBytes - this.#sentBytes,
      blob,
      version: SCHEMA_VERSION,
    });
    if (!this.#call.send(message.buf, 0, message.len)) this.#isCongested = true;
  }

  /** Who does not read at all must not keep the backend from using its free pages. */
  #armStall(): void {
    this.#stallTimer = this.#clock.setTimer(SNAPSHOT_STALL_MS, () => {
      this.#call.finish(Status.ABORTED, 'etcdserver: the snapshot was not read');
      this.end();
    });
  }
}
