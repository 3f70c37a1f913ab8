/**
 * The grammar of Go's `pflag`, which etcd's tools follow: `--f=v`, `--f v`, `-w=v`, `-w v`, `-wv`; flags and arguments in
 * any order until `--`; a boolean takes a value only behind `=`.
 */
export interface ToolFlag {
  readonly name: string;
  readonly kind: 'string' | 'bool' | 'uint';
  /** One letter, or '' for none. */
  readonly short: string;
  readonly default: string | boolean | number;
  readonly usage: string;
}

export type ToolFlagValue = string | boolean | number;

export interface ParsedCommand {
  readonly values: ReadonlyMap<string, ToolFlagValue>;
  readonly args: readonly string[];
  readonly help: boolean;
}

/** What was wrong, in Go's words. */
export class ToolFlagError extends Error {
  override readonly name = 'ToolFlagError';
}

const TRUE = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False']);

function parseValue(flag: ToolFlag, text: string): ToolFlagValue {
  const shown = flag.short === '' ? `--${flag.name}` : `-${flag.short}, --${flag.name}`;
  const invalid = (parser: string, reason: string): ToolFlagError =>
    new ToolFlagError(
      `invalid argument ${JSON.stringify(text)} for "${shown}" flag: strconv.${parser}: parsing ${JSON.stringify(text)}: ${reason}`,
    );
  switch (flag.kind) {
    case 'string':
      return text;
    case 'bool':
      if (TRUE.has(text)) return true;
      if (FALSE.has(text)) return false;
      throw invalid('ParseBool', 'invalid syntax');
    case 'uint': {
      if (!/^(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|[0-9]+)$/.test(text)) {
        throw invalid('ParseUint', 'invalid syntax');
      }
      const value = /^0[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number(text);
      if (!Number.isSafeInteger(value)) throw invalid('ParseUint', 'value out of range');
      return value;
    }
  }
}

/** Parses what follows the command. Throws {@link ToolFlagError}. */
export function parseToolFlags(flags: readonly ToolFlag[], argv: readonly string[]): ParsedCommand {
  const values = new Map<string, ToolFlagValue>(flags.map((flag) => [flag.name, flag.default]));
  const args: string[] = [];
  let help = false;
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at]!;
    if (word === '--') {
      args.push(...argv.slice(at + 1));
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      args.push(word);
      continue;
    }
    if (word === '-h' || word === '--help') {
      help = true;
      continue;
    }
    const { flag, text, shown } = matchFlag(flags, word);
    if (text !== undefined) values.set(flag.name, parseValue(flag, text));
    else if (flag.kind === 'bool') values.set(flag.name, true);
    else if (++at < argv.length) values.set(flag.name, parseValue(flag, argv[at]!));
    else throw new ToolFlagError(`flag needs an argument: ${shown}`);
  }
  return { values, args, help };
}

interface FlagMatch {
  readonly flag: ToolFlag;
  /** The value, if the word has it. */
  readonly text: string | undefined;
  /** How an error names it. */
  readonly shown: string;
}

function matchFlag(flags: readonly ToolFlag[], word: string): FlagMatch {
  if (!word.startsWith('--')) {
    const letter = word[1]!;
    const flag = flags.find(({ short }) => short === letter);
    if (flag === undefined) throw new ToolFlagError(`unknown shorthand flag: '${letter}' in ${word}`);
    const rest = word.slice(2);
    const text = rest === '' ? undefined : rest.replace(/^=/, '');
    return { flag, text, shown: `'${letter}' in ${word}` };
  }
  const equals = word.indexOf('=');
  const name = word.slice(2, equals < 0 ? undefined : equals);
  if (name === '') throw new ToolFlagError(`bad flag syntax: ${word}`);
  const flag = flags.find((known) => known.name === name);
  if (flag === undefined) throw new ToolFlagError(`unknown flag: --${name}`);
  return { flag, text: equals < 0 ? undefined : word.slice(equals + 1), shown: `--${name}` };
}
