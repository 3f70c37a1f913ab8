/**
 * The grammar of Go's `flag` package, which etcd's command line follows: one or two dashes are the same, `-f=v` or
 * `-f v`, a boolean takes a value only after `=`, parsing stops at the first word that is no flag or after `--`, the
 * last occurrence wins.
 */
export type FlagKind = 'string' | 'bool' | 'int' | 'uint' | 'duration' | 'list';

export interface FlagSpec {
  readonly name: string;
  readonly kind: FlagKind;
  /** As it would be typed; '' for none. */
  readonly default: string;
  readonly usage: string;
  /**
   * Whether Quoin acts on it; accepts it with a warning, which tells the usage as the reason; or accepts it silently as
   * etcd does, with any value or none (legacy).
   */
  readonly status: 'works' | 'accepted' | 'legacy';
  readonly oneOf?: readonly string[];
}

/** A parsed value: text for string, a boolean, a number (duration: milliseconds), or the items of a comma list. */
export type FlagValue = string | boolean | number | readonly string[];

/** What was wrong, in Go's words. */
export class FlagError extends Error {
  override readonly name = 'FlagError';
}

const TRUE = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False']);

const UNIT_MS: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  // Both signs that look like this: the micro sign and the Greek letter.
  '\u00b5s': 1e-3,
  '\u03bcs': 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** A Go duration (`1h30m`, `500ms`, `0`) in milliseconds; undefined if malformed. */
export function parseDuration(text: string): number | undefined {
  const match = /^([+-]?)(.*)$/.exec(text)!;
  const body = match[2]!;
  if (body === '0') return 0;
  let total = 0;
  let rest = body;
  if (rest === '') return undefined;
  while (rest !== '') {
    const part = /^(\d+(?:\.\d*)?|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/.exec(rest);
    if (part === null) return undefined;
    total += Number(part[1]) * UNIT_MS[part[2]!]!;
    rest = rest.slice(part[0].length);
  }
  return match[1] === '-' ? -total : total;
}

const GO_INTEGER =
  /^([+-]?)(?:(0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|[1-9](?:_?\d)*)|0((?:_?[0-7])*))$/;

/**
 * A Go integer: decimal, 0x, 0o, 0b, or octal behind a zero, with `_` between digits; undefined if malformed. One that
 * is unsigned has no sign either.
 */
export function parseInteger(text: string, isSigned = true): number | undefined {
  const match = GO_INTEGER.exec(text);
  if (match === null || (!isSigned && match[1] !== '')) return undefined;
  const digits = (match[2] ?? `0o0${match[3]}`).replaceAll('_', '');
  const value = Number(digits);
  return match[1] === '-' && value !== 0 ? -value : value;
}

/**
 * Turns text into the flag's value. Throws {@link FlagError} with Go's reason; `variable` names the environment
 * variable that the text is from.
 */
export function parseFlagValue(spec: FlagSpec, text: string, variable?: string): FlagValue {
  const place = variable ?? `flag -${spec.name}`;
  const invalid = (reason: string): FlagError =>
    new FlagError(`invalid value ${JSON.stringify(text)} for ${place}: ${reason}`);
  if (spec.oneOf !== undefined && !spec.oneOf.includes(text)) {
    throw invalid(`invalid value ${JSON.stringify(text)}`);
  }
  switch (spec.kind) {
    case 'string':
      return text;
    case 'list':
      return text === '' ? [] : text.split(',').map((item) => item.trim());
    case 'bool':
      if (TRUE.has(text)) return true;
      if (FALSE.has(text)) return false;
      if (variable !== undefined) throw invalid('parse error');
      throw new FlagError(`invalid boolean value ${JSON.stringify(text)} for -${spec.name}: parse error`);
    case 'duration': {
      const ms = parseDuration(text);
      if (ms === undefined) throw invalid('parse error');
      return ms;
    }
    case 'int':
    case 'uint': {
      const value = parseInteger(text, spec.kind === 'int');
      if (value === undefined) throw invalid('parse error');
      if (!Number.isSafeInteger(value)) throw invalid('value out of range');
      return value;
    }
  }
}

export interface ParsedFlags {
  /** Flags that were given, by name. */
  readonly given: ReadonlyMap<string, FlagValue>;
  /** What follows the flags. */
  readonly rest: readonly string[];
  readonly help: boolean;
}

/** Parses a command line. Throws {@link FlagError}. */
export function parseFlags(specs: ReadonlyMap<string, FlagSpec>, argv: readonly string[]): ParsedFlags {
  const given = new Map<string, FlagValue>();
  let at = 0;
  while (at < argv.length) {
    const word = argv[at]!;
    if (!word.startsWith('-') || word === '-') break;
    at++;
    if (word === '--') break;
    const body = word.startsWith('--') ? word.slice(2) : word.slice(1);
    if (body === '' || body.startsWith('-') || body.startsWith('='))
      throw new FlagError(`bad flag syntax: ${word}`);
    const equals = body.indexOf('=');
    const name = equals < 0 ? body : body.slice(0, equals);
    const spec = specs.get(name);
    if (spec === undefined) {
      if (name === 'h' || name === 'help') {
        // What stands behind it is not looked at any more.
        return { given, rest: [], help: true };
      }
      throw new FlagError(`flag provided but not defined: -${name}`);
    }
    let text: string;
    if (equals >= 0) text = body.slice(equals + 1);
    else if (spec.kind === 'bool' || spec.status === 'legacy') text = 'true';
    else if (at < argv.length) text = argv[at++]!;
    else throw new FlagError(`flag needs an argument: -${name}`);
    given.set(name, parseFlagValue(spec, text));
  }
  return { given, rest: argv.slice(at), help: false };
}
