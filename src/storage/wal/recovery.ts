/**
 * Reads a log back. Segments are read in order of their numbers; within one, frames until the first that does not
 * belong there. What follows then decides (see frame.ts): nothing valid, and it is the log's last used segment: the
 * end, perhaps with an unfinished write, which is cut. Anything valid: damage, and the log is refused.
 */
import type { Disk, DiskFile } from '../../platform/index.js';
import { assert, copyOf, MalformedError } from '../../stdx/index.js';
import type { Checksum } from './checksum.js';
import { CorruptWalError } from './errors.js';
import {
  FIRST_FRAME_TAG,
  FRAME_HEADER_BYTES,
  type FrameHeader,
  findHeader,
  isIntactFrame,
  readFrameHeader,
} from './frame.js';
import { decodeRecords, type Records } from './record.js';
import { Replay } from './replay.js';
import { type Segment, segmentName, segmentNumber } from './segment-file.js';
import { SegmentReader } from './segment-reader.js';

/** A segment that holds frames. */
export interface UsedSegment extends Segment {
  /** Largest index of its entries; 0 if it has none. */
  entryIndexMax: number;
}

export interface Recovery {
  readonly replay: Replay;
  readonly used: readonly UsedSegment[];
  readonly spares: readonly Segment[];
  /** Where the next frame goes in the last used segment, and what it must carry. */
  readonly endOffset: number;
  readonly chain: number;
  readonly nextSequence: number;
  /** Bytes of an unfinished write that were dropped, as far as they can be told. */
  readonly bytesCut: number;
}

/** Numbers of the segments in a directory, ascending. */
export async function listSegments(disk: Disk, dir: string): Promise<number[]> {
  const numbers: number[] = [];
  for (const name of await disk.list(dir)) {
    const number = segmentNumber(name);
    if (number !== undefined) numbers.push(number);
  }
  return numbers.sort((a, b) => a - b);
}

/**
 * Reads the log in `dir`, which has at least one segment. Rejects with {@link CorruptWalError} or DiskError.
 * Makes what it read durable: after a mere kill of the process the last write may be in the page cache only.
 */
export async function recoverWal(disk: Disk, dir: string, checksum: Checksum): Promise<Recovery> {
  const numbers = await listSegments(disk, dir);
  if (numbers.length === 0) throw new CorruptWalError(dir, 0, 'there is no segment');
  const reader = new LogReader(checksum);
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i]!;
    if (number !== numbers[0]! + i) {
      const missing = segmentName(numbers[0]! + i);
      throw new CorruptWalError(`${dir}/${missing}`, 0, 'the segment is missing, later ones exist');
    }
    const path = `${dir}/${segmentName(number)}`;
    const file = await disk.open(path, 'buffered');
    try {
      await reader.readSegment(file, number);
    } finally {
      await file.close();
    }
  }
  await disk.syncDir(dir);
  return reader.finish();
}

class LogReader {
  readonly #checksum: Checksum;
  readonly #replay = new Replay();
  readonly #used: UsedSegment[] = [];
  readonly #spares: Segment[] = [];
  #reader: SegmentReader | undefined;
  #endOffset = 0;
  #chain = 0;
  #nextSequence = 0;
  #bytesCut = 0;

  constructor(checksum: Checksum) {
    this.#checksum = checksum;
  }

