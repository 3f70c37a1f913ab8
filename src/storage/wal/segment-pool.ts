/**
 * Segments to come. Overwriting allocated blocks costs a third less than growing a file, so a segment is filled with
 * zeros, or is an old one renamed, before it is written. Preparation advances in slices, each set off by a finished
 * batch, in proportion to how full the active segment is: an idle log prepares nothing, a busy one is ready in time,
 * and no timer is needed. A ready segment already has its final name, so that a roll is nothing but a write.
 */
import type { Disk, DiskFile, LogSink } from '../../platform/index.js';
import { DiskError } from '../../platform/index.js';
import { assert } from '../../stdx/index.js';
import {
  PREPARE_FROM_FRACTION,
  PREPARE_SYNC_BYTES,
  PREPARE_UNTIL_FRACTION,
  RECYCLE_FRACTION_MIN,
  SPARES_MAX,
} from './limits.js';
import { PREPARING_NAME, type Segment, segmentName, writeZeros } from './segment-file.js';

interface Preparation {
  readonly file: DiskFile;
  readonly bytes: number;
  prepared: number;
}

export class SegmentPool {
  readonly #disk: Disk;
  readonly #dir: string;
  readonly #log: LogSink | undefined;
  /** Ready segments, numbered consecutively after the active one. */
  readonly #spares: Segment[];
  #nextNumber: number;
  #preparation: Preparation | undefined;
  #targetBytes = 0;
  #preparing: Promise<void> | undefined;
  /** Renames and removals run one after the other: their order is what keeps the numbers free of gaps. */
  #changes: Promise<void> = Promise.resolve();
  /** A segment is being taken: whatever is prepared now is prepared for that. */
  #taking = false;
  #closing = false;
  /** Background preparation failed: do not try again at every batch, only when a segment is really needed. */
  #preparationFailed = false;
  /** A name change failed half-way: numbers are uncertain, so no further change may be made. */
  #failure: unknown;

  constructor(disk: Disk, dir: string, spares: readonly Segment[], nextNumber: number, log?: LogSink) {
    this.#disk = disk;
    this.#dir = dir;
    this.#spares = [...spares];
    this.#nextNumber = nextNumber;
    this.#log = log;
  }

  /**
   * Sets preparation going if the share of the active segment that is used asks for it.
   * @param used share of the active segment, 0 to 1
   * @param bytes size of the segment to prepare
   */
  advance(used: number, bytes: number): void {
    if (this.#spares.length > 0 || this.#taking || this.#closing || this.#preparationFailed) return;
    const progress = (used - PREPARE_FROM_FRACTION) / (PREPARE_UNTIL_FRACTION - PREPARE_FROM_FRACTION);
    this.#targetBytes = bytes * Math.min(1, progress);
    if (this.#targetBytes <= 0 || this.#preparing !== undefined) return;
    if (this.#preparation !== undefined && this.#preparation.prepared >= this.#targetBytes) return;
    this.#preparing = this.#prepare(bytes)
      .catch((error: unknown) => {
        this.#preparationFailed = true;
        this.#report('preparing the next WAL segment failed', error);
      })
      .finally(() => {
        this.#preparing = undefined;
      });
  }

  /** A segment of at least `bytesMin` bytes, made now if none is ready. Rejects with {@link DiskError}. */
  async take(bytesMin: number, bytesWanted: number): Promise<Segment> {
    assert(!this.#taking, 'one segment at a time');
    this.#taking = true;
    try {
      await this.#settled();
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#spares.length === 0) {
        this.#targetBytes = Number.POSITIVE_INFINITY;
        await this.#prepare(bytesWanted);
        this.#preparationFailed = false;
      }
      const spare = this.#spares[0];
      assert(spare !== undefined, 'a segment was prepared');
      const bytes = Math.max(spare.bytes, bytesMin);
      if (bytes > spare.bytes) await this.#extend(spare, bytes);
      this.#spares.shift();
      return { ...spare, bytes };
    } finally {
      this.#taking = false;
    }
  }

  /** Gives back the oldest segment, which is not needed any more: it becomes a spare, or goes. */
  recycle(segment: Segment, bytesActive: number): void {
    this.#change(async () => {
      if (this.#closing) return;
      if (this.#spares.length < SPARES_MAX && segment.bytes >= bytesActive * RECYCLE_FRACTION_MIN) {
        await this.#admit(segment.path, segment.bytes);
      } else {
        await this.#disk.remove(segment.path);
        await this.#disk.syncDir(this.#dir);
      }
    }).catch((error: unknown) => this.#report('recycling a WAL segment failed', error));
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.#settled();
    await this.#discardPreparation();
  }

  async #settled(): Promise<void> {
    if (this.#preparing !== undefined) {
      this.#targetBytes = Number.POSITIVE_INFINITY;
      await this.#preparing;
    }
    await this.#changes;
  }

  /** Writes zeros until the target is reached; a full file becomes a spare. */
  async #prepare(bytes: number): Promise<void> {
    try {
      this.#preparation ??= await this.#beginPreparation(bytes);
      const preparation = this.#preparation;
      while (preparation.prepared < preparation.bytes) {
        if (preparation.prepared >= this.#targetBytes || this.#closing) return;
        preparation.prepared = await writeZeros(preparation.file, preparation.prepared, preparation.bytes);
        if (preparation.prepared % PREPARE_SYNC_BYTES === 0) await preparation.file.sync();
      }
      await preparation.file.sync();
      await preparation.file.close();
      this.#preparation = undefined;
      await this.#change(() => this.#admit(`${this.#dir}/${PREPARING_NAME}`, preparation.bytes));
    } catch (error) {
      await this.#discardPreparation();
      throw error;
    }
  }

  async #beginPreparation(bytes: number): Promise<Preparation> {
    const file = await this.#disk.create(`${this.#dir}/${PREPARING_NAME}`, 'buffered');
    return { file, bytes, prepared: 0 };
  }

  async #discardPreparation(): Promise<void> {
    const preparation = this.#preparation;
    this.#preparation = undefined;
    if (preparation !== undefined) await ignoreDiskError(preparation.file.close());
    await ignoreDiskError(this.#disk.remove(`${this.#dir}/${PREPARING_NAME}`));
  }

  /** Queues a change of names. After one has failed, no other is tried. */
  #change(work: () => Promise<void>): Promise<void> {
    const result = this.#changes.then(async () => {
      if (this.#failure !== undefined) throw this.#failure;
      try {
        await work();
      } catch (error) {
        this.#failure = error;
        throw error;
      }
    });
    this.#changes = result.catch(() => undefined);
    return result;
  }

  /** Gives a file the next number. */
  async #admit(path: string, bytes: number): Promise<void> {
    const number = this.#nextNumber++;
    const numbered = `${this.#dir}/${segmentName(number)}`;
    await this.#disk.rename(path, numbered);
    await this.#disk.syncDir(this.#dir);
    this.#spares.push({ number, path: numbered, bytes });
  }

  async #extend(segment: Segment, bytes: number): Promise<void> {
    const file = await this.#disk.open(segment.path, 'buffered');
    try {
      for (let at = segment.bytes; at < bytes; ) at = await writeZeros(file, at, bytes);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  #report(message: string, error: unknown): void {
    if (!(error instanceof DiskError)) throw error;
    this.#log?.log('warn', message, { error: error.message });
  }
}

/** Cleaning up after a failure: the failure itself is what gets reported. */
async function ignoreDiskError(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
  }
}
