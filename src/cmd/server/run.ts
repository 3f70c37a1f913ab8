/**
 * The composition root of the server: chooses the implementations, wires them, opens in the order in which a start may
 * fail, and closes in reverse. No decision is taken here.
 */
import { resolve } from 'node:path';
import {
  type ApiContext,
  authService,
  clusterService,
  electionService,
  HttpRouter,
  healthService,
  kvService,
  leaseService,
  lockService,
  maintenanceService,
  OpenEndedCalls,
  snapshotService,
  watchService,
} from '../../api/index.js';
import { newSha256 } from '../../node/checksum.js';
import { systemClock } from '../../node/clock.js';
import { DataDirLock } from '../../node/data-dir-lock.js';
import { dirPermissionProblem } from '../../node/data-dir-permission.js';
import { NodeDisk } from '../../node/disk.js';
import { gunzip } from '../../node/gunzip.js';
import { createHttpServer } from '../../node/http-server.js';
import { JsonLog } from '../../node/json-log.js';
import { systemRandom } from '../../node/random.js';
import { boundYoungGeneration } from '../../node/young-generation.js';
import type { LogSink } from '../../platform/index.js';
import { AutoCompactor, type Member } from '../../server/index.js';
import { ByteWriter } from '../../stdx/index.js';
import { type DataDir, openDataDir } from '../../storage/index.js';
import { type ServiceTable, SlowCalls } from '../../transport/index.js';
import type { ResolvedFlags } from '../config/resolved-flags.js';
import type { ServerConfig } from '../config/server-config.js';
import { API_VERSION, QUOIN_VERSION } from '../version.js';
import { clientHttp, type LabFiles, readLab } from './client-http.js';
import { ClientListeners } from './client-listeners.js';
import { Closing } from './closing.js';
import { MetricsListeners } from './metrics-listeners.js';
import { openMonitoring } from './monitoring.js';
import { printNextSteps } from './next-steps.js';
import { type OpenMember, openMember } from './open-member.js';
import { peerEndpoints } from './peer-endpoints.js';
import { PeerListeners } from './peer-listener.js';
import { onShutdownSignal } from './signals.js';
import { startPatiently } from './start-patiently.js';
import { openTls } from './tls-files.js';

/** grpc-go's limit: what a request may be, and half a mebibyte for its envelope. */
const RECEIVE_OVERHEAD_BYTES = 512 * 1024;

/** Answers are built in it; it grows for larger ones. */
const SCRATCH_BYTES = 256 * 1024;

/** Opens everything and serves until a signal or a fatal error; resolves once the member serves. */
export async function runServer(config: ServerConfig, flags: ResolvedFlags): Promise<void> {
  const log = new JsonLog({
    level: config.logLevel,
    format: config.logFormat,
    outputs: config.logOutputs,
    rotation: config.logRotation,
  });
  for (const note of [...flags.notes, ...config.notes]) log.log(note.level, note.message, note.fields);
  boundYoungGeneration();
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
    'listen-peer-urls': config.listenPeerUrls.map((url) => url.text),
    'initial-advertise-peer-urls': config.advertisePeerUrls,
    'listen-client-urls': config.listenClientUrls.map((url) => url.text),
    'advertise-client-urls': config.advertiseClientUrls,
  });
}

function servicesOf(config: ServerConfig, context: ApiContext, open: OpenMember): ServiceTable {
  return new Map([
    ...kvService(context),
    ...leaseService(context),
    ...watchService(context, open.watchable, { clock: systemClock, random: systemRandom, config }),
    ...clusterService(context),
    ...authService(context),
    ...lockService(context, open.watchable),
    ...electionService(context, open.watchable),
    ...maintenanceService(context, open.backend),
    ...snapshotService(context, { backend: open.backend, newSha256 }),
    ...healthService(context),
  ]);
}

function startAutoCompaction(config: ServerConfig, member: Member, log: LogSink): AutoCompactor | undefined {
  if (config.autoCompaction === undefined) return undefined;
  const compactor = new AutoCompactor(member, systemClock, log, config.autoCompaction);
  compactor.start();
  return compactor;
}

function elapsed(ms: number): Promise<void> {
  return new Promise((resolve) => void systemClock.setTimer(ms, resolve));
}

/** Lets the other members in: without them no leader may be found, so this comes before the member is ready. */
function servePeers(open: OpenMember, listeners: PeerListeners, fatal: (error: Error) => void): void {
  const { member, network } = open;
  const endpoints = peerEndpoints({
    version: API_VERSION,
    clusterId: member.options.clusterId,
    members: () => member.machine.cluster.list(),
  });
  listeners.serve({
    services: network.services,
    messageBytesMax: network.messageBytesMax,
    http: createHttpServer(endpoints),
    onHandlerError: (error) => fatal(error as Error),
  });
}