  async readSegment(file: DiskFile, number: number): Promise<void> {
    const reader = new SegmentReader(file, await file.size(), this.#reader?.bytes);
    this.#reader = reader;
    const segment: Segment = { number, path: file.path, bytes: reader.size };
    const first = await this.#headerAt(reader, 0);
    if (first !== undefined && (await this.#isFirstFrame(reader, segment, first))) {
      await this.#readFrames(reader, segment, first);
    } else {
      await this.#takeSpare(reader, segment, first);
    }
    // A spare too: its size counts on once it is used.
    await file.sync();
  }

  finish(): Recovery {
    const last = this.#used[this.#used.length - 1];
    assert(last !== undefined, 'a log without a readable first segment is refused');
    const problem = this.#replay.finish();
    if (problem !== undefined) throw new CorruptWalError(last.path, this.#endOffset, problem);
    return {
      replay: this.#replay,
      used: this.#used,
      spares: this.#spares,
      endOffset: this.#endOffset,
      chain: this.#chain,
      nextSequence: this.#nextSequence,
      bytesCut: this.#bytesCut,
    };
  }

  async #headerAt(reader: SegmentReader, at: number): Promise<FrameHeader | undefined> {
    if (!reader.has(at, FRAME_HEADER_BYTES)) await reader.load(at, FRAME_HEADER_BYTES);
    return readFrameHeader(reader.bytes, at - reader.base, reader.filled);
  }

  async #isIntact(reader: SegmentReader, at: number, header: FrameHeader): Promise<boolean> {
    const frameBytes = FRAME_HEADER_BYTES + header.payloadBytes;
    if (frameBytes > reader.size - at) return false;
    if (!reader.has(at, frameBytes)) await reader.load(at, frameBytes);
    return isIntactFrame(reader.bytes, at - reader.base, reader.filled, header, this.#checksum);
  }

  /** Whether the segment begins with a frame of its own, not of a former life and not an unfinished one. */
  async #isFirstFrame(reader: SegmentReader, segment: Segment, header: FrameHeader): Promise<boolean> {
    if (header.tag !== FIRST_FRAME_TAG || header.segment !== segment.number) return false;
    if (header.checksumId !== this.#checksum.id) {
      const reason = `written with checksum ${header.checksumId}, this build uses ${this.#checksum.id}`;
      throw new CorruptWalError(segment.path, 24, reason);
    }
    return this.#isIntact(reader, 0, header);
  }

  /** The segment has no valid beginning: it was never used, or only an unfinished write was put in it. */
  async #takeSpare(reader: SegmentReader, segment: Segment, first: FrameHeader | undefined): Promise<void> {
    if (this.#used.length === 0) {
      throw new CorruptWalError(segment.path, 0, 'the first segment does not begin with a valid frame');
    }
    await this.#refuseFramesAfter(reader, segment, 0);
    this.#refuseShortSpare(segment);
    if (first !== undefined && this.#isUnfinishedFirstFrame(segment, first)) {
      const frameBytes = FRAME_HEADER_BYTES + first.payloadBytes;
      if (frameBytes > segment.bytes) {
        const reason = `the file was cut short: its first frame has ${frameBytes} bytes`;
        throw new CorruptWalError(segment.path, 0, reason);
      }
      this.#bytesCut += frameBytes;
    }
    this.#spares.push(segment);
  }

