/**
 * The write-ahead log: the raft log's durable home. What is acknowledged by `append` is on the medium and will be
 * there after any crash; what was not acknowledged may be there, wholly or not at all.
 *
 * One append is one frame and one write on an `O_DSYNC` descriptor; the caller gathers what arrives while one is under
 * way into the next (group commit). Segments are allocated beforehand and recycled (segment-pool.ts); each begins with
 * all a reader needs (metadata, hard state, snapshot marker), so that older ones can go at any time. A failed write
 * breaks the log for good: the kernel may have dropped the dirty page and report success next time (the "fsyncgate" of
 * PostgreSQL), so nothing may be acknowledged after it. Only running out of space before anything was written, when the
 * next segment cannot be made, leaves the log whole: the append may be tried again.
 */
import type { Disk, DiskFile } from '../../platform/index.js';
import { DiskError } from '../../platform/index.js';
import type { Entry, HardState } from '../../raft/index.js';
import { assert, ByteWriter } from '../../stdx/index.js';
import type { Checksum } from './checksum.js';
import { createFirstSegment, removePreparing, type WalCreateOptions } from './create.js';
import { WalBrokenError } from './errors.js';
import { FIRST_FRAME_TAG, FRAME_HEADER_BYTES, sealFrame } from './frame.js';
import { BUFFER_BYTES_KEPT, FRAME_BYTES_MAX, SEGMENT_BYTES_MAX, SEGMENT_GROWTH } from './limits.js';
import type { WalOptions } from './options.js';
import { encodeHeader, encodeRecords, type SnapshotMarker, type WalMetadata } from './record.js';
import { listSegments, type Recovery, recoverWal, type UsedSegment } from './recovery.js';
import { SegmentPool } from './segment-pool.js';

/** What a log says at start. */
export interface RecoveredWal {
  readonly metadata: WalMetadata;
  readonly hardState: HardState;
  readonly snapshotMarker: SnapshotMarker;
  /** The entries after the marker, consecutive. */
  readonly entries: readonly Entry[];
  /** Bytes of an unfinished write that were dropped from the end, as far as they can be told; 0 after a clean stop. */
  readonly bytesCut: number;
  readonly segments: number;
}

type Done = (error?: Error) => void;

interface Batch {
  readonly hardState: HardState | undefined;
  readonly entries: readonly Entry[];
  /** Of a snapshot that replaces the log. */
  readonly marker: SnapshotMarker | undefined;
  readonly done: Done;
}

/** What one frame carries, and whom to tell. */
interface FrameWork {
  readonly batch: Batch | undefined;
  readonly marker: SnapshotMarker | undefined;
  readonly markerDone: readonly Done[];
}

const NO_ENTRIES: readonly Entry[] = [];
const NOTHING = (): void => {};

export class Wal {
  readonly #disk: Disk;
  readonly #checksum: Checksum;
  readonly #segmentBytesMax: number;
  readonly #metadata: WalMetadata;
  readonly #salt: number;
  readonly #segmentBytesMin: number;
  readonly #pool: SegmentPool;
  /** Oldest first; the last is the active one. */
  readonly #segments: UsedSegment[];
  #file: DiskFile;
  #offset: number;
  #chain: number;
  #nextSequence: number;
  #hardState: HardState;
  /** The marker of the newest frame. */
  #marker: SnapshotMarker;
  /** Saved, and not yet part of a frame. */
  #markerWaiting: SnapshotMarker | undefined;
  #markerIndexSaved: number;
  #markerDone: Done[] = [];
  #writer = new ByteWriter(64 * 1024);
  #writing = false;
  #appending = false;
  /** Bytes of all frames written since it was opened. */
  writtenBytes = 0;
  #queued: Batch | undefined;
  #sealed = false;
  #failure: WalBrokenError | undefined;
  #closed = false;
  #onIdle: (() => void) | undefined;

