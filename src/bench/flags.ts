/**
 * Command lines in the manner of etcd's tools: `--name value` and `--name=value`, flags before or after the
 * subcommand and between arguments, `--` ends them, a boolean is `--name` or `--name=false`.
 */

export type FlagKind = 'string' | 'count' | 'boolean';

export interface FlagSpec {
  readonly name: string;
  /** `count` is an integer of at least 0. */
  readonly kind: FlagKind;
  /** Shown in the help and used when the flag is absent; it must parse as the kind. */
  readonly default: string;
  readonly help: string;
}

export interface CommandSpec {
  readonly name: string;
  /** What follows the name in the usage line, e.g. `KEY [END]`. */
  readonly operands: string;
  readonly operandsMin: number;
  readonly operandsMax: number;
  readonly help: string;
  readonly flags: readonly FlagSpec[];
}

export interface ToolSpec {
  readonly name: string;
  readonly help: string;
  readonly globalFlags: readonly FlagSpec[];
  readonly commands: readonly CommandSpec[];
}

/** The flags' texts after parsing; every flag of the command and every global one is present. */
export interface ParsedCommand {
  readonly kind: 'command';
  readonly command: CommandSpec;
  readonly operands: readonly string[];
  readonly flags: ReadonlyMap<string, string>;
}

export type ParseOutcome =
  | ParsedCommand
  | { readonly kind: 'help'; readonly command: CommandSpec | undefined }
  | { readonly kind: 'usage-error'; readonly message: string; readonly command: CommandSpec | undefined };

interface RawFlag {
  readonly name: string;
  readonly inlineValue: string | undefined;
}

export function parseCommandLine(tool: ToolSpec, args: readonly string[]): ParseOutcome {
  const command = findCommand(tool, args);
  const known = new Map<string, FlagSpec>();
  for (const flag of [...tool.globalFlags, ...(command?.flags ?? [])]) known.set(flag.name, flag);
  const values = new Map<string, string>();
  const words: string[] = [];
  const fail = (message: string): ParseOutcome => ({ kind: 'usage-error', message, command });

  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === '--') {
      words.push(...args.slice(i + 1));
      break;
    }
    if (arg === '-h' || arg === '--help') return { kind: 'help', command };
    const raw = splitFlag(arg);
    if (raw === undefined) {
      words.push(arg);
      continue;
    }
    const spec = known.get(raw.name);
    if (spec === undefined) return fail(`unknown flag: --${raw.name}`);
    let text = raw.inlineValue;
    if (text === undefined) {
      if (spec.kind === 'boolean') text = 'true';
      else if (i + 1 < args.length) text = args[++i]!;
      else return fail(`flag needs an argument: --${raw.name}`);
    }
    if (!isOfKind(text, spec.kind)) return fail(`invalid argument "${text}" for "--${raw.name}" flag`);
    values.set(raw.name, text);
  }

  if (words[0] === 'help') return { kind: 'help', command: tool.commands.find((c) => c.name === words[1]) };
  if (command === undefined) {
    return words.length === 0
      ? { kind: 'help', command: undefined }
      : fail(`unknown command "${words[0]}" for "${tool.name}"`);
  }
  const operands = words.slice(1);
  if (operands.length < command.operandsMin || operands.length > command.operandsMax) {
    return fail(`${command.name} takes ${command.operands === '' ? 'no arguments' : command.operands}`);
  }
  for (const flag of known.values()) if (!values.has(flag.name)) values.set(flag.name, flag.default);
  return { kind: 'command', command, operands, flags: values };
}

/** The first word that is neither a flag nor the value of a global flag names the command. */
function findCommand(tool: ToolSpec, args: readonly string[]): CommandSpec | undefined {
  for (let i = 0; i < args.length; i++) {
    const raw = splitFlag(args[i]!);
    if (raw === undefined) {
      const word = args[i] === '--' ? args[i + 1] : args[i];
      return tool.commands.find((command) => command.name === word);
    }
    const spec = tool.globalFlags.find((flag) => flag.name === raw.name);
    if (spec !== undefined && spec.kind !== 'boolean' && raw.inlineValue === undefined) i++;
  }
  return undefined;
}

function splitFlag(arg: string): RawFlag | undefined {
  if (!arg.startsWith('--') || arg === '--') return undefined;
  const equals = arg.indexOf('=');
  return equals < 0
    ? { name: arg.slice(2), inlineValue: undefined }
    : { name: arg.slice(2, equals), inlineValue: arg.slice(equals + 1) };
}

function isOfKind(text: string, kind: FlagKind): boolean {
  switch (kind) {
    case 'string':
      return true;
    case 'boolean':
      return text === 'true' || text === 'false';
    case 'count':
      return /^\d{1,15}$/.test(text);
  }
}

export function usageText(tool: ToolSpec, command: CommandSpec | undefined): string {
  let out = '';
  if (command === undefined) {
    out += `${tool.help}\n\nUsage:\n  ${tool.name} [command] [flags]\n\nCommands:\n`;
    for (const { name, help } of tool.commands) out += `  ${name.padEnd(12)}${help}\n`;
  } else {
    const operands = command.operands === '' ? '' : ` ${command.operands}`;
    out += `${command.help}\n\nUsage:\n  ${tool.name} ${command.name}${operands} [flags]\n`;
    if (command.flags.length > 0) out += `\nFlags:\n${flagLines(command.flags)}`;
  }
  return `${out}\nGlobal Flags:\n${flagLines(tool.globalFlags)}`;
}

function flagLines(flags: readonly FlagSpec[]): string {
  let out = '';
  for (const flag of flags) {
    const kind = flag.kind === 'boolean' ? '' : flag.kind === 'count' ? ' int' : ' string';
    const fallback = flag.default === '' || flag.default === 'false' ? '' : ` (default ${flag.default})`;
    out += `      ${`--${flag.name}${kind}`.padEnd(28)}${flag.help}${fallback}\n`;
  }
  return out;
}
