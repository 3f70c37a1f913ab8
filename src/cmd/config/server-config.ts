/**
 * From command line and environment to a checked configuration. Precedence and messages are etcd's: a flag and its
 * environment variable may not both be set; the first rule that is broken is reported.
 */

import type { JwtOptions } from '../../node/jwt.js';
import type { LogLevel } from '../../platform/index.js';
import type { AutoCompaction } from '../../server/index.js';
import {
  FlagError,
  type FlagSpec,
  type FlagValue,
  type ParsedFlags,
  parseFlags,
  parseFlagValue,
} from '../flags/go-flags.js';
import { SERVER_FLAGS } from '../flags/server-flags.js';
import { AuthTokenError, parseAuthToken } from './auth-token.js';
import { AutoCompactionError, parseAutoCompaction } from './auto-compaction.js';
import { checkAdvertised, checkBindable, type MemberUrl, parseMemberUrls, UrlError } from './urls.js';

const BCRYPT_COST_MIN = 4;
const BCRYPT_COST_MAX = 31;
const BCRYPT_COST_DEFAULT = 10;

export interface ServerConfig {
  readonly name: string;
  readonly dataDir: string;
  /** '' for `<data-dir>/member/wal`. */
  readonly walDir: string;
  readonly listenPeerUrls: readonly MemberUrl[];
  readonly listenClientUrls: readonly MemberUrl[];
  readonly advertiseClientUrls: readonly string[];
  readonly advertisePeerUrls: readonly string[];
  /** Name and peer URLs of each first member. */
  readonly initialCluster: ReadonlyMap<string, readonly string[]>;
  readonly initialClusterState: 'new' | 'existing';
  readonly initialClusterToken: string;
  readonly heartbeatMs: number;
  readonly electionMs: number;
  readonly preVote: boolean;
  readonly initialElectionTickAdvance: boolean;
  /** Whether changes of the membership that could cost the quorum are refused. */
  readonly strictReconfigCheck: boolean;
  readonly maxLearners: number;
  readonly snapshotCount: number;
  readonly snapshotCatchupEntries: number;
  readonly backendBatchMs: number;
  readonly backendBatchLimit: number;
  readonly maxTxnOps: number;
  readonly maxRequestBytes: number;
  readonly maxConcurrentStreams: number;
  readonly keepaliveMinTimeMs: number;
  readonly keepaliveIntervalMs: number;
  readonly keepaliveTimeoutMs: number;
  readonly compactionBatchLimit: number;
  readonly compactionSleepMs: number;
  readonly watchProgressNotifyMs: number;
  /** Undefined: only when asked. */
  readonly autoCompaction: AutoCompaction | undefined;
  /** Undefined: simple tokens. */
  readonly jwt: JwtOptions | undefined;
  readonly simpleTokenTtlMs: number;
  readonly bcryptCost: number;
  readonly cors: readonly string[];
  readonly hostWhitelist: readonly string[];
  readonly logLevel: LogLevel;
  readonly logFormat: 'json' | 'console';
  readonly logOutputs: readonly string[];
}

/** A configuration that cannot be started with. `exitCode` is etcd's: 2 for syntax, 1 for meaning. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

export interface ResolvedFlags {
  value(name: string): FlagValue;
  /** Given by flag or environment. */
  isSet(name: string): boolean;
  /** Log lines to be written once logging is up. */
  readonly notes: readonly {
    readonly level: LogLevel;
    readonly message: string;
    readonly fields: Record<string, string>;
  }[];
}

export type ServerCommand =
  | { readonly kind: 'run'; readonly config: ServerConfig; readonly flags: ResolvedFlags }
  | { readonly kind: 'version' }
  | { readonly kind: 'help' };

const PREFIXES = ['ETCD_', 'QUOIN_'] as const;

/** Environment variables that are not flags and are known all the same. */
const OTHER_VARIABLES = new Set(['ETCD_UNSUPPORTED_ARCH', 'ETCD_VERIFY', 'ETCD_VERSION', 'QUOIN_NEXT_STEPS']);

