/**
 * The data directory: `<data-dir>/member/wal/` holds the write-ahead log, `<data-dir>/member/db` the backend (with
 * lmdb's `db-lock` beside it; `db.staged` is a state from another member that is to take its place). Everything is
 * readable by the owner only. The names `member` and `wal` are etcd's; the files in them are not, so a directory that
 * etcd has written is refused rather than misread.
 */
import type { Disk, LogSink } from '../platform/index.js';
import { DiskError } from '../platform/index.js';
import { syncAncestors } from './ancestors.js';
import { Wal } from './wal/wal.js';

/** The directory cannot be used as it is. `message` is for the operator. */
export class DataDirError extends Error {
  override readonly name = 'DataDirError';
}

export interface DataDir {
  readonly path: string;
  readonly memberDir: string;
  readonly walDir: string;
  readonly backendPath: string;
  /** There is a log: the member starts from what it knows, whatever its flags say about a new cluster. */
  readonly hasWal: boolean;
}

/** Names etcd leaves in a data directory that need no warning. */
const KNOWN_NAMES = ['member', 'fixtures', 'lock'];
/** etcd names its log files by sequence and index. */
const ETCD_WAL_NAME = /^[0-9a-f]{16}-[0-9a-f]{16}\.wal$/;

export interface DataDirOptions {
  /** Where the log is kept instead of `member/wal`, for a disk of its own. */
  readonly walDir?: string;
  readonly log?: LogSink;
}

/**
 * Makes the directories that are missing and looks over those that are there. Rejects with {@link DataDirError} or
 * DiskError.
 */
export async function openDataDir(disk: Disk, path: string, options: DataDirOptions = {}): Promise<DataDir> {
  const names = await listOrEmpty(disk, path);
  for (const name of names) {
    if (!KNOWN_NAMES.includes(name)) {
      options.log?.log('warn', 'found invalid file under data directory', {
        filename: name,
        'data-dir': path,
      });
    }
  }
  if (names.includes('proxy')) {
    const both = names.includes('member');
    const reason = both ? 'both member and proxy directories exist' : 'it belongs to a v2 http proxy';
    throw new DataDirError(`invalid datadir ${path}; ${reason}`);
  }
  const memberDir = `${path}/member`;
  const walDir = options.walDir ?? `${memberDir}/wal`;
  const dir: DataDir = {
    path,
    memberDir,
    walDir,
    backendPath: `${memberDir}/db`,
    hasWal: await Wal.exists(disk, walDir),
  };
  await refuseEtcdFiles(disk, dir);
  if (!dir.hasWal) await makeDirs(disk, dir);
  return dir;
}

async function refuseEtcdFiles(disk: Disk, dir: DataDir): Promise<void> {
  const foreign = (await listOrEmpty(disk, dir.walDir)).find((name) => ETCD_WAL_NAME.test(name));
  const hasSnapDir = (await listOrEmpty(disk, dir.memberDir)).includes('snap');
  if (foreign === undefined && !hasSnapDir) return;
  const found = foreign === undefined ? `${dir.memberDir}/snap` : `${dir.walDir}/${foreign}`;
  throw new DataDirError(
    `data directory ${dir.path} was written by etcd (${found}), whose files have another format; ` +
      'give another --data-dir, or move the data with a snapshot',
  );
}

/** Creates what is missing and makes the names durable. */
async function makeDirs(disk: Disk, dir: DataDir): Promise<void> {
  await disk.makeDir(dir.memberDir);
  await disk.makeDir(dir.walDir);
  await syncAncestors(disk, dir.walDir);
  await syncAncestors(disk, dir.backendPath);
}

async function listOrEmpty(disk: Disk, dir: string): Promise<string[]> {
  try {
    return await disk.list(dir);
  } catch (error) {
    if (error instanceof DiskError && error.code === 'ENOENT') return [];
    throw error;
  }
}
