/**
 * The composition root of the server: chooses the implementations, wires them, opens in the order in which a start may
 * fail, and closes in reverse. No decision is taken here.
 */
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import {
  type ApiContext,
  clusterService,
  HttpRouter,
  healthService,
  kvService,
  maintenanceService,
  watchService,
} from '../../api/index.js';
import { Store, WatchableStore } from '../../mvcc/index.js';
import { NODE_CRC32 } from '../../node/checksum.js';
import { systemClock } from '../../node/clock.js';
import { DataDirLock } from '../../node/data-dir-lock.js';
import { dirPermissionProblem } from '../../node/data-dir-permission.js';
import { NodeDisk } from '../../node/disk.js';
import { gunzip } from '../../node/gunzip.js';
import { createHttpServer } from '../../node/http-server.js';
import { JsonLog } from '../../node/json-log.js';
import { LmdbBackend } from '../../node/lmdb-backend.js';
import { systemRandom } from '../../node/random.js';
import type { Disk, LogSink } from '../../platform/index.js';
import { AutoCompactor, type Bootstrapped, bootstrapMember, type Member } from '../../server/index.js';
import { ByteWriter } from '../../stdx/index.js';
import { type DataDir, openDataDir } from '../../storage/index.js';
import type { ServiceTable } from '../../transport/index.js';
import type { ResolvedFlags, ServerConfig } from '../config/server-config.js';
import { SERVER_FLAGS } from '../flags/server-flags.js';
import { API_VERSION, QUOIN_VERSION } from '../version.js';
import { ClientListeners } from './client-listeners.js';
import { printNextSteps } from './next-steps.js';
import { onShutdownSignal } from './signals.js';

/** grpc-go's limit: what a request may be, and half a mebibyte for its envelope. */
const RECEIVE_OVERHEAD_BYTES = 512 * 1024;

/** Answers are built in it; it grows for larger ones. */
const SCRATCH_BYTES = 256 * 1024;

/** Records kept in memory beside the backend's pages, which the system caches too. */
const RING_BYTES = 64 * 1024 * 1024;

function sha1(bytes: Uint8Array): Uint8Array {
  return createHash('sha1').update(bytes).digest();
}

function noteConfiguration(config: ServerConfig, flags: ResolvedFlags, log: LogSink): void {
  for (const note of flags.notes) log.log(note.level, note.message, note.fields);
  for (const spec of SERVER_FLAGS.values()) {
    if (spec.status === 'accepted' && flags.isSet(spec.name)) {
      log.log('warn', 'this flag is accepted but has no effect in this version of Quoin', {
        flag: spec.name,
      });
    }
  }
  if (config.name === 'default') {
    log.log('warn', "it isn't recommended to use default name, please set a value for --name", {});
  }
}

/** Opens everything and serves until a signal or a fatal error; resolves once the member serves. */
export async function runServer(config: ServerConfig, flags: ResolvedFlags): Promise<void> {
  const log = new JsonLog({ level: config.logLevel, format: config.logFormat, outputs: config.logOutputs });
  noteConfiguration(config, flags, log);
  try {
    await openServer(config, log);
  } catch (error) {
    log.log('fatal', 'failed to start', { error: (error as Error).message });
    process.exit(1);
  }
}

function noteStart(config: ServerConfig, folders: DataDir, log: LogSink): void {
  log.log('info', 'starting a Quoin server', {
    'quoin-version': QUOIN_VERSION,
    'api-version': API_VERSION,
    'node-version': process.version,
    name: config.name,
    'data-dir': folders.path,
    'wal-dir': folders.walDir,
    'heartbeat-interval': `${config.heartbeatMs}ms`,
    'election-timeout': `${config.electionMs}ms`,
    'listen-client-urls': config.listenClientUrls.map((url) => url.text),
    'advertise-client-urls': config.advertiseClientUrls,
  });
}

/** The durable half of a member: everything up to the point from which it can take part. */
interface OpenMember extends Bootstrapped {
  readonly backend: LmdbBackend;
  readonly watchable: WatchableStore;
}