function resolve(
  parsed: ParsedFlags,
  environment: Readonly<Record<string, string | undefined>>,
): ResolvedFlags {
  const values = new Map<string, FlagValue>(parsed.given);
  const notes: { level: LogLevel; message: string; fields: Record<string, string> }[] = [];
  const known = new Set<string>(OTHER_VARIABLES);
  if (environment['ETCD_VERSION']) {
    // Images set it for their own use; it must not print a version instead of starting.
    notes.push({
      level: 'warn',
      message: 'cannot set special environment variable',
      fields: { key: 'ETCD_VERSION', value: environment['ETCD_VERSION'] },
    });
  }
  for (const spec of SERVER_FLAGS.values()) {
    if (spec.name === 'version') continue;
    for (const prefix of PREFIXES) {
      const variable = prefix + spec.name.toUpperCase().replaceAll('-', '_');
      known.add(variable);
      const text = environment[variable];
      if (text === undefined || text === '') continue;
      if (parsed.given.has(spec.name)) {
        throw new ConfigError(
          `conflicting environment variable ${JSON.stringify(variable)} is shadowed by corresponding command-line flag (either unset environment variable or disable flag)`,
          1,
        );
      }
      values.set(spec.name, valueFromEnvironment(spec, variable, text));
      notes.push({
        level: 'info',
        message: 'recognized and used environment variable',
        fields: { 'variable-name': variable, 'variable-value': text },
      });
    }
  }
  for (const variable of Object.keys(environment)) {
    if (variable.startsWith('ETCD_') && !known.has(variable)) {
      notes.push({
        level: 'warn',
        message: 'unrecognized environment variable',
        fields: { 'environment-variable': variable },
      });
    }
  }
  return {
    value: (name) => {
      const spec = SERVER_FLAGS.get(name)!;
      return values.get(name) ?? parseFlagValue(spec, spec.default);
    },
    isSet: (name) => values.has(name),
    notes,
  };
}

function valueFromEnvironment(spec: FlagSpec, variable: string, text: string): FlagValue {
  try {
    return parseFlagValue(spec, text, variable);
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    throw new ConfigError(error.message, 1);
  }
}

function isSecure(url: MemberUrl): boolean {
  return url.scheme === 'https' || url.scheme === 'unixs';
}

/** Better no member than one that the others cannot reach, or reach in plain text. */
function refuseSecurePeers(flag: string, urls: readonly MemberUrl[]): void {
  const https = urls.find(isSecure);
  if (https === undefined) return;
  throw new ConfigError(
    `--${flag} has ${https.text}, but this version of Quoin has no TLS between members: use http`,
    1,
  );
}

/** `name=url,name=url`: a name may come several times. */
export function parseInitialCluster(text: string): Map<string, string[]> {
  const members = new Map<string, string[]>();
  for (const part of text.split(',')) {
    const equals = part.indexOf('=');
    const name = part.slice(0, equals).trim();
    if (equals <= 0 || part.slice(equals + 1).trim() === '') {
      throw new ConfigError(`error setting up initial cluster: malformed entry ${JSON.stringify(part)}`, 1);
    }
    const urls = members.get(name) ?? [];
    const parsed = parseMemberUrls([part.slice(equals + 1)]);
    refuseSecurePeers('initial-cluster', parsed);
    urls.push(...parsed.map((url) => url.text));
    members.set(name, urls.sort());
  }
  return members;
}

const UINT32_MAX = 4_294_967_295;

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

function logLevelOf(text: string): LogLevel {
  if (text === 'dpanic' || text === 'panic' || text === 'fatal') return 'fatal';
  if (text === 'debug' || text === 'info' || text === 'warn' || text === 'error') return text;
  throw new ConfigError(`unrecognized level: ${JSON.stringify(text)}`, 2);
}

function logFormatOf(text: string): 'json' | 'console' {
  if (text === 'json' || text === 'console') return text;
  throw new ConfigError(`unknown log format: ${text}, supported values json, console`, 2);
}

/** A URL that cannot be read is a bad flag value, as in etcd. */
function urlsOf(flags: ResolvedFlags, name: string): MemberUrl[] {
  const texts = flags.value(name) as readonly string[];
  try {
    return parseMemberUrls(texts);
  } catch (error) {
    if (!(error instanceof UrlError)) throw error;
    throw new ConfigError(
      `invalid value ${JSON.stringify(texts.join(','))} for flag -${name}: ${error.message}`,
      2,
    );
  }
}

function refuseUnsafe(flags: ResolvedFlags): void {
  for (const spec of SERVER_FLAGS.values()) {
    if (spec.status !== 'refused' || !flags.isSet(spec.name)) continue;
    const value = flags.value(spec.name);
    if (value === false || value === '' || (Array.isArray(value) && value.length === 0)) continue;
    throw new ConfigError(
      `--${spec.name} is not supported by this version of Quoin, and starting without it would not be what was asked for`,
      1,
    );
  }
}