  /** A segment has its size before it has its name: one that is shorter may have lost acknowledged frames. */
  #refuseShortSpare(segment: Segment): void {
    const { segmentBytesMin } = this.#replay;
    if (segment.bytes >= segmentBytesMin) return;
    const reason = `the file was cut short: it has ${segment.bytes} bytes of at least ${segmentBytesMin}`;
    throw new CorruptWalError(segment.path, 0, reason);
  }

  #isUnfinishedFirstFrame(segment: Segment, first: FrameHeader): boolean {
    if (first.tag !== FIRST_FRAME_TAG || first.segment !== segment.number) return false;
    return first.sequence === this.#nextSequence && first.chain === this.#chain;
  }

  async #readFrames(reader: SegmentReader, segment: Segment, first: FrameHeader): Promise<void> {
    this.#checkContinuity(segment, first);
    const used: UsedSegment = { ...segment, entryIndexMax: 0 };
    this.#used.push(used);
    let at = 0;
    for (let header: FrameHeader | undefined = first; header !== undefined; ) {
      this.#applyFrame(reader, used, at, header);
      at += FRAME_HEADER_BYTES + header.payloadBytes;
      this.#chain = header.crc;
      this.#nextSequence = header.sequence + 1;
      header = await this.#frameAt(reader, segment, at);
    }
    await this.#refuseFramesAfter(reader, segment, at);
    this.#endOffset = at;
    this.#bytesCut = await this.#unfinishedBytes(reader, segment, at);
  }

  /** The frame before this segment's first one must be the last one read. */
  #checkContinuity(segment: Segment, first: FrameHeader): void {
    const last = this.#used[this.#used.length - 1];
    if (last === undefined) return;
    const spare = this.#spares[0];
    if (spare !== undefined) {
      throw new CorruptWalError(spare.path, 0, `no valid frame, but ${segment.path} continues the log`);
    }
    if (first.sequence === this.#nextSequence && first.chain === this.#chain) return;
    const reason = `frame ${this.#nextSequence} is damaged: ${segment.path} continues with frame ${first.sequence}`;
    throw new CorruptWalError(last.path, this.#endOffset, reason);
  }

  /** The header of the intact frame at `at` if it is the one that follows; otherwise undefined. */
  async #frameAt(reader: SegmentReader, segment: Segment, at: number): Promise<FrameHeader | undefined> {
    const header = await this.#headerAt(reader, at);
    if (header === undefined || !this.#follows(segment, header)) return undefined;
    return (await this.#isIntact(reader, at, header)) ? header : undefined;
  }

  /** Whether a header is that of the next frame, by all it says of its place. */
  #follows(segment: Segment, header: FrameHeader): boolean {
    if (header.tag !== this.#replay.salt || header.segment !== segment.number) return false;
    return header.sequence === this.#nextSequence && header.chain === this.#chain;
  }

  async #refuseFramesAfter(reader: SegmentReader, segment: Segment, from: number): Promise<void> {
    for (let at = from; at + FRAME_HEADER_BYTES <= reader.size; ) {
      if (!reader.has(at, FRAME_HEADER_BYTES)) await reader.load(at, FRAME_HEADER_BYTES);
      const start = at - reader.base;
      const found = findHeader(reader.bytes, start, reader.filled, segment.number, this.#replay.salt);
      if (found === undefined) {
        // Headers begin at multiples of eight; the last ones in the window did not fit.
        at += Math.floor((reader.filled - start - FRAME_HEADER_BYTES) / 8) * 8 + 8;
        continue;
      }
      at = reader.base + found;
      if (await this.#isIntact(reader, at, (await this.#headerAt(reader, at))!)) {
        const reason = `frame ${this.#nextSequence} is damaged: a later one is intact at offset ${at}`;
        throw new CorruptWalError(segment.path, from, reason);
      }
      at += 8;
    }
  }

  #applyFrame(reader: SegmentReader, used: UsedSegment, at: number, header: FrameHeader): void {
    const start = at - reader.base + FRAME_HEADER_BYTES;
    let problem: string | undefined;
    let records: Records | undefined;
    try {
      records = decodeRecords(copyOf(reader.bytes, start, start + header.payloadBytes));
      problem = this.#replay.apply(records);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      problem = error.message;
    }
    if (problem === undefined && (records?.header !== undefined) !== (at === 0))
      problem = 'segment header out of place';
    if (problem !== undefined || records === undefined)
      throw new CorruptWalError(used.path, at, problem ?? 'unreadable');
    const { entries } = records;
    if (entries.length > 0)
      used.entryIndexMax = Math.max(used.entryIndexMax, entries[entries.length - 1]!.index);
    const allocated = records.header?.segmentBytes ?? 0;
    if (allocated > used.bytes) {
      const reason = `the file was cut short: it has ${used.bytes} bytes of ${allocated}`;
      throw new CorruptWalError(used.path, used.bytes, reason);
    }
  }

  async #unfinishedBytes(reader: SegmentReader, segment: Segment, at: number): Promise<number> {
    const header = await this.#headerAt(reader, at);
    if (header === undefined || !this.#follows(segment, header)) return 0;
    return Math.min(FRAME_HEADER_BYTES + header.payloadBytes, segment.bytes - at);
  }
}
