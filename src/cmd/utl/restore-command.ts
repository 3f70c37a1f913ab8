/**
 * `snapshot restore`: makes the data directory of a member of a new cluster from a file. Every member of that cluster is
 * restored from the same file, each under its own name; they then start without a leader and elect one.
 *
 * The log is made last: until then a server refuses the directory.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Member } from '../../membership/index.js';
import { CorruptStoreError, Store } from '../../mvcc/index.js';
import { NODE_CRC32 } from '../../node/checksum.js';
import { systemClock } from '../../node/clock.js';
import { NodeDisk } from '../../node/disk.js';
import { resolveHost } from '../../node/host-resolver.js';
import { LmdbBackend } from '../../node/lmdb-backend.js';
import { systemRandom } from '../../node/random.js';
import type { LogSink } from '../../platform/index.js';
import { EMPTY_CONF_STATE, NOBODY } from '../../raft/index.js';
import { BootstrapError, type FirstStart, firstStart } from '../../server/index.js';
import { type Imported, importSnapshot, SnapshotError } from '../../snapshot-file/index.js';
import { type DataDir, openDataDir, Wal } from '../../storage/index.js';
import { ConfigError } from '../config/config-error.js';
import { parseInitialCluster } from '../config/endpoints.js';
import { parseMemberUrls, UrlError } from '../config/urls.js';
import { CommandError } from './command-error.js';
import { checkedBoltFile, integrityError, openSnapshot } from './snapshot-input.js';

export interface RestoreFlags {
  readonly name: string;
  readonly dataDir: string;
  readonly walDir: string;
  readonly initialCluster: string;
  readonly initialClusterToken: string;
  readonly initialAdvertisePeerUrls: string;
  readonly skipHashCheck: boolean;
  readonly bumpRevision: number;
  readonly markCompacted: boolean;
}

export async function snapshotRestore(
  args: readonly string[],
  flags: RestoreFlags,
  log: LogSink,
): Promise<void> {
  if (args.length !== 1) throw new CommandError('snapshot restore requires exactly one argument', 128);
  if (flags.bumpRevision > 0 !== flags.markCompacted) {
    throw new CommandError('--mark-compacted required if --revision-bump > 0', 128);
  }
  const dataDir = flags.dataDir === '' ? `${flags.name}.etcd` : flags.dataDir;
  const start = await newCluster(flags, log);
  checkTarget(dataDir, flags.walDir);
  const walDir = flags.walDir === '' ? `${dataDir}/member/wal` : flags.walDir;
  const fields = { path: args[0]!, 'wal-dir': walDir, 'data-dir': dataDir };
  log.log('info', 'restoring snapshot', fields);
  const source = openSnapshot(args[0]!, 'open');
  try {
    const file = checkedBoltFile(source, flags.skipHashCheck ? 'skip' : 'required');
    await fillDataDir(dataDir, flags, start, async (backend) => {
      const { metadata: identity, founders: members } = start;
      const { bumpRevision } = flags;
      noteImported(await importSnapshot(file, backend, { identity, members, bumpRevision }), flags, log);
    });
  } catch (error) {
    throw commandErrorOf(error);
  } finally {
    source.close();
  }
  for (const member of start.founders) noteMember(member, start, log);
  log.log('info', 'restored snapshot', fields);
}

/** Ids and members of the cluster that the restored members will be. */
async function newCluster(flags: RestoreFlags, log: LogSink): Promise<FirstStart> {
  try {
    const advertised = flags.initialAdvertisePeerUrls.split(',');
    return await firstStart(
      {
        name: flags.name,
        initialCluster: parseInitialCluster(flags.initialCluster),
        initialClusterState: 'new',
        initialClusterToken: flags.initialClusterToken,
        advertisePeerUrls: parseMemberUrls(advertised).map((url) => url.text),
      },
      {
        sha1: (bytes) => createHash('sha1').update(bytes).digest(),
        clock: systemClock,
        sink: log,
        resolveHost,
      },
    );
  } catch (error) {
    throw commandErrorOf(error);
  }
}

/** What the operator can mend is an error of the command; everything else is a bug. */
function commandErrorOf(error: unknown): unknown {
  const isExpected =
    error instanceof BootstrapError ||
    error instanceof ConfigError ||
    error instanceof UrlError ||
    error instanceof SnapshotError ||
    error instanceof CorruptStoreError;
  return isExpected ? new CommandError(error.message) : integrityError(error);
}

function checkTarget(dataDir: string, walDir: string): void {
  if (existsSync(dataDir) && !isEmptyDir(dataDir)) {
    throw new CommandError(`data-dir ${JSON.stringify(dataDir)} not empty or could not be read`);
  }
  if (walDir !== '' && existsSync(walDir)) {
    throw new CommandError(`wal-dir ${JSON.stringify(walDir)} exists`);
  }
}

function isEmptyDir(path: string): boolean {
  try {
    return readdirSync(path).length === 0;
  } catch {
    return false;
  }
}

/** Makes the directory, has its backend filled, and makes a log that begins where that state ends. */
async function fillDataDir(
  dataDir: string,
  flags: RestoreFlags,
  start: FirstStart,
  fill: (backend: LmdbBackend) => Promise<void>,
): Promise<void> {
  const disk = new NodeDisk();
  const walDir = flags.walDir === '' ? {} : { walDir: resolve(flags.walDir) };
  const existed = existsSync(dataDir);
  const folders = await openDataDir(disk, resolve(dataDir), walDir);
  try {
    const backend = await LmdbBackend.open(folders.backendPath);
    try {
      await fill(backend);
      // Reads it as the server will: what that would refuse is better refused now.
      new Store(backend, { hashSeed: Math.floor(systemRandom.float() * 2 ** 32) }).restore();
    } finally {
      await backend.close();
    }
    await createLog(disk, folders, start);
  } catch (error) {
    // All of it was made here.
    rmSync(existed ? folders.memberDir : folders.path, { recursive: true, force: true });
    rmSync(folders.walDir, { recursive: true, force: true });
    throw error;
  }
}

async function createLog(
  disk: NodeDisk,
  folders: DataDir,
  { metadata, founders }: FirstStart,
): Promise<void> {
  const index = founders.length;
  const confState = { ...EMPTY_CONF_STATE, voters: founders.map(({ id }) => id) };
  const wal = await Wal.create(disk, folders.walDir, metadata, {
    checksum: NODE_CRC32,
    random: systemRandom,
    marker: { index, term: 1, confState },
    hardState: { term: 1, vote: NOBODY, commit: index },
  });
  await wal.close();
}

function noteImported(imported: Imported, { bumpRevision }: RestoreFlags, log: LogSink): void {
  for (const bucket of imported.unknownBuckets) {
    log.log('warn', 'a bucket that is not of etcd was left out', { bucket });
  }
  if (bumpRevision === 0) return;
  log.log('info', 'bumping latest revision', {
    'latest-revision': imported.revisionBefore,
    'bump-amount': bumpRevision,
    'new-latest-revision': imported.revision,
  });
  log.log('info', 'marking revision compacted', { revision: imported.compactRevision });
}

function noteMember(member: Member, { metadata }: FirstStart, log: LogSink): void {
  log.log('info', 'added member', {
    'cluster-id': metadata.clusterId,
    'added-peer-id': member.id,
    'added-peer-peer-urls': member.peerUrls,
    'added-peer-is-learner': member.isLearner,
  });
}