  private constructor(disk: Disk, dir: string, options: WalOptions, recovery: Recovery, file: DiskFile) {
    const { replay, used, spares } = recovery;
    const active = used[used.length - 1]!;
    this.#disk = disk;
    this.#checksum = options.checksum;
    this.#segmentBytesMax = options.segmentBytesMax ?? SEGMENT_BYTES_MAX;
    this.#metadata = replay.metadata!;
    this.#salt = replay.salt;
    this.#segmentBytesMin = replay.segmentBytesMin;
    this.#segments = [...used];
    this.#pool = new SegmentPool(disk, dir, spares, active.number + spares.length + 1, options.log);
    this.#file = file;
    this.#offset = recovery.endOffset;
    this.#chain = recovery.chain;
    this.#nextSequence = recovery.nextSequence;
    this.#hardState = replay.hardState;
    this.#marker = replay.marker;
    this.#markerIndexSaved = replay.marker.index;
  }

  /** Whether `dir` holds a log. */
  static async exists(disk: Disk, dir: string): Promise<boolean> {
    try {
      return (await listSegments(disk, dir)).length > 0;
    } catch (error) {
      if (error instanceof DiskError && error.code === 'ENOENT') return false;
      throw error;
    }
  }

  /** Makes a new log in `dir`, which is created if need be and must not hold one. Durable when it resolves. */
  static async create(
    disk: Disk,
    dir: string,
    metadata: WalMetadata,
    options: WalCreateOptions,
  ): Promise<Wal> {
    assert(!(await Wal.exists(disk, dir)), 'a log exists already');
    await createFirstSegment(disk, dir, metadata, options);
    return (await Wal.open(disk, dir, options)).wal;
  }

  /** Opens the log in `dir` and reads it back. Rejects with CorruptWalError or DiskError. */
  static async open(
    disk: Disk,
    dir: string,
    options: WalOptions,
  ): Promise<{ readonly wal: Wal; readonly recovered: RecoveredWal }> {
    const recovery = await recoverWal(disk, dir, options.checksum);
    await removePreparing(disk, dir);
    const { replay, used } = recovery;
    const file = await disk.open(used[used.length - 1]!.path, 'durable');
    const wal = new Wal(disk, dir, options, recovery, file);
    const recovered: RecoveredWal = {
      metadata: replay.metadata!,
      hardState: replay.hardState,
      snapshotMarker: replay.marker,
      entries: replay.entries,
      bytesCut: recovery.bytesCut,
      segments: used.length,
    };
    return { wal, recovered };
  }

