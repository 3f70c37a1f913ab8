/** Reads a backend's view as the stream of `snapshot-format.ts`, a little at each call, so that nobody else waits. */
import { type BackendSnapshot, TABLES } from '../mvcc/index.js';
import type { Clock } from '../platform/index.js';
import { isIdentityRecord } from '../state-machine/index.js';
import { ByteWriter, copyOf, EMPTY_BYTES } from '../stdx/index.js';
import { SNAPSHOT_CHUNK_BYTES, SNAPSHOT_SLICE_RECORDS } from './limits.js';
import type { SnapshotReader } from './peer-network.js';
import {
  beginFrame,
  endFrame,
  FrameKind,
  SNAPSHOT_FRAME_HEADER_BYTES,
  type SnapshotHeader,
  writeHeader,
  writeRecord,
} from './snapshot-format.js';
import type { SnapshotPace } from './snapshot-pace.js';

/** More than a record's table and lengths take. */
const RECORD_OVERHEAD_BYTES = 16;

export class SnapshotBody implements SnapshotReader {
  readonly #view: BackendSnapshot;
  readonly #header: SnapshotHeader;
  readonly #clock: Clock;
  readonly #pace: Pick<SnapshotPace, 'pauseAfter'>;
  /** The frame at hand, which the next one overwrites. */
  readonly #out = new ByteWriter(SNAPSHOT_CHUNK_BYTES);
  #checksum = 0;
  /** The next record to read is the first one at or behind `#from` in table `#table`. */
  #table = -1;
  #from: Uint8Array = EMPTY_BYTES;
  #records = 0;
  #bytes = 0;
  #isEnded = false;
  #closed = false;
  /** What `#out` holds, and how much of it has been handed out. */
  #frame: Uint8Array = EMPTY_BYTES;
  #frameAt = 0;
  /** Of the chunk that was handed out last. */
  #chunkBytes = 0;

  /** Takes `view` over. */
  constructor(
    view: BackendSnapshot,
    header: SnapshotHeader,
    clock: Clock,
    pace: Pick<SnapshotPace, 'pauseAfter'>,
  ) {
    this.#view = view;
    this.#header = header;
    this.#clock = clock;
    this.#pace = pace;
  }

  /** Records and bytes read so far. */
  get recordCount(): number {
    return this.#records;
  }

  get byteCount(): number {
    return this.#bytes;
  }

  next(): Promise<Uint8Array | undefined> {
    return new Promise((resolve, reject) => {
      const read = (): void => {
        try {
          resolve(this.#next());
        } catch (error) {
          reject(error as Error);
        }
      };
      const pauseMs = this.#pace.pauseAfter(this.#chunkBytes);
      // A turn of its own for each slice, however fast the chunks are asked for.
      if (pauseMs < 1) this.#clock.defer(read);
      else this.#clock.setTimer(pauseMs, read);
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#view.close();
  }

  #next(): Uint8Array | undefined {
    if (this.#frameAt === this.#frame.length) {
      if (this.#isEnded) return undefined;
      if (this.#closed) throw new Error('the snapshot was closed before its end');
      this.#fill();
    }
    const end = Math.min(this.#frameAt + SNAPSHOT_CHUNK_BYTES, this.#frame.length);
    const chunk = this.#frame.subarray(this.#frameAt, end);
    this.#frameAt = end;
    this.#chunkBytes = chunk.length;
    return chunk;
  }

  #fill(): void {
    const out = this.#out;
    beginFrame(out);
    if (this.#table < 0) {
      writeHeader(out, this.#header);
      this.#table = 0;
    } else if (!this.#fillRecords(out)) {
      out.byte(FrameKind.END);
      out.varint(this.#records);
      this.#isEnded = true;
    }
    this.#checksum = endFrame(out, this.#checksum);
    this.#frame = out.buf.subarray(0, out.len);
    this.#frameAt = 0;
    this.#bytes += out.len;
  }

  /** Fills a frame with records; false, and an empty frame, if there are none left. */
  #fillRecords(out: ByteWriter): boolean {
    out.byte(FrameKind.RECORDS);
    const before = this.#records;
    let budget = SNAPSHOT_SLICE_RECORDS;
    for (; this.#table < TABLES.length; this.#table++) {
      const table = TABLES[this.#table]!;
      let isFull = false;
      this.#view.scan(table, this.#from, undefined, (key, value) => {
        const bytes = RECORD_OVERHEAD_BYTES + key.length + value.length;
        isFull = budget === 0 || (this.#records > before && out.len + bytes > SNAPSHOT_CHUNK_BYTES);
        if (isFull) {
          this.#from = copyOf(key);
          return false;
        }
        budget--;
        if (isIdentityRecord(table, key)) return true;
        writeRecord(out, table, key, value);
        this.#records++;
        return true;
      });
      if (isFull) return true;
      this.#from = EMPTY_BYTES;
    }
    if (this.#records > before) return true;
    out.len = SNAPSHOT_FRAME_HEADER_BYTES;
    return false;
  }
}
