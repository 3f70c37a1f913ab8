/** `--logger`, `--log-...` and `--enable-log-rotation`. */
import type { LogRotation } from '../../node/rotating-file.js';
import type { LogLevel } from '../../platform/index.js';
import { ConfigError } from './config-error.js';
import type { ResolvedFlags } from './resolved-flags.js';

export interface Logging {
  readonly logLevel: LogLevel;
  readonly logFormat: 'json' | 'console';
  readonly logOutputs: readonly string[];
  /** Undefined: files grow. */
  readonly logRotation: LogRotation | undefined;
}

const BYTES_PER_MEGABYTE = 1024 * 1024;
/** lumberjack's, where nothing is said. */
const MEGABYTES_MAX_DEFAULT = 100;

const NO_FILES: ReadonlySet<string> = new Set(['default', 'stdout', 'stderr', 'systemd/journal']);

function levelOf(text: string): LogLevel {
  if (text === 'dpanic' || text === 'panic' || text === 'fatal') return 'fatal';
  if (text === 'debug' || text === 'info' || text === 'warn' || text === 'error') return text;
  throw new ConfigError(`unrecognized level: ${JSON.stringify(text)}`, 2);
}

function formatOf(text: string): 'json' | 'console' {
  if (text === 'json' || text === 'console') return text;
  throw new ConfigError(`unknown log format: ${text}, supported values json, console`, 2);
}

function checkLogger(text: string): void {
  if (text === 'zap') return;
  if (text === 'capnslog') throw new ConfigError('--logger=capnslog is removed in v3.5', 1);
  throw new ConfigError(`unknown logger option ${JSON.stringify(text)}`, 1);
}

const ROTATION_KEYS = {
  maxsize: 'number',
  maxage: 'number',
  maxbackups: 'number',
  localtime: 'boolean',
  compress: 'boolean',
} as const;

const GO_TYPES = { number: 'int', boolean: 'bool' } as const;
const JSON_TYPES: Readonly<Record<string, string>> = { boolean: 'bool' };

type RotationJson = { -readonly [K in keyof typeof ROTATION_KEYS]?: unknown };

function parseRotation(text: string): RotationJson {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
    throw new SyntaxError('it is no object');
  } catch (error) {
    throw new ConfigError(`improperly formatted log rotation config: ${(error as Error).message}`, 1);
  }
}

/** Reads lumberjack's settings as etcd's default for them writes them; of what is missing, nothing is limited. */
export function readRotation(text: string): LogRotation {
  const json = parseRotation(text);
  for (const [key, wanted] of Object.entries(ROTATION_KEYS)) {
    const value = json[key as keyof RotationJson];
    if (value === undefined || value === null) continue;
    const isWrong = typeof value !== wanted || (wanted === 'number' && !Number.isSafeInteger(value));
    if (!isWrong) continue;
    const found = typeof value === 'number' ? `number ${value}` : (JSON_TYPES[typeof value] ?? typeof value);
    throw new ConfigError(
      `invalid log rotation config: json: cannot unmarshal ${found} into Go struct field logRotationConfig.Logger.${key} of type ${GO_TYPES[wanted]}`,
      1,
    );
  }
  const count = (key: keyof RotationJson): number => Math.max(0, (json[key] as number | undefined) ?? 0);
  return {
    bytesMax: (count('maxsize') || MEGABYTES_MAX_DEFAULT) * BYTES_PER_MEGABYTE,
    daysMax: count('maxage'),
    backupsMax: count('maxbackups'),
    isLocalTime: json.localtime === true,
    isCompressed: json.compress === true,
  };
}

function rotationOf(flags: ResolvedFlags, outputs: readonly string[]): LogRotation | undefined {
  if (flags.value('enable-log-rotation') !== true) return undefined;
  if (outputs.filter((output) => !NO_FILES.has(output)).length !== 1) {
    throw new ConfigError(
      '--log-outputs requires a single file path when --log-rotate-config-json is defined',
      1,
    );
  }
  return readRotation(flags.value('log-rotation-config-json') as string);
}

/** Throws {@link ConfigError} for the first rule that is broken. */
export function readLogging(flags: ResolvedFlags): Logging {
  checkLogger(flags.value('logger') as string);
  const logLevel = levelOf(flags.value('log-level') as string);
  const logFormat = formatOf(flags.value('log-format') as string);
  const logOutputs = flags.value('log-outputs') as readonly string[];
  if (logOutputs.length > 1 && logOutputs.includes('default')) {
    throw new ConfigError('multi logoutput for "default" is not supported yet', 1);
  }
  return { logLevel, logFormat, logOutputs, logRotation: rotationOf(flags, logOutputs) };
}