function toConfig(flags: ResolvedFlags): ServerConfig {
  const text = (name: string): string => flags.value(name) as string;
  const number = (name: string): number => flags.value(name) as number;
  const list = (name: string): readonly string[] => flags.value(name) as readonly string[];
  const positiveOr = (fallback: number, name: string): number => (number(name) > 0 ? number(name) : fallback);
  refuseUnsafe(flags);
  const listenClientUrls = urlsOf(flags, 'listen-client-urls');
  const listenPeerUrls = urlsOf(flags, 'listen-peer-urls');
  checkBindable(listenPeerUrls);
  checkBindable(listenClientUrls);
  const https = listenClientUrls.find(isSecure);
  if (https !== undefined) {
    throw new ConfigError(
      `TLS key/cert (--cert-file, --key-file) must be provided for client url ${https.text} with HTTPS scheme`,
      1,
    );
  }
  const advertisePeerUrls = urlsOf(flags, 'initial-advertise-peer-urls');
  refuseSecurePeers('listen-peer-urls', listenPeerUrls);
  refuseSecurePeers('initial-advertise-peer-urls', advertisePeerUrls);
  const advertiseClientUrls = urlsOf(flags, 'advertise-client-urls');
  checkAdvertised(advertisePeerUrls);
  checkAdvertised(advertiseClientUrls);
  const heartbeatMs = number('heartbeat-interval');
  const electionMs = number('election-timeout');
  checkTimes(heartbeatMs, electionMs);
  if (flags.isSet('listen-client-urls') && !flags.isSet('advertise-client-urls')) {
    throw new ConfigError(
      '--advertise-client-urls is required when --listen-client-urls is set explicitly',
      1,
    );
  }
  const name = text('name');
  const cluster = text('initial-cluster');
  return {
    name,
    dataDir: text('data-dir') === '' ? `${name}.etcd` : text('data-dir'),
    walDir: text('wal-dir'),
    listenPeerUrls,
    listenClientUrls,
    advertiseClientUrls: advertiseClientUrls.map((url) => url.text),
    advertisePeerUrls: advertisePeerUrls.map((url) => url.text),
    initialCluster:
      cluster === ''
        ? new Map([[name, advertisePeerUrls.map((url) => url.text)]])
        : parseInitialCluster(cluster),
    initialClusterState: text('initial-cluster-state') as 'new' | 'existing',
    initialClusterToken: text('initial-cluster-token'),
    heartbeatMs,
    electionMs,
    preVote: flags.value('pre-vote') as boolean,
    initialElectionTickAdvance: flags.value('initial-election-tick-advance') as boolean,
    strictReconfigCheck: flags.value('strict-reconfig-check') as boolean,
    maxLearners: number('max-learners'),
    snapshotCount: positiveOr(10_000, 'snapshot-count'),
    snapshotCatchupEntries: number('snapshot-catchup-entries'),
    backendBatchMs: positiveOr(100, 'backend-batch-interval'),
    backendBatchLimit: positiveOr(2000, 'backend-batch-limit'),
    maxTxnOps: number('max-txn-ops'),
    maxRequestBytes: checkRequestBytes(number('max-request-bytes')),
    maxConcurrentStreams: Math.min(positiveOr(UINT32_MAX, 'max-concurrent-streams'), UINT32_MAX),
    keepaliveMinTimeMs: number('grpc-keepalive-min-time'),
    keepaliveIntervalMs: number('grpc-keepalive-interval'),
    keepaliveTimeoutMs: number('grpc-keepalive-timeout'),
    compactionBatchLimit: positiveOr(1000, 'compaction-batch-limit'),
    compactionSleepMs: positiveOr(10, 'compaction-sleep-interval'),
    watchProgressNotifyMs: Math.max(positiveOr(600_000, 'watch-progress-notify-interval'), 100),
    jwt: parseAuthToken(text('auth-token')),
    simpleTokenTtlMs: 1000 * number('auth-token-ttl'),
    bcryptCost: bcryptCostOf(number('bcrypt-cost')),
    autoCompaction: parseAutoCompaction(text('auto-compaction-mode'), text('auto-compaction-retention')),
    cors: list('cors'),
    hostWhitelist: list('host-whitelist'),
    logLevel: logLevelOf(text('log-level')),
    logFormat: logFormatOf(text('log-format')),
    logOutputs: list('log-outputs'),
  };
}

/** Reads the command line and the environment. Throws {@link ConfigError}. */
export function readServerConfig(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): ServerCommand {
  let parsed: ParsedFlags;
  try {
    parsed = parseFlags(SERVER_FLAGS, argv);
  } catch (error) {
    if (error instanceof FlagError) throw new ConfigError(error.message, 2);
    throw error;
  }
  if (parsed.help) return { kind: 'help' };
  if (parsed.rest.length > 0)
    throw new ConfigError(`${JSON.stringify(parsed.rest[0])} is not a valid flag`, 1);
  const flags = resolve(parsed, environment);
  if (flags.value('version') === true) return { kind: 'version' };
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