/** What faces clients. */
interface ClientSide {
  readonly clients: ClientListeners;
  readonly metrics: MetricsListeners;
  readonly lab: LabFiles;
  readonly openEnded: OpenEndedCalls;
}

function serveClients(
  config: ServerConfig,
  log: LogSink,
  open: OpenMember,
  { clients, metrics, lab, openEnded }: ClientSide,
  fatal: (error: Error) => void,
): void {
  const context: ApiContext = {
    member: open.member,
    machine: open.member.machine,
    logins: open.logins,
    options: { maxTxnOps: config.maxTxnOps, version: API_VERSION },
    scratch: new ByteWriter(SCRATCH_BYTES),
  };
  const services = openEnded.follow(servicesOf(config, context, open));
  const shared = {
    services,
    maxRecvMessageBytes: config.maxRequestBytes + RECEIVE_OVERHEAD_BYTES,
    // What a handler throws is a bug in this process: go on from a known state or not at all.
    onHandlerError: (error: unknown) => fatal(error as Error),
  };
  const monitoring = openMonitoring(context, open, services, config);
  const isAuthEnabled = (): boolean => context.machine.auth.enabled;
  const http = clientHttp(config, {
    gateway: { ...shared, counters: monitoring.calls, clock: systemClock, isAuthEnabled },
    monitoring: [...monitoring.endpoints, ...monitoring.debugEndpoints],
    lab,
  });
  clients.serve({
    options: {
      ...shared,
      counters: monitoring.calls,
      slowCalls: new SlowCalls(systemClock, log, config.warningUnaryMs),
      gunzip,
    },
    http: http.server,
    onHttpCall: http.onHttpCall,
  });
  const watchers = new HttpRouter(undefined, monitoring.endpoints);
  metrics.serveHttp(createHttpServer((request, respond) => watchers.handle(request, respond)));
}

async function openServer(config: ServerConfig, log: JsonLog): Promise<void> {
  const closing = new Closing();
  onShutdownSignal(log, () => closing.run());
  closing.add(() => log.close());
  const disk = new NodeDisk();
  const dataDir = resolve(config.dataDir);
  const walDir = config.walDir === '' ? {} : { walDir: resolve(config.walDir) };
  const folders = await openDataDir(disk, dataDir, { ...walDir, log });
  const problem = dirPermissionProblem(dataDir);
  if (problem !== undefined) log.log('warn', 'check file permission', { error: problem });
  const lock = await DataDirLock.acquire(dataDir);
  closing.add(() => log.log('info', 'closed the server', { name: config.name, 'data-dir': folders.path }));
  closing.add(() => lock.release());
  const tls = await openTls(config, dataDir, log);
  const clientListeners = new ClientListeners(config, tls.clients, log);
  const peerListeners = new PeerListeners(config, tls.peers, log);
  const metricsListeners = new MetricsListeners(config, tls.clients, log);
  // Taken before anything is touched: a port in use must not cost a recovery.
  await clientListeners.bind();
  await peerListeners.bind();
  await metricsListeners.bind();
  noteStart(config, folders, log);
  const open = await openMember(config, folders, disk, log, closing, tls.peers);
  const { member } = open;
  const fatal = (error: Error): void => {
    log.log('fatal', 'the member cannot go on', { error: error.message, stacktrace: error.stack });
    process.exit(1);
  };
  member.onFatal = fatal;
  member.onRemoved = () => {
    log.log('warn', 'server error', {
      error: 'the member has been permanently removed from the cluster',
    });
    log.log('warn', 'data-dir used by this member must be removed', { 'data-dir': folders.path });
    void closing.run().then(() => process.exit(0));
  };
  closing.add(() => peerListeners.close());
  closing.add(() => member.stop());
  servePeers(open, peerListeners, fatal);
  await startPatiently(member, log);
  if (closing.hasBegun) return;
  const compactor = startAutoCompaction(config, member, log);
  closing.add(() => compactor?.stop());
  const lab = await readLab(config);
  const openEnded = new OpenEndedCalls();
  const clientSide = { clients: clientListeners, metrics: metricsListeners, lab, openEnded };
  serveClients(config, log, open, clientSide, fatal);
  closing.add(() => metricsListeners.close(0));
  closing.add(() => clientListeners.close(member.requestTimeoutMs, () => openEnded.end()));
  // First of all, so that the others need not find out that a leader is gone: after an election time-out they would.
  closing.add(() => Promise.race([member.handOver(), elapsed(config.electionMs)]));
  log.log('info', 'ready to serve client requests', {});
  if (process.env['QUOIN_NEXT_STEPS'] === '1') printNextSteps(config, folders.path);
}
