/**
 * A state as bytes between members: a format of our own, since members are of one kind.
 *
 *     stream = frame*      frame = length u32 · checksum u32 · payload (both little-endian)
 *     payload = 1 · version · cluster id · index · term                                    the first frame
 *             | 2 · (table · key length · value length · key · value)*                     whole records
 *             | 3 · number of records                                                      the last frame
 *
 * Numbers are varints. The checksum is CRC-32C over the payload, continued from the frame before: what is missing, twice
 * or in another order shows as much as a flipped bit, before anything is made of it. Records come table by table, in the
 * order of {@link TABLES}, keys ascending.
 */
import { TABLES, type Table } from '../mvcc/index.js';
import {
  ByteReader,
  type ByteWriter,
  compareBytes,
  concatBytes,
  crc32c,
  MalformedError,
} from '../stdx/index.js';
import { SNAPSHOT_FRAME_BYTES_MAX, SNAPSHOT_WRITER_BYTES_KEPT } from './limits.js';

export const SNAPSHOT_FORMAT_VERSION = 1;
export const SNAPSHOT_FRAME_HEADER_BYTES = 8;
export const FrameKind = { HEADER: 1, RECORDS: 2, END: 3 } as const;

/** What the first frame says. */
export interface SnapshotHeader {
  readonly clusterId: bigint;
  readonly index: number;
  readonly term: number;
}

export function writeHeader(out: ByteWriter, header: SnapshotHeader): void {
  out.byte(FrameKind.HEADER);
  out.varint(SNAPSHOT_FORMAT_VERSION);
  out.varint64(header.clusterId);
  out.varint(header.index);
  out.varint(header.term);
}

export function writeRecord(out: ByteWriter, table: Table, key: Uint8Array, value: Uint8Array): void {
  out.byte(TABLES.indexOf(table));
  out.varint(key.length);
  out.varint(value.length);
  out.raw(key);
  out.raw(value);
}

/** Empties the writer for a frame's payload. */
export function beginFrame(out: ByteWriter): void {
  out.resetWithin(SNAPSHOT_WRITER_BYTES_KEPT);
  out.reserve(SNAPSHOT_FRAME_HEADER_BYTES);
  out.len = SNAPSHOT_FRAME_HEADER_BYTES;
}

/** Completes a frame. Returns the checksum to go on from. */
export function endFrame(out: ByteWriter, checksum: number): number {
  const { buf, len } = out;
  const next = crc32c(buf, checksum, SNAPSHOT_FRAME_HEADER_BYTES, len);
  putUint32(buf, 0, len - SNAPSHOT_FRAME_HEADER_BYTES);
  putUint32(buf, 4, next);
  return next;
}

function putUint32(buf: Uint8Array, at: number, value: number): void {
  for (let i = 0; i < 4; i++) buf[at + i] = (value >>> (8 * i)) & 255;
}

function uint32(buf: Uint8Array, at: number): number {
  return (buf[at]! | (buf[at + 1]! << 8) | (buf[at + 2]! << 16) | (buf[at + 3]! << 24)) >>> 0;
}

/** Who takes what a stream holds. Views stay valid; all calls come from {@link SnapshotDecoder.step}. */
export interface SnapshotVisitor {
  header(header: SnapshotHeader): void;
  record(table: Table, key: Uint8Array, value: Uint8Array): void;
}

/** Cuts a stream, which comes in pieces of any size, into its frames, and checks them. */
export class SnapshotDecoder {
  readonly #visitor: SnapshotVisitor;
  readonly #reader = new ByteReader();
  /** What has come and is not part of a whole frame yet. */
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  /** So many bytes are needed before it is worth looking. */
  #needed = SNAPSHOT_FRAME_HEADER_BYTES;
  #checksum = 0;
  #records = 0;
  #table = 0;
  #key: Uint8Array | undefined;
  #isBegun = false;
  #isEnded = false;

  constructor(visitor: SnapshotVisitor) {
    this.#visitor = visitor;
  }

