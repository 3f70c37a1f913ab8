import { crc32c } from '../../stdx/index.js';

/** The checksum of the log. Its id is written in every segment, so that a log is never read with another one. */
export interface Checksum {
  /** 1: CRC-32 (IEEE 802.3), as `zlib.crc32` computes it. 2: CRC-32C. */
  readonly id: number;
  /** The checksum of `bytes[start, end)`, continuing from `seed`. */
  update(bytes: Uint8Array, seed: number, start: number, end: number): number;
}

/** CRC-32C in plain JavaScript, for places without a native one. */
export const CRC32C: Checksum = { id: 2, update: crc32c };
