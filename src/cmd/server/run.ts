/**
 * The composition root of the server: chooses the implementations, wires them, opens in the order in which a start may
 * fail, and closes in reverse. No decision is taken here.
 */
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import {
  type ApiContext,
  clusterService,
  HttpRouter,
  healthService,
  kvService,
  maintenanceService,
  watchService,
} from '../../api/index.js';
import { type CommitListener, Store, WatchableStore } from '../../mvcc/index.js';
import { NODE_CRC32 } from '../../node/checksum.js';
import { systemClock } from '../../node/clock.js';
import { DataDirLock } from '../../node/data-dir-lock.js';
import { NodeDisk } from '../../node/disk.js';
import { createHttpServer } from '../../node/http-server.js';
import { JsonLog } from '../../node/json-log.js';
import { LmdbBackend } from '../../node/lmdb-backend.js';
import { systemRandom } from '../../node/random.js';
import type { LogSink } from '../../platform/index.js';
import { bootstrapMember } from '../../server/index.js';
import { ByteWriter } from '../../stdx/index.js';
import type { ServiceTable } from '../../transport/index.js';
import type { ResolvedFlags, ServerConfig } from '../config/server-config.js';
import { SERVER_FLAGS } from '../flags/server-flags.js';
import { API_VERSION, QUOIN_VERSION } from '../version.js';
import { ClientListeners } from './client-listeners.js';
import { printNextSteps } from './next-steps.js';
import { onShutdownSignal } from './signals.js';

/** grpc-go's limit: what a request may be, and half a mebibyte for its envelope. */
const RECEIVE_OVERHEAD_BYTES = 512 * 1024;

function sha1(bytes: Uint8Array): Uint8Array {
  return createHash('sha1').update(bytes).digest();
}

/** Decompresses; undefined if the bytes are not gzip. What holds more than `bytesMax` is told by its length alone. */
function gunzip(bytes: Uint8Array, bytesMax: number): Uint8Array | undefined {
  try {
    return new Uint8Array(gunzipSync(bytes, { maxOutputLength: bytesMax + 1 }));
  } catch (error) {
    return (error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE' ? new Uint8Array(bytesMax + 1) : undefined;
  }
}

function noteConfiguration(config: ServerConfig, flags: ResolvedFlags, log: LogSink): void {
  for (const note of flags.notes) log.log(note.level, note.message, note.fields);
  for (const spec of SERVER_FLAGS.values()) {
    if (spec.status === 'accepted' && flags.isSet(spec.name)) {
      log.log('warn', 'this flag is accepted but has no effect in this version of Quoin', { flag: spec.name });
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

async function openServer(config: ServerConfig, log: JsonLog): Promise<void> {
  const dataDir = resolve(config.dataDir);
  const memberDir = join(dataDir, 'member');
  const walDir = config.walDir === '' ? join(memberDir, 'wal') : resolve(config.walDir);
  mkdirSync(memberDir, { recursive: true, mode: 0o700 });
  const lock = await DataDirLock.acquire(dataDir);
  const listeners = new ClientListeners(config, log);
  // Taken before anything is touched: a port in use must not cost a recovery.
  await listeners.bind();
  log.log('info', 'starting a Quoin server', {
    'quoin-version': QUOIN_VERSION,
    'api-version': API_VERSION,
    'node-version': process.version,
    name: config.name,
    'data-dir': dataDir,
    'wal-dir': walDir,
    'heartbeat-interval': `${config.heartbeatMs}ms`,
    'election-timeout': `${config.electionMs}ms`,
    'listen-client-urls': config.listenClientUrls.map((url) => url.text),
    'advertise-client-urls': config.advertiseClientUrls,
  });
  const backend = await LmdbBackend.open(join(memberDir, 'db'));
  const onCommit: { listener: CommitListener | undefined } = { listener: undefined };
  const store = new Store(backend, { commitListener: { onCommit: (revision) => onCommit.listener?.onCommit(revision) } });
  store.restore();
  log.log('info', 'kvstore restored', { 'current-rev': store.revision });
  const { member, wal } = await bootstrapMember(
    { ...config, walDir, clientUrls: config.advertiseClientUrls },
    {
      disk: new NodeDisk(),
      backend,
      store,
      checksum: NODE_CRC32,
      sha1,
      clock: systemClock,
      random: systemRandom,
      sink: log,
    },
  );
  const watchable = new WatchableStore(store, { defer: (fn) => systemClock.defer(fn) });
  onCommit.listener = watchable;

  const context: ApiContext = {
    member,
    machine: member.machine,
    options: { maxTxnOps: config.maxTxnOps, version: API_VERSION },
    scratch: new ByteWriter(256 * 1024),
  };
  const services: ServiceTable = new Map([
    ...kvService(context),
    ...watchService(context, watchable, { clock: systemClock, random: systemRandom, config }),
    ...clusterService(context),
    ...maintenanceService(context, () => backend.size()),
    ...healthService(context),
  ]);
  const router = new HttpRouter(context, { cors: config.cors, hostWhitelist: config.hostWhitelist });
  const http = createHttpServer((request, respond) => router.handle(request, respond));

  const shutDown = async (): Promise<void> => {
    await listeners.close(member.requestTimeoutMs);
    await member.stop();
    await wal.close();
    await backend.close();
    await lock.release();
    log.log('info', 'closed the server', { name: config.name, 'data-dir': dataDir });
    log.close();
  };
  member.onFatal = (error) => {
    log.log('fatal', 'the member cannot go on', { error: error.message });
    process.exit(1);
  };
  await member.start();
  listeners.serve({
    options: {
      services,
      gunzip,
      maxRecvMessageBytes: config.maxRequestBytes + RECEIVE_OVERHEAD_BYTES,
      onHandlerError: (error, path) => {
        log.log('error', 'a handler failed', { path, error: (error as Error).message, stack: (error as Error).stack });
      },
    },
    http,
  });
  log.log('info', 'ready to serve client requests', {});
  onShutdownSignal(log, shutDown);
  if (process.env['QUOIN_NEXT_STEPS'] === '1') printNextSteps(config, dataDir);
}