  /** The whole of it has come, and nothing behind it. */
  get isComplete(): boolean {
    return this.#isEnded && this.#bytes === 0;
  }

  get recordCount(): number {
    return this.#records;
  }

  /** Takes the next piece, which must not change any more. */
  push(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.#pieces.push(piece);
    this.#bytes += piece.length;
  }

  /**
   * Handles one frame, if a whole one has come; true if so. What the visitor throws passes through.
   * @throws MalformedError if the stream is damaged; it is of no use then.
   */
  step(): boolean {
    if (this.#bytes === 0) return false;
    if (this.#isEnded) throw new MalformedError('a snapshot goes on behind its end');
    if (this.#bytes < this.#needed) return false;
    const buf = this.#pieces.length === 1 ? this.#pieces[0]! : concatBytes(this.#pieces);
    const length = uint32(buf, 0);
    if (length === 0 || length > SNAPSHOT_FRAME_BYTES_MAX) {
      throw new MalformedError('a frame of a snapshot has a length that none has');
    }
    const end = SNAPSHOT_FRAME_HEADER_BYTES + length;
    if (buf.length < end) {
      this.#pieces = [buf];
      this.#needed = end;
      return false;
    }
    this.#pieces = buf.length === end ? [] : [buf.subarray(end)];
    this.#bytes -= end;
    this.#needed = SNAPSHOT_FRAME_HEADER_BYTES;
    this.#checksum = crc32c(buf, this.#checksum, SNAPSHOT_FRAME_HEADER_BYTES, end);
    if (this.#checksum !== uint32(buf, 4)) throw new MalformedError('a frame of a snapshot is damaged');
    this.#reader.reset(buf, SNAPSHOT_FRAME_HEADER_BYTES, end);
    this.#handleFrame();
    return true;
  }

  #handleFrame(): void {
    const reader = this.#reader;
    const kind = reader.byte();
    if ((kind === FrameKind.HEADER) === this.#isBegun) {
      throw new MalformedError('a snapshot begins with its header, and has one');
    }
    if (kind === FrameKind.HEADER) {
      this.#readHeader();
    } else if (kind === FrameKind.RECORDS) {
      while (!reader.done) this.#readRecord();
    } else if (kind === FrameKind.END) {
      if (reader.uvarint() !== this.#records) throw new MalformedError('a snapshot lacks records');
      this.#isEnded = true;
    } else {
      throw new MalformedError('a snapshot has a frame of an unknown kind');
    }
    if (!reader.done) throw new MalformedError('a frame of a snapshot is too long');
  }

  #readHeader(): void {
    const reader = this.#reader;
    const version = reader.uvarint();
    if (version !== SNAPSHOT_FORMAT_VERSION) {
      throw new MalformedError(
        `the snapshot has format ${version}, this member reads ${SNAPSHOT_FORMAT_VERSION}`,
      );
    }
    const clusterId = reader.uvarint64();
    const index = reader.uvarint();
    const term = reader.uvarint();
    this.#isBegun = true;
    this.#visitor.header({ clusterId, index, term });
  }

  #readRecord(): void {
    const reader = this.#reader;
    const number = reader.byte();
    const keyLength = reader.uvarint();
    const valueLength = reader.uvarint();
    const table = TABLES[number];
    const { buf, pos } = reader;
    const end = pos + keyLength + valueLength;
    if (table === undefined || keyLength === 0 || end > reader.end) {
      throw new MalformedError('a record of a snapshot has an impossible table or length');
    }
    const key = buf.subarray(pos, pos + keyLength);
    const isBehind = number > this.#table || this.#key === undefined || compareBytes(this.#key, key) < 0;
    if (number < this.#table || !isBehind)
      throw new MalformedError('the records of a snapshot are not in order');
    this.#table = number;
    this.#key = key;
    this.#records++;
    reader.pos = end;
    this.#visitor.record(table, key, buf.subarray(pos + keyLength, end));
  }
}
