/** One file of the memory disk: what programs see, what the medium holds, and the changes between the two. */
import type { Prng } from '../stdx/index.js';
import { copyOf } from '../stdx/index.js';
import { PagedBytes } from './paged-bytes.js';

/** What a disk writes atomically. */
const SECTOR_BYTES = 512;

export interface PendingWrite {
  readonly kind: 'write';
  readonly sequence: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

interface PendingTruncate {
  readonly kind: 'truncate';
  readonly sequence: number;
  readonly size: number;
}

type PendingChange = PendingWrite | PendingTruncate;

export class Inode {
  #visible = new PagedBytes();
  #medium = new PagedBytes();
  #pending: PendingChange[] = [];
  #sequence = 0;

  get size(): number {
    return this.#visible.size;
  }

  /** As programs see it. Fills `into` from `offset` on, as far as there are bytes; returns how many. */
  read(into: Uint8Array, offset: number): number {
    return this.#visible.read(into, offset);
  }

  /** Writes to the page cache. The result names the write to {@link syncOne}. */
  write(bytes: Uint8Array, offset: number): PendingWrite {
    const change: PendingWrite = { kind: 'write', sequence: ++this.#sequence, offset, bytes: copyOf(bytes) };
    this.#visible.write(bytes, offset);
    this.#pending.push(change);
    return change;
  }

  truncate(size: number): void {
    this.#visible.resize(size);
    this.#pending.push({ kind: 'truncate', sequence: ++this.#sequence, size });
  }

  /** What was issued before now: a sync covers no more. */
  pendingMark(): number {
    return this.#sequence;
  }

  /** Makes one write durable, as an `O_DSYNC` descriptor does; others stay pending. */
  syncOne(write: PendingWrite): void {
    const at = this.#pending.indexOf(write);
    if (at < 0) return;
    const later = this.#pending.splice(at).slice(1);
    // A page holds one version: what older writes put in this range can no longer reach the medium.
    const older: PendingChange[] = [];
    for (const change of this.#pending) {
      if (change.kind === 'write') older.push(...outside(change, write));
      else older.push(change);
    }
    this.#pending = older;
    this.#pending.push(...later);
    this.#medium.write(write.bytes, write.offset);
  }

  syncAll(mark: number): void {
    const later: PendingChange[] = [];
    for (const change of this.#pending) {
      if (change.sequence > mark) later.push(change);
      else if (change.kind === 'write') this.#medium.write(change.bytes, change.offset);
      else this.#medium.resize(change.size);
    }
    this.#pending = later;
  }

  clone(): Inode {
    const copy = new Inode();
    copy.#visible = this.#visible.clone();
    copy.#medium = this.#medium.clone();
    copy.#pending = [...this.#pending];
    copy.#sequence = this.#sequence;
    return copy;
  }

  /** The file as a power failure leaves it. */
  afterCrash(prng: Prng): Inode {
    const survivor = new Inode();
    const content = this.#medium.clone();
    for (const change of this.#pending) {
      const fate = prng.below(3);
      if (fate === 0) continue;
      if (change.kind === 'truncate') content.resize(change.size);
      else if (fate === 1) content.write(change.bytes, change.offset);
      else writeSomeSectors(content, change, prng);
    }
    survivor.#visible = content;
    survivor.#medium = content.clone();
    return survivor;
  }
}

/** The parts of `older` that `newer` did not overwrite. */
function outside(older: PendingWrite, newer: PendingWrite): PendingWrite[] {
  const start = older.offset;
  const end = start + older.bytes.length;
  const newerEnd = newer.offset + newer.bytes.length;
  if (newerEnd <= start || newer.offset >= end) return [older];
  const parts: PendingWrite[] = [];
  if (newer.offset > start) parts.push({ ...older, bytes: older.bytes.subarray(0, newer.offset - start) });
  if (newerEnd < end)
    parts.push({ ...older, offset: newerEnd, bytes: older.bytes.subarray(newerEnd - start) });
  return parts;
}

function writeSomeSectors(content: PagedBytes, write: PendingWrite, prng: Prng): void {
  const end = write.offset + write.bytes.length;
  for (let from = write.offset; from < end; ) {
    const to = Math.min(end, from - (from % SECTOR_BYTES) + SECTOR_BYTES);
    if (prng.chance(0.5)) content.write(write.bytes.subarray(from - write.offset, to - write.offset), from);
    from = to;
  }
}
