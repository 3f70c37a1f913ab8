/**
 * Where a file's bytes come from. Reading is synchronous: whoever reads much pulls in slices, and a page of the system's
 * cache comes faster than a promise.
 */
export interface BoltSource {
  readonly sizeBytes: number;
  /** The bytes `[offset, offset + length)`, all within the file; not changed by anybody while the file is read. */
  read(offset: number, length: number): Uint8Array;
}

/** A file that is in memory. */
export function bytesSource(bytes: Uint8Array): BoltSource {
  return {
    sizeBytes: bytes.length,
    read: (offset, length) => bytes.subarray(offset, offset + length),
  };
}
