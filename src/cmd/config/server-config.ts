/**
 * From command line and environment, or a file, to a checked configuration; the first rule that is broken is reported.
 */
import { readFileSync } from 'node:fs';
import type { JwtOptions } from '../../node/jwt.js';
import type { AutoCompaction } from '../../server/index.js';
import { KNOWN_FLAGS } from '../flags/flag-aliases.js';
import { FlagError, type ParsedFlags, parseFlags } from '../flags/go-flags.js';
import { AuthTokenError, parseAuthToken } from './auth-token.js';
import { AutoCompactionError, parseAutoCompaction } from './auto-compaction.js';
import { ConfigError } from './config-error.js';
import { notesOf } from './config-notes.js';
import { type Discovery, readDiscovery } from './discovery.js';
import { checkClientsFindIt, type Endpoints, readEndpoints } from './endpoints.js';
import { type FeatureGates, readFeatureGates } from './feature-gates.js';
import { type Logging, readLogging } from './logging.js';
import {
  type ConfigNote,
  configFileOf,
  type Environment,
  type ResolvedFlags,
  resolveFile,
  resolveFlags,
} from './resolved-flags.js';
import { checkSecureUrls, readTls, type TlsConfig } from './tls.js';
import { UrlError } from './urls.js';

const BCRYPT_COST_MIN = 4;
const BCRYPT_COST_MAX = 31;
const BCRYPT_COST_DEFAULT = 10;

export interface ServerConfig extends Endpoints, TlsConfig, Logging {
  readonly name: string;
  readonly dataDir: string;
  /** '' for `<data-dir>/member/wal`. */
  readonly walDir: string;
  readonly heartbeatMs: number;
  readonly electionMs: number;
  readonly preVote: boolean;
  readonly initialElectionTickAdvance: boolean;
  readonly forceNewCluster: boolean;
  /** Whether changes of the membership that could cost the quorum are refused. */
  readonly strictReconfigCheck: boolean;
  readonly maxLearners: number;
  readonly snapshotCount: number;
  readonly snapshotCatchupEntries: number;
  readonly backendBatchMs: number;
  readonly backendBatchLimit: number;
  /** 0: the default; negative: no quota. */
  readonly quotaBackendBytes: number;
  /** When applying entries counts as slow. */
  readonly warningApplyMs: number;
  /** When a unary call counts as slow. */
  readonly warningUnaryMs: number;
  readonly maxTxnOps: number;
  readonly maxRequestBytes: number;
  readonly maxConcurrentStreams: number;
  readonly keepaliveMinTimeMs: number;
  readonly keepaliveIntervalMs: number;
  readonly keepaliveTimeoutMs: number;
  readonly compactionBatchLimit: number;
  readonly compactionSleepMs: number;
  readonly watchProgressNotifyMs: number;
  /** How often members compare their states; undefined: as Quoin sees fit. */
  readonly stateComparisonMs: number | undefined;
  /** Free space of the backend that makes a start tidy it up; 0: never. */
  readonly defragmentAboveBytes: number;
  /** Whether listeners share their ports with other processes. */
  readonly reusePort: boolean;
  /** Undefined: only when asked. */
  readonly autoCompaction: AutoCompaction | undefined;
  /** Undefined: simple tokens. */
  readonly jwt: JwtOptions | undefined;
  readonly simpleTokenTtlMs: number;
  readonly bcryptCost: number;
  readonly enableGrpcGateway: boolean;
  /** Whether the Raft Lab is served. */
  readonly enableLab: boolean;
  readonly cors: readonly string[];
  readonly hostWhitelist: readonly string[];
  /** Whether calls are timed, too. */
  readonly hasExtensiveMetrics: boolean;
  /** Undefined: the first members are listed. */
  readonly discovery: Discovery | undefined;
  readonly featureGates: FeatureGates['gates'];
  /** What is to be said of all this once the log is open. */
  readonly notes: readonly ConfigNote[];
}

