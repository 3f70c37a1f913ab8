/**
 * The frame: what one write puts into a segment. It begins at a multiple of eight bytes with a header of 32:
 *
 *     0  u32 crc            of all that follows up to the frame's end, starting from the salt
 *     4  u32 payloadBytes   a multiple of eight
 *     8  u32 chain          crc of the frame before
 *    12  u32 segment        number of the segment this frame was written for
 *    16  u64 sequence       number of the frame in the log's whole life
 *    24  u32 checksum id
 *    28  u32 tag            the salt; in a segment's first frame a magic number, and crc starts from 0
 *
 * A frame can be judged alone (crc) and in its place (segment, sequence, chain). Since the next frame is written only
 * when the last one is durable, an invalid frame followed anywhere by a valid one was durable once: that is damage. An
 * invalid frame followed by none is an unfinished write, and is cut. Frames of a recycled file's former life carry
 * another segment number. The salt is random: a client cannot store a value that looks like a frame.
 */
import { assert } from '../../stdx/index.js';
import type { Checksum } from './checksum.js';

export const FRAME_HEADER_BYTES = 32;
/** 'QWAL', little-endian. */
export const FIRST_FRAME_TAG = 0x4c415751;

export interface FrameHeader {
  readonly crc: number;
  readonly payloadBytes: number;
  readonly chain: number;
  readonly segment: number;
  readonly sequence: number;
  readonly checksumId: number;
  readonly tag: number;
}

export function readUint32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}

/** Fills the header of the frame that occupies `buf[0, frameBytes)` and returns its crc. */
export function sealFrame(
  buf: Uint8Array,
  frameBytes: number,
  place: { readonly chain: number; readonly segment: number; readonly sequence: number },
  tag: number,
  checksum: Checksum,
): number {
  assert(frameBytes % 8 === 0, 'frames are multiples of eight bytes');
  writeUint32(buf, 4, frameBytes - FRAME_HEADER_BYTES);
  writeUint32(buf, 8, place.chain);
  writeUint32(buf, 12, place.segment);
  writeUint32(buf, 16, place.sequence % 4294967296);
  writeUint32(buf, 20, Math.floor(place.sequence / 4294967296));
  writeUint32(buf, 24, checksum.id);
  writeUint32(buf, 28, tag);
  const crc = checksum.update(buf, crcSeedOf(tag), 4, frameBytes);
  writeUint32(buf, 0, crc);
  return crc;
}

function crcSeedOf(tag: number): number {
  return tag === FIRST_FRAME_TAG ? 0 : tag;
}

/** The header at `at`, or undefined when no whole header fits before `end`. Nothing is verified. */
export function readFrameHeader(bytes: Uint8Array, at: number, end: number): FrameHeader | undefined {
  if (at + FRAME_HEADER_BYTES > end) return undefined;
  return {
    crc: readUint32(bytes, at),
    payloadBytes: readUint32(bytes, at + 4),
    chain: readUint32(bytes, at + 8),
    segment: readUint32(bytes, at + 12),
    sequence: readUint32(bytes, at + 16) + readUint32(bytes, at + 20) * 4294967296,
    checksumId: readUint32(bytes, at + 24),
    tag: readUint32(bytes, at + 28),
  };
}

/** Whether the frame that begins at `at` is whole and unchanged, wherever it belongs. */
export function isIntactFrame(
  bytes: Uint8Array,
  at: number,
  end: number,
  header: FrameHeader,
  checksum: Checksum,
): boolean {
  const { payloadBytes } = header;
  if (payloadBytes % 8 !== 0 || payloadBytes > end - at - FRAME_HEADER_BYTES) return false;
  if (header.checksumId !== checksum.id) return false;
  const frameEnd = at + FRAME_HEADER_BYTES + payloadBytes;
  return checksum.update(bytes, crcSeedOf(header.tag), at + 4, frameEnd) === header.crc;
}

/**
 * Where in `bytes[from, end)` the next header of a frame of `segment` may begin, or undefined. A candidate: what follows
 * it may not be there.
 */
export function findHeader(
  bytes: Uint8Array,
  from: number,
  end: number,
  segment: number,
  salt: number,
): number | undefined {
  const b0 = salt & 255;
  const b1 = (salt >>> 8) & 255;
  for (let at = from; at + FRAME_HEADER_BYTES <= end; at += 8) {
    if (bytes[at + 28] !== b0 || bytes[at + 29] !== b1) continue;
    if (readUint32(bytes, at + 28) === salt && readUint32(bytes, at + 12) === segment) return at;
  }
  return undefined;
}
