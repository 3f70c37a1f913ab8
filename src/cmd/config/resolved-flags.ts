/**
 * What flags are worth once the environment has had its say, or by a configuration file, which is then alone. Precedence
 * and messages are etcd's: a flag and its environment variable may not both be set. Every variable may begin with
 * `QUOIN_` instead of `ETCD_`, and wins over the other.
 */
import type { LogLevel } from '../../platform/index.js';
import { KNOWN_FLAGS, renameOldFlags } from '../flags/flag-aliases.js';
import {
  FlagError,
  type FlagSpec,
  type FlagValue,
  type ParsedFlags,
  parseFlagValue,
} from '../flags/go-flags.js';
import { SERVER_FLAGS } from '../flags/server-flags.js';
import { ConfigError } from './config-error.js';
import { parseConfigFile } from './config-file.js';
import { shownValue } from './secrets.js';

/** A log line to be written once logging is up. */
export interface ConfigNote {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface ResolvedFlags {
  value(name: string): FlagValue;
  /** Given by flag or environment, or in the file. */
  isSet(name: string): boolean;
  /** Whether a configuration file said it all. */
  readonly isFromFile: boolean;
  readonly notes: readonly ConfigNote[];
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The first one wins. */
const PREFIXES = ['QUOIN_', 'ETCD_'] as const;

/** Environment variables that are not flags and are known all the same. */
const OTHER_VARIABLES = new Set(['ETCD_UNSUPPORTED_ARCH', 'ETCD_VERIFY', 'ETCD_VERSION', 'QUOIN_NEXT_STEPS']);

function variableOf(prefix: string, flag: string): string {
  return prefix + flag.toUpperCase().replaceAll('-', '_');
}

/** The configuration file that command line or environment name, if they do. */
export function configFileOf(parsed: ParsedFlags, environment: Environment): string | undefined {
  const paths = [
    parsed.given.get('config-file') as string | undefined,
    ...PREFIXES.map((prefix) => environment[variableOf(prefix, 'config-file')]),
  ];
  return paths.find((path) => path !== undefined && path !== '');
}

/** What the file at `path` says; command line and environment count no more. Throws {@link ConfigError}. */
export function resolveFile(path: string, text: string): ResolvedFlags {
  const file = parseConfigFile(text, path);
  const notes: ConfigNote[] = [
    {
      level: 'info',
      message:
        'loaded server configuration, other configuration command line flags and environment variables will be ignored if provided',
      fields: { path },
    },
  ];
  for (const { key, position } of file.unknown) {
    notes.push({
      level: 'warn',
      message: 'unknown key in the configuration file',
      fields: { key, position },
    });
  }
  return resolved(file.values, true, notes);
}

/** Puts command line and environment together. Throws {@link ConfigError} if both say something of one flag. */
export function resolveFlags(parsed: ParsedFlags, environment: Environment): ResolvedFlags {
  const values = new Map<string, FlagValue>(parsed.given);
  const notes: ConfigNote[] = [];
  const known = new Set<string>(OTHER_VARIABLES);
  if (environment['ETCD_VERSION']) {
    // Images set it for their own use; it must not print a version instead of starting.
    notes.push({
      level: 'warn',
      message: 'cannot set special environment variable',
      fields: { key: 'ETCD_VERSION', value: environment['ETCD_VERSION'] },
    });
  }
  for (const spec of KNOWN_FLAGS.values()) {
    if (spec.name === 'version') continue;
    for (const prefix of PREFIXES) {
      const variable = variableOf(prefix, spec.name);
      known.add(variable);
      const text = environment[variable];
      if (text === undefined || text === '') continue;
      if (parsed.given.has(spec.name)) {
        throw new ConfigError(
          `conflicting environment variable ${JSON.stringify(variable)} is shadowed by corresponding command-line flag (either unset environment variable or disable flag)`,
          1,
        );
      }
      notes.push(useVariable(spec, variable, text, values));
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
  return resolved(values, false, notes);
}

function useVariable(
  spec: FlagSpec,
  variable: string,
  text: string,
  values: Map<string, FlagValue>,
): ConfigNote {
  if (values.has(spec.name)) {
    const fields = { 'environment-variable': variable, used: variableOf(PREFIXES[0], spec.name) };
    return { level: 'warn', message: 'environment variable is shadowed by another', fields };
  }
  values.set(spec.name, valueFromEnvironment(spec, variable, text));
  return {
    level: 'info',
    message: 'recognized and used environment variable',
    fields: { 'variable-name': variable, 'variable-value': shownValue(spec.name, text) },
  };
}

function resolved(
  given: ReadonlyMap<string, FlagValue>,
  isFromFile: boolean,
  notes: ConfigNote[],
): ResolvedFlags {
  const { values, old } = renameOldFlags(given);
  for (const [name, today] of old) {
    notes.push({
      level: 'warn',
      message: 'this name of a flag is deprecated',
      fields: { flag: name, 'use-instead': today },
    });
  }
  return {
    value: (name) => {
      const spec = SERVER_FLAGS.get(name)!;
      return values.get(name) ?? parseFlagValue(spec, spec.default);
    },
    isSet: (name) => values.has(name),
    isFromFile,
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
