/**
 * What a snapshot stream carries, each in a gRPC message of its own:
 *
 *     head    checksum id, 1 byte · the raft message
 *     chunk   1 · checksum, 4 bytes little-endian · content, at most 64 KiB
 *     end     2 · checksum, 4 bytes little-endian · length of all content, varint
 *
 * A checksum is of all content up to and including this message. So each chunk is checked as it arrives, the whole is
 * checked by the last, and a chunk that is missing, doubled or out of place is found at once.
 */

import type { SnapshotMessage } from '../../raft/index.js';
import { ByteReader, type ByteWriter, copyOf, MalformedError } from '../../stdx/index.js';
import { writeRaftMessage } from '../../wire/index.js';
import { decodeBetween, type Ends } from './inbound-streams.js';
import { SNAPSHOT_CHUNK_BYTES } from './limits.js';
import type { SnapshotChecksum } from './ports.js';

const CHUNK = 1;
const END = 2;
const CHUNK_HEADER_BYTES = 5;

export function writeHead(out: ByteWriter, message: SnapshotMessage, checksum: SnapshotChecksum): void {
  out.byte(checksum.id);
  writeRaftMessage(out, message);
}

/** @throws MalformedError */
export function readHead(
  ends: Ends,
  bytes: Uint8Array,
  start: number,
  end: number,
  checksum: SnapshotChecksum,
): SnapshotMessage {
  if (start === end) throw new MalformedError('an empty head');
  if (bytes[start] !== checksum.id) throw new MalformedError('another checksum than ours');
  const message = decodeBetween(ends, copyOf(bytes, start + 1, end), 0, end - start - 1);
  if (message.kind !== 'snapshot') throw new MalformedError('not a snapshot');
  return message;
}

/** Content, counted and summed up, on either side. */
export class SnapshotContent {
  readonly #checksum: SnapshotChecksum;
  #sum = 0;
  #length = 0;

  constructor(checksum: SnapshotChecksum) {
    this.#checksum = checksum;
  }

  get length(): number {
    return this.#length;
  }

  writeChunk(out: ByteWriter, content: Uint8Array, start: number, end: number): void {
    this.#add(content, start, end);
    out.byte(CHUNK);
    this.#writeSum(out);
    out.raw(content, start, end);
  }

  writeEnd(out: ByteWriter): void {
    out.byte(END);
    this.#writeSum(out);
    out.varint(this.#length);
  }

  /**
   * Checks a chunk or the end. The chunk's content as a view, undefined at the end.
   *
   * @throws MalformedError
   */
  read(bytes: Uint8Array, start: number, end: number): Uint8Array | undefined {
    if (end - start < CHUNK_HEADER_BYTES) throw new MalformedError('a chunk without checksum');
    const kind = bytes[start]!;
    const at = start + CHUNK_HEADER_BYTES;
    const sum =
      (bytes[start + 1]! |
        (bytes[start + 2]! << 8) |
        (bytes[start + 3]! << 16) |
        (bytes[start + 4]! << 24)) >>>
      0;
    if (kind === CHUNK) {
      if (end - at > SNAPSHOT_CHUNK_BYTES) throw new MalformedError('a chunk that is too large');
      this.#add(bytes, at, end);
      if (this.#sum !== sum) throw new MalformedError('wrong checksum');
      return bytes.subarray(at, end);
    }
    if (kind !== END) throw new MalformedError('neither chunk nor end');
    const reader = new ByteReader(bytes, at, end);
    const length = reader.uvarint();
    if (!reader.done) throw new MalformedError('bytes after the end');
    if (length !== this.#length || this.#sum !== sum) throw new MalformedError('wrong length or checksum');
    return undefined;
  }

  #add(content: Uint8Array, start: number, end: number): void {
    this.#sum = this.#checksum.update(content, this.#sum, start, end) >>> 0;
    this.#length += end - start;
  }

  #writeSum(out: ByteWriter): void {
    for (let shift = 0; shift < 32; shift += 8) out.byte((this.#sum >>> shift) & 255);
  }
}