export type ServerCommand =
  | { readonly kind: 'run'; readonly config: ServerConfig; readonly flags: ResolvedFlags }
  | { readonly kind: 'version' }
  | { readonly kind: 'help' };

const BYTES_PER_MEGABYTE = 1024 * 1024;

const UINT32_MAX = 4_294_967_295;

/** In a million. */
const TRACING_RATE_MAX = 1_000_000;

/** Requests are held in memory and written in one frame of the log, which has a bound of its own. */
const REQUEST_BYTES_LIMIT = 512 * 1024 * 1024;

function checkRequestBytes(bytes: number): number {
  if (bytes <= REQUEST_BYTES_LIMIT) return bytes;
  throw new ConfigError(`--max-request-bytes must be at most ${REQUEST_BYTES_LIMIT} (set to ${bytes})`, 1);
}

function checkTimes(heartbeatMs: number, electionMs: number): void {
  if (heartbeatMs === 0) throw new ConfigError('--heartbeat-interval must be >0 (set to 0ms)', 1);
  if (electionMs === 0) throw new ConfigError('--election-timeout must be >0 (set to 0ms)', 1);
  if (5 * heartbeatMs > electionMs) {
    throw new ConfigError(
      `--election-timeout[${electionMs}ms] should be at least as 5 times as --heartbeat-interval[${heartbeatMs}ms]`,
      1,
    );
  }
  if (electionMs > 50_000) {
    throw new ConfigError(
      `--election-timeout[${electionMs}ms] is too long, and should be set less than 50000ms`,
      1,
    );
  }
}

/** Not done by Quoin, but what is wrong is wrong. */
function checkTracing(flags: ResolvedFlags): void {
  if (flags.value('enable-distributed-tracing') !== true) return;
  const rate = flags.value('distributed-tracing-sampling-rate') as number;
  const problem =
    rate < 0
      ? 'tracing sampling rate must be positive'
      : rate > TRACING_RATE_MAX
        ? `tracing sampling rate must be less than ${TRACING_RATE_MAX}`
        : undefined;
  if (problem === undefined) return;
  throw new ConfigError(`distributed tracing configurition is not valid: (${problem})`, 1);
}

function checkCompactHashTime(ms: number): void {
  if (ms > 0) return;
  throw new ConfigError(`--compact-hash-check-time must be >0 (set to ${ms === 0 ? '0s' : `${ms}ms`})`, 1);
}

