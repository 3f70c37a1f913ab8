/**
 * A new log: its first segment is written under another name, synced and renamed, so that a crash on the way leaves
 * either no log or a whole one.
 */
import type { Disk, DiskFile, Random } from '../../platform/index.js';
import type { HardState } from '../../raft/index.js';
import { ByteWriter } from '../../stdx/index.js';
import { syncAncestors } from '../ancestors.js';
import { FIRST_FRAME_TAG, FRAME_HEADER_BYTES, sealFrame } from './frame.js';
import { SEGMENT_BYTES_FIRST } from './limits.js';
import type { WalOptions } from './options.js';
import { encodeHeader, encodeRecords, type SnapshotMarker, type WalMetadata } from './record.js';
import { EMPTY_MARKER } from './replay.js';
import { PREPARING_NAME, segmentName, writeZeros } from './segment-file.js';

export interface WalCreateOptions extends WalOptions {
  readonly random: Random;
  /** Where the log begins, for a member that starts from a snapshot; at index 0 by default. */
  readonly marker?: SnapshotMarker;
  readonly hardState?: HardState;
}

const EMPTY_HARD_STATE: HardState = { term: 0, vote: 0n, commit: 0 };

/** Makes `dir`, which holds no log, and the first segment in it. Durable when it resolves. */
export async function createFirstSegment(
  disk: Disk,
  dir: string,
  metadata: WalMetadata,
  options: WalCreateOptions,
): Promise<void> {
  await disk.makeDir(dir);
  await removePreparing(disk, dir);
  const segmentBytes = options.segmentBytesFirst ?? SEGMENT_BYTES_FIRST;
  const writer = new ByteWriter();
  writer.len = FRAME_HEADER_BYTES;
  encodeHeader(writer, {
    salt: saltFrom(options.random),
    segmentBytes,
    segmentBytesMin: segmentBytes,
    metadata,
  });
  encodeRecords(writer, options.hardState ?? EMPTY_HARD_STATE, options.marker ?? EMPTY_MARKER, []);
  sealFrame(writer.buf, writer.len, { chain: 0, segment: 1, sequence: 1 }, FIRST_FRAME_TAG, options.checksum);
  const path = `${dir}/${PREPARING_NAME}`;
  const file = await disk.create(path, 'buffered');
  try {
    for (let at = 0; at < segmentBytes; ) at = await writeZeros(file, at, segmentBytes);
    await writeAll(file, writer.view());
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(path, `${dir}/${segmentName(1)}`);
  await disk.syncDir(dir);
  await syncAncestors(disk, dir);
}

/** Removes what a crash left of a segment under preparation. */
export async function removePreparing(disk: Disk, dir: string): Promise<void> {
  const names = await disk.list(dir);
  if (names.includes(PREPARING_NAME)) await disk.remove(`${dir}/${PREPARING_NAME}`);
}

/** A random tag that is neither zero (as empty disk is) nor the first frame's. */
function saltFrom(random: Random): number {
  const bytes = random.bytes(4);
  const salt = ((bytes[0]! | 1) + bytes[1]! * 256 + bytes[2]! * 65536 + bytes[3]! * 16777216) >>> 0;
  return salt === FIRST_FRAME_TAG ? salt ^ 2 : salt;
}

function writeAll(file: DiskFile, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    file.write(bytes, 0, (error) => (error === undefined ? resolve() : reject(error)));
  });
}