async function openMember(
  config: ServerConfig,
  folders: DataDir,
  disk: Disk,
  log: LogSink,
): Promise<OpenMember> {
  const backend = await LmdbBackend.open(folders.backendPath);
  // The store tells of commits, and who listens reads the store: one of the two must come first.
  let watchable: WatchableStore | undefined;
  const store = new Store(backend, {
    ringBytes: RING_BYTES,
    hashSeed: Math.floor(systemRandom.float() * 2 ** 32),
    commitListener: { onCommit: (committed) => watchable?.onCommit(committed) },
  });
  store.restore();
  log.log('info', 'kvstore restored', { 'current-rev': store.revision });
  const bootstrapped = await bootstrapMember(
    { ...config, walDir: folders.walDir, clientUrls: config.advertiseClientUrls },
    {
      disk,
      backend,
      store,
      checksum: NODE_CRC32,
      sha1,
      clock: systemClock,
      random: systemRandom,
      sink: log,
    },
  );
  watchable = new WatchableStore(store, { defer: (fn) => systemClock.defer(fn) });
  return { ...bootstrapped, backend, watchable };
}

function servicesOf(config: ServerConfig, context: ApiContext, open: OpenMember): ServiceTable {
  return new Map([
    ...kvService(context),
    ...watchService(context, open.watchable, { clock: systemClock, random: systemRandom, config }),
    ...clusterService(context),
    ...maintenanceService(context, () => open.backend.size()),
    ...healthService(context),
  ]);
}

function startAutoCompaction(config: ServerConfig, member: Member, log: LogSink): AutoCompactor | undefined {
  if (config.autoCompaction === undefined) return undefined;
  const compactor = new AutoCompactor(member, systemClock, log, config.autoCompaction);
  compactor.start();
  return compactor;
}

async function openServer(config: ServerConfig, log: JsonLog): Promise<void> {
  const disk = new NodeDisk();
  const dataDir = resolve(config.dataDir);
  const walDir = config.walDir === '' ? {} : { walDir: resolve(config.walDir) };
  const folders = await openDataDir(disk, dataDir, { ...walDir, log });
  const problem = dirPermissionProblem(dataDir);
  if (problem !== undefined) log.log('warn', 'check file permission', { error: problem });
  const lock = await DataDirLock.acquire(dataDir);
  const listeners = new ClientListeners(config, log);
  // Taken before anything is touched: a port in use must not cost a recovery.
  await listeners.bind();
  noteStart(config, folders, log);
  const open = await openMember(config, folders, disk, log);
  const { member, wal, backend } = open;
  const context: ApiContext = {
    member,
    machine: member.machine,
    options: { maxTxnOps: config.maxTxnOps, version: API_VERSION },
    scratch: new ByteWriter(SCRATCH_BYTES),
  };
  const router = new HttpRouter(context, { cors: config.cors, hostWhitelist: config.hostWhitelist });
  const fatal = (error: Error): void => {
    log.log('fatal', 'the member cannot go on', { error: error.message, stacktrace: error.stack });
    process.exit(1);
  };
  member.onFatal = fatal;
  await member.start();
  const compactor = startAutoCompaction(config, member, log);
  listeners.serve({
    options: {
      services: servicesOf(config, context, open),
      gunzip,
      maxRecvMessageBytes: config.maxRequestBytes + RECEIVE_OVERHEAD_BYTES,
      // What a handler throws is a bug in this process: go on from a known state or not at all.
      onHandlerError: (error) => fatal(error as Error),
    },
    http: createHttpServer((request, respond) => router.handle(request, respond)),
  });
  log.log('info', 'ready to serve client requests', {});
  onShutdownSignal(log, async () => {
    await listeners.close(member.requestTimeoutMs);
    compactor?.stop();
    await member.stop();
    await wal.close();
    await backend.close();
    await lock.release();
    log.log('info', 'closed the server', { name: config.name, 'data-dir': folders.path });
    log.close();
  });
  if (process.env['QUOIN_NEXT_STEPS'] === '1') printNextSteps(config, folders.path);
}