  /** The error that broke the log, if one did. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Bytes of the segments in use, allocated ones not yet written included. */
  get allocatedBytes(): number {
    let bytes = 0;
    for (const segment of this.#segments) bytes += segment.bytes;
    return bytes;
  }

  /**
   * Makes a hard state and entries durable in one write, then calls `done`. One append at a time. Entries may overwrite
   * earlier ones; their indexes are consecutive, and their bytes must not change until `done`.
   *
   * `done` gets a DiskError with code ENOSPC when there is no room for the next segment: nothing was written, and the
   * same append may be tried again. Any other error is final (see {@link failure}).
   *
   * `replacedBy` is the marker of a snapshot that replaces all entries before this append. It is written together with
   * the hard state, which speaks of the snapshot's last entry as committed and of a term that is not below its own.
   */
  append(
    hardState: HardState | undefined,
    entries: readonly Entry[],
    done: Done,
    replacedBy?: SnapshotMarker,
  ): void {
    assert(!this.#closed, 'append on a closed log');
    assert(!this.#appending, 'one append at a time');
    assertConsecutive(entries);
    if (replacedBy !== undefined) {
      assert(replacedBy.index >= this.#markerIndexSaved, 'a snapshot replaces a log that ends before it');
      this.#markerIndexSaved = replacedBy.index;
    }
    this.#appending = true;
    const batch: Batch = { hardState, entries, marker: replacedBy, done };
    if (this.#failure !== undefined) this.#failLater(batch, this.#failure);
    else if (this.#writing) this.#queued = batch;
    else this.#start(batch);
  }

  /**
   * Records that everything up to `marker.index` is safe elsewhere. It rides on the next write, or goes alone when
   * none is under way; a later append is never written before it. May be called while an append is under way.
   */
  saveSnapshotMarker(marker: SnapshotMarker, done: Done = NOTHING): void {
    assert(!this.#closed, 'marker on a closed log');
    assert(marker.index >= this.#markerIndexSaved, 'snapshot markers only advance');
    if (this.#failure !== undefined) {
      const failure = this.#failure;
      void Promise.resolve().then(() => done(failure));
      return;
    }
    this.#markerWaiting = marker;
    this.#markerIndexSaved = marker.index;
    this.#markerDone.push(done);
    if (!this.#writing) this.#start(undefined);
  }

  /**
   * Writes an empty frame, unless the last one is empty. A damaged last frame looks like an unfinished write and is cut;
   * one that another follows is protected from that. Call it when the log has been idle for a moment.
   */
  seal(): void {
    if (!this.#writing && !this.#closed) this.#seal();
  }

  #seal(): void {
    if (!this.#sealed && this.#failure === undefined) this.#start(undefined);
  }

  /**
   * Gives back segments whose entries all have indexes up to `index`, as far as the snapshot marker allows. In the
   * background.
   */
  releaseTo(index: number): void {
    const limit = Math.min(index, this.#marker.index);
    const bytesMin = Math.min(this.#segmentBytesMax, this.#segments[this.#segments.length - 1]!.bytes);
    while (this.#segments.length > 1 && this.#segments[0]!.entryIndexMax <= limit) {
      this.#pool.recycle(this.#segments.shift()!, Math.max(bytesMin, this.#segmentBytesMin));
    }
  }

  /** Finishes what is under way and closes the files. The caller has no append under way. */
  async close(): Promise<void> {
    assert(!this.#appending, 'close during an append');
    if (this.#closed) return;
    this.#closed = true;
    await this.#idle();
    this.#seal();
    await this.#idle();
    await this.#pool.close();
    await this.#file.close();
  }

  async #idle(): Promise<void> {
    if (!this.#writing) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
  }

  // Writing. `#writing` is set from here until the frame is durable or has failed.

  #start(batch: Batch | undefined): void {
    this.#writing = true;
    // What is saved from now on belongs to a later frame.
    const waiting = this.#markerWaiting;
    const replacing = batch?.marker;
    const isReplaced = replacing !== undefined && replacing.index >= (waiting?.index ?? 0);
    const marker = isReplaced ? replacing : waiting;
    const work: FrameWork = { batch, marker, markerDone: this.#markerDone };
    this.#markerWaiting = undefined;
    this.#markerDone = [];
    const active = this.#segments[this.#segments.length - 1]!;
    const writer = this.#writer;
    writer.len = FRAME_HEADER_BYTES;
    encodeRecords(writer, batch?.hardState, marker, batch?.entries ?? NO_ENTRIES);
    if (this.#offset + writer.len > active.bytes) {
      void this.#roll(work);
      return;
    }
    this.#write(work, active, this.#file, this.#offset, this.#salt);
  }

  /** Goes on in the next segment; its first frame is this one, with the segment's header before the records. */
  async #roll(work: FrameWork): Promise<void> {
    const { batch } = work;
    const marker = work.marker ?? this.#marker;
    const active = this.#segments[this.#segments.length - 1]!;
    // The header and a repeated marker come on top of what was encoded.
    const headerBytesMax = 128 + 16 * countIds(marker);
    const bytesMin = Math.ceil((this.#writer.len + headerBytesMax) / 8) * 8;
    const bytesWanted = Math.max(bytesMin, this.#nextSegmentBytes(active));
    let file: DiskFile;
    let next: UsedSegment;
    try {
      const segment = await this.#pool.take(bytesMin, bytesWanted);
      assert(segment.number === active.number + 1, 'segments are numbered without gaps');
      file = await this.#disk.open(segment.path, 'durable');
      next = { ...segment, entryIndexMax: 0 };
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      if (error.code !== 'ENOSPC') this.#failure = new WalBrokenError(error);
      this.#finish(work, this.#failure ?? error);
      return;
    }
    const writer = this.#writer;
    writer.len = FRAME_HEADER_BYTES;
    encodeHeader(writer, {
      salt: this.#salt,
      segmentBytes: next.bytes,
      segmentBytesMin: this.#segmentBytesMin,
      metadata: this.#metadata,
    });
    encodeRecords(writer, batch?.hardState ?? this.#hardState, marker, batch?.entries ?? NO_ENTRIES);
    assert(writer.len <= next.bytes, 'a frame never grows its segment');
    this.#write(work, next, file, 0, FIRST_FRAME_TAG);
  }

  #write(work: FrameWork, segment: UsedSegment, file: DiskFile, offset: number, tag: number): void {
    const { buf, len } = this.#writer;
    assert(len <= FRAME_BYTES_MAX, 'frame larger than the format allows');
    const place = { chain: this.#chain, segment: segment.number, sequence: this.#nextSequence };
    const crc = sealFrame(buf, len, place, tag, this.#checksum);
    file.write(buf.subarray(0, len), offset, (error) => {
      if (error !== undefined) {
        this.#failure = new WalBrokenError(error);
        this.#finish(work, this.#failure);
        return;
      }
      if (offset === 0) this.#activate(segment, file);
      this.#offset = offset + len;
      this.writtenBytes += len;
      this.#chain = crc;
      this.#nextSequence++;
      this.#sealed = work.batch === undefined && work.marker === undefined;
      this.#remember(work, segment);
      this.#finish(work, undefined);
    });
  }

  #remember({ batch, marker }: FrameWork, segment: UsedSegment): void {
    if (marker !== undefined) this.#marker = marker;
    if (batch === undefined) return;
    if (batch.hardState !== undefined) this.#hardState = batch.hardState;
    const { entries } = batch;
    if (entries.length === 0) return;
    segment.entryIndexMax = Math.max(segment.entryIndexMax, entries[entries.length - 1]!.index);
  }

  #activate(segment: UsedSegment, file: DiskFile): void {
    const old = this.#file;
    this.#segments.push(segment);
    this.#file = file;
    old.close().catch(NOTHING);
  }

  /** A write has ended: tells whom it concerns, then goes on with what has gathered. */
  #finish({ batch, markerDone }: FrameWork, error: Error | undefined): void {
    this.#writing = false;
    if (this.#writer.buf.length > BUFFER_BYTES_KEPT) this.#writer = new ByteWriter(64 * 1024);
    for (const done of markerDone) done(error);
    if (error !== undefined) this.#failWaiting(error);
    if (batch !== undefined) this.#complete(batch, error);
    const queued = this.#queued;
    if (queued !== undefined) {
      this.#queued = undefined;
      if (this.#failure === undefined) this.#start(queued);
      else this.#complete(queued, this.#failure);
    } else if (!this.#writing && this.#markerWaiting !== undefined && error === undefined) {
      this.#start(undefined);
    }
    this.#prepareNext();
    if (!this.#writing) this.#onIdle?.();
  }

  #complete(batch: Batch, error: Error | undefined): void {
    this.#appending = false;
    batch.done(error);
  }

  /** Markers that wait when a write fails are not retried: their callers decide. */
  #failWaiting(error: Error): void {
    this.#markerWaiting = undefined;
    for (const done of this.#markerDone.splice(0)) done(error);
  }

  #failLater(batch: Batch, error: Error): void {
    void Promise.resolve().then(() => this.#complete(batch, error));
  }

  #prepareNext(): void {
    if (this.#closed || this.#failure !== undefined) return;
    const active = this.#segments[this.#segments.length - 1]!;
    this.#pool.advance(this.#offset / active.bytes, this.#nextSegmentBytes(active));
  }

  #nextSegmentBytes(active: UsedSegment): number {
    return Math.max(this.#segmentBytesMin, Math.min(this.#segmentBytesMax, active.bytes * SEGMENT_GROWTH));
  }
}

function assertConsecutive(entries: readonly Entry[]): void {
  for (let i = 1; i < entries.length; i++) {
    assert(entries[i]!.index === entries[i - 1]!.index + 1, 'entries of one append are consecutive');
  }
}

function countIds(marker: SnapshotMarker): number {
  const { voters, learners, votersOutgoing, learnersNext } = marker.confState;
  return voters.length + learners.length + votersOutgoing.length + learnersNext.length;
}
