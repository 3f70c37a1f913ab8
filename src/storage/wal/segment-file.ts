/** Names of segment files, and writing zeros. */
import type { DiskError, DiskFile } from '../../platform/index.js';
import { PREPARE_SLICE_BYTES } from './limits.js';

const NAME = /^([0-9a-f]{16})\.wal$/;

/** The file a segment is prepared in before it has a number. */
export const PREPARING_NAME = 'prepare.tmp';

export function segmentName(number: number): string {
  return `${number.toString(16).padStart(16, '0')}.wal`;
}

/** The number in a segment's name; undefined for any other name. */
export function segmentNumber(name: string): number | undefined {
  const match = NAME.exec(name);
  return match === null ? undefined : Number.parseInt(match[1]!, 16);
}

/** A file that is ready to become the active segment. */
export interface Segment {
  readonly number: number;
  readonly path: string;
  /** Bytes allocated. */
  readonly bytes: number;
}

const ZEROS = new Uint8Array(PREPARE_SLICE_BYTES);

/** Writes one slice of zeros at `from`, ending at `to` at the latest. Resolves to where it ended. */
export function writeZeros(file: DiskFile, from: number, to: number): Promise<number> {
  const length = Math.min(PREPARE_SLICE_BYTES, to - from);
  const slice = length === PREPARE_SLICE_BYTES ? ZEROS : ZEROS.subarray(0, length);
  return new Promise((resolve, reject) => {
    file.write(slice, from, (error?: DiskError) => {
      if (error === undefined) resolve(from + length);
      else reject(error);
    });
  });
}
