/** What `snapshot status` tells of a file, computed as etcdutl does. */
import { type BoltCursor, type BoltFile, isBucket } from '../bolt/index.js';
import { copyOf, crc32c, decodeUtf8 } from '../stdx/index.js';
import { mainRevisionOf } from './key-records.js';
import { HASH_RECORDS_PER_STEP } from './limits.js';
import { SnapshotError } from './snapshot-error.js';

export interface SnapshotStatus {
  /** CRC-32C over each bucket's name and records. */
  readonly hash: number;
  /** Main revision of the newest record; 0 if there is none. */
  readonly revision: number;
  /** Records of all buckets. */
  readonly totalKeys: number;
  /** Bytes of the database. */
  readonly totalBytes: number;
  /** The schema's version as the file has it; empty in files of etcd before 3.6. */
  readonly version: string;
}

/** Reads the whole file, in slices; the result is what the generator returns. Throws CorruptBoltError or SnapshotError. */
export function* readSnapshotStatus(file: BoltFile): Generator<void, SnapshotStatus> {
  let hash = 0;
  let revision = 0;
  let totalKeys = 0;
  let version = '';
  for (const buckets = file.buckets(); buckets.next(); ) {
    const name = decodeUtf8(buckets.buf, buckets.keyStart, buckets.keyEnd);
    if (!isBucket(buckets)) throw new SnapshotError(`cannot get hash of bucket "${name}"`);
    hash = crc32c(buckets.buf, hash, buckets.keyStart, buckets.keyEnd);
    const cursor = file.bucketAt(buckets);
    while (cursor.next()) {
      hash = crc32c(cursor.buf, hash, cursor.keyStart, cursor.valueEnd);
      if (name === 'key') revision = newestOf(cursor);
      else if (name === 'meta' && isStorageVersion(cursor)) {
        version = decodeUtf8(cursor.buf, cursor.keyEnd, cursor.valueEnd);
      }
      if (++totalKeys % HASH_RECORDS_PER_STEP === 0) yield;
    }
  }
  return { hash, revision, totalKeys, totalBytes: file.sizeBytes, version };
}

function newestOf(cursor: BoltCursor): number {
  const main = mainRevisionOf(copyOf(cursor.buf, cursor.keyStart, cursor.keyEnd));
  if (main === undefined) throw new SnapshotError('bucket key: a key is no revision');
  return main;
}

function isStorageVersion(cursor: BoltCursor): boolean {
  return decodeUtf8(cursor.buf, cursor.keyStart, cursor.keyEnd) === 'storageVersion';
}