function toConfig(flags: ResolvedFlags): ServerConfig {
  const text = (name: string): string => flags.value(name) as string;
  const number = (name: string): number => flags.value(name) as number;
  const list = (name: string): readonly string[] => flags.value(name) as readonly string[];
  const positiveOr = (fallback: number, name: string): number => (number(name) > 0 ? number(name) : fallback);
  const logging = readLogging(flags);
  const discovery = readDiscovery(flags);
  const endpoints = readEndpoints(flags);
  const heartbeatMs = number('heartbeat-interval');
  const electionMs = number('election-timeout');
  checkTimes(heartbeatMs, electionMs);
  checkClientsFindIt(flags);
  checkTracing(flags);
  const featureGates = readFeatureGates(flags);
  checkCompactHashTime(number('compact-hash-check-time'));
  const tls = readTls(flags);
  checkSecureUrls(endpoints, tls);
  const name = text('name');
  return {
    name,
    dataDir: text('data-dir') === '' ? `${name}.etcd` : text('data-dir'),
    walDir: text('wal-dir'),
    ...endpoints,
    ...tls,
    heartbeatMs,
    electionMs,
    preVote: flags.value('pre-vote') as boolean,
    initialElectionTickAdvance: flags.value('initial-election-tick-advance') as boolean,
    forceNewCluster: flags.value('force-new-cluster') as boolean,
    strictReconfigCheck: flags.value('strict-reconfig-check') as boolean,
    maxLearners: number('max-learners'),
    snapshotCount: positiveOr(10_000, 'snapshot-count'),
    snapshotCatchupEntries: number('snapshot-catchup-entries'),
    backendBatchMs: positiveOr(100, 'backend-batch-interval'),
    backendBatchLimit: positiveOr(2000, 'backend-batch-limit'),
    quotaBackendBytes: number('quota-backend-bytes'),
    warningUnaryMs: positiveOr(300, 'warning-unary-request-duration'),
    warningApplyMs: number('warning-apply-duration'),
    maxTxnOps: number('max-txn-ops'),
    maxRequestBytes: checkRequestBytes(number('max-request-bytes')),
    maxConcurrentStreams: Math.min(positiveOr(UINT32_MAX, 'max-concurrent-streams'), UINT32_MAX),
    keepaliveMinTimeMs: number('grpc-keepalive-min-time'),
    keepaliveIntervalMs: number('grpc-keepalive-interval'),
    keepaliveTimeoutMs: number('grpc-keepalive-timeout'),
    compactionBatchLimit: positiveOr(1000, 'compaction-batch-limit'),
    compactionSleepMs: positiveOr(10, 'compaction-sleep-interval'),
    watchProgressNotifyMs: Math.max(positiveOr(600_000, 'watch-progress-notify-interval'), 100),
    stateComparisonMs: number('corrupt-check-time') > 0 ? number('corrupt-check-time') : undefined,
    defragmentAboveBytes: BYTES_PER_MEGABYTE * number('bootstrap-defrag-threshold-megabytes'),
    reusePort: flags.value('socket-reuse-port') as boolean,
    jwt: parseAuthToken(text('auth-token')),
    simpleTokenTtlMs: 1000 * number('auth-token-ttl'),
    bcryptCost: bcryptCostOf(number('bcrypt-cost')),
    autoCompaction: parseAutoCompaction(text('auto-compaction-mode'), text('auto-compaction-retention')),
    enableGrpcGateway: flags.value('enable-grpc-gateway') as boolean,
    enableLab: flags.value('enable-lab') as boolean,
    cors: list('cors'),
    hostWhitelist: list('host-whitelist'),
    hasExtensiveMetrics: text('metrics') === 'extensive',
    ...logging,
    discovery,
    featureGates: featureGates.gates,
    notes: [...featureGates.notes, ...notesOf(flags, endpoints)],
  };
}

/** Go's words for why a file cannot be read. */
const FILE_PROBLEMS: Readonly<Record<string, (path: string) => string>> = {
  ENOENT: (path) => `open ${path}: no such file or directory`,
  EACCES: (path) => `open ${path}: permission denied`,
  EISDIR: (path) => `read ${path}: is a directory`,
};

function readConfigFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new ConfigError(FILE_PROBLEMS[code ?? '']?.(path) ?? message, 1);
  }
}

/** Reads the command line and the environment, or the file that they name. Throws {@link ConfigError}. */
export function readServerConfig(argv: readonly string[], environment: Environment): ServerCommand {
  let parsed: ParsedFlags;
  try {
    parsed = parseFlags(KNOWN_FLAGS, argv);
  } catch (error) {
    if (error instanceof FlagError) throw new ConfigError(error.message, 2);
    throw error;
  }
  if (parsed.help) return { kind: 'help' };
  if (parsed.rest.length > 0)
    throw new ConfigError(`${JSON.stringify(parsed.rest[0])} is not a valid flag`, 1);
  if (parsed.given.get('version') === true) return { kind: 'version' };
  const file = configFileOf(parsed, environment);
  const flags =
    file === undefined ? resolveFlags(parsed, environment) : resolveFile(file, readConfigFile(file));
  try {
    return { kind: 'run', config: toConfig(flags), flags };
  } catch (error) {
    if (error instanceof UrlError || error instanceof AutoCompactionError || error instanceof AuthTokenError)
      throw new ConfigError(error.message, 1);
    throw error;
  }
}

/** Outside of bcrypt's range etcd takes the default. */
function bcryptCostOf(cost: number): number {
  return cost >= BCRYPT_COST_MIN && cost <= BCRYPT_COST_MAX ? cost : BCRYPT_COST_DEFAULT;
}
