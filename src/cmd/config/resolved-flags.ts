/**
 * What flags are worth once the environment has had its say. Precedence and messages are etcd's: a flag and its
 * environment variable may not both be set.
 */
import type { LogLevel } from '../../platform/index.js';
import {
  FlagError,
  type FlagSpec,
  type FlagValue,
  type ParsedFlags,
  parseFlagValue,
} from '../flags/go-flags.js';
import { SERVER_FLAGS } from '../flags/server-flags.js';
import { ConfigError } from './config-error.js';

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

const PREFIXES = ['ETCD_', 'QUOIN_'] as const;

/** Environment variables that are not flags and are known all the same. */
const OTHER_VARIABLES = new Set(['ETCD_UNSUPPORTED_ARCH', 'ETCD_VERIFY', 'ETCD_VERSION', 'QUOIN_NEXT_STEPS']);

/** Puts command line and environment together. Throws {@link ConfigError} if both say something of one flag. */
export function resolveFlags(
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
