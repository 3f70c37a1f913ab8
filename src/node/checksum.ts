import { createHash, type Hash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** CRC-32 (IEEE 802.3) by zlib: a third of the cost of one in JavaScript. Fits the log's `Checksum` by shape. */
export const NODE_CRC32 = {
  id: 1,
  update: (bytes: Uint8Array, seed: number, start: number, end: number): number =>
    crc32(bytes.subarray(start, end), seed),
};

/** A running SHA-256. */
export const newSha256 = (): Hash => createHash('sha256');
