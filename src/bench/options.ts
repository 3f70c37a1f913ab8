/** The tool's commands and flags, with etcd's names and defaults, and their typed form. */
import { must } from '../stdx/index.js';
import type { CommandSpec, FlagSpec, ParsedCommand, ToolSpec } from './flags.js';
import { parseGoDuration } from './second-samples.js';

const GLOBAL_FLAGS: readonly FlagSpec[] = [
  { name: 'endpoints', kind: 'string', default: '127.0.0.1:2379', help: 'servers, separated by commas' },
  { name: 'conns', kind: 'count', default: '1', help: 'connections' },
  { name: 'clients', kind: 'count', default: '1', help: 'closed-loop clients, spread over the connections' },
  { name: 'user', kind: 'string', default: '', help: 'NAME:PASSWORD to authenticate with' },
  { name: 'cacert', kind: 'string', default: '', help: 'CA bundle that vouches for the servers (PEM); TLS' },
  { name: 'cert', kind: 'string', default: '', help: 'certificate to show (PEM); TLS' },
  { name: 'key', kind: 'string', default: '', help: 'key of the certificate (PEM); TLS' },
  {
    name: 'insecure-skip-tls-verify',
    kind: 'boolean',
    default: 'false',
    help: 'take any certificate of a server',
  },
  { name: 'dial-timeout', kind: 'string', default: '0', help: 'give up connecting after, e.g. 5s; 0: never' },
  { name: 'precise', kind: 'boolean', default: 'false', help: 'print numbers in full' },
  { name: 'sample', kind: 'boolean', default: 'false', help: 'print latency and throughput of every second' },
  { name: 'json', kind: 'boolean', default: 'false', help: 'print one JSON value instead of the report' },
];

const TOTAL: FlagSpec = { name: 'total', kind: 'count', default: '10000', help: 'requests' };
const RATE: FlagSpec = {
  name: 'rate',
  kind: 'count',
  default: '0',
  help: 'requests per second at most; 0: no limit',
};
const KEY_SPACE: FlagSpec = { name: 'key-space-size', kind: 'count', default: '1', help: 'different keys' };
const SEQUENTIAL: FlagSpec = {
  name: 'sequential-keys',
  kind: 'boolean',
  default: 'false',
  help: 'take the keys in order instead of at random',
};
const KEY_SIZE: FlagSpec = { name: 'key-size', kind: 'count', default: '8', help: 'bytes of a key' };
const VAL_SIZE: FlagSpec = { name: 'val-size', kind: 'count', default: '8', help: 'bytes of a value' };
const CONSISTENCY: FlagSpec = {
  name: 'consistency',
  kind: 'string',
  default: 'l',
  help: 'l: linearizable, s: serializable',
};

const COMMANDS: readonly CommandSpec[] = [
  {
    name: 'range',
    operands: 'KEY [END]',
    operandsMin: 1,
    operandsMax: 2,
    help: 'Read a key or the range [KEY, END)',
    flags: [
      TOTAL,
      RATE,
      CONSISTENCY,
      { name: 'limit', kind: 'count', default: '0', help: 'keys in an answer at most; 0: no limit' },
      { name: 'count-only', kind: 'boolean', default: 'false', help: 'ask for the number of keys only' },
      { name: 'keys-only', kind: 'boolean', default: 'false', help: 'ask for keys without values' },
      { name: 'prefix', kind: 'boolean', default: 'false', help: 'read all keys that begin with KEY' },
    ],
  },
  {
    name: 'put',
    operands: '',
    operandsMin: 0,
    operandsMax: 0,
    help: 'Write keys',
    flags: [TOTAL, RATE, KEY_SIZE, VAL_SIZE, KEY_SPACE, SEQUENTIAL],
  },
  {
    name: 'txn-put',
    operands: '',
    operandsMin: 0,
    operandsMax: 0,
    help: 'Write keys, several in one transaction',
    flags: [
      TOTAL,
      RATE,
      KEY_SIZE,
      VAL_SIZE,
      KEY_SPACE,
      { name: 'txn-ops', kind: 'count', default: '1', help: 'puts in a transaction' },
    ],
  },
  {
    name: 'watch',
    operands: '',
    operandsMin: 0,
    operandsMax: 0,
    help: 'Open watches, then write to the watched keys and time each event from the put to its arrival',
    flags: [
      { name: 'streams', kind: 'count', default: '10', help: 'watch streams' },
      { name: 'watch-per-stream', kind: 'count', default: '100', help: 'watches on a stream' },
      { name: 'watched-key-total', kind: 'count', default: '1', help: 'different watched keys' },
      { name: 'put-rate', kind: 'count', default: '0', help: 'puts per second at most; 0: no limit' },
      { name: 'put-total', kind: 'count', default: '1000', help: 'puts' },
      { ...KEY_SIZE, default: '32' },
      KEY_SPACE,
      SEQUENTIAL,
    ],
  },
  {
    name: 'table',
    operands: '',
    operandsMin: 0,
    operandsMax: 0,
    help: "Run the four read rows of etcd's published figures (8 B key, 256 B value) and print them side by side",
    flags: [
      { name: 'total-single', kind: 'count', default: '10000', help: 'requests of the rows with 1 client' },
      {
        name: 'total-many',
        kind: 'count',
        default: '100000',
        help: 'requests of the rows with 1000 clients',
      },
    ],
  },
];

export const TOOL: ToolSpec = {
  name: 'quoin-bench',
  help: "Load generator for Quoin and etcd, with the commands, flags and report of etcd's benchmark tool.",
  globalFlags: GLOBAL_FLAGS,
  commands: COMMANDS,
};

/** Flags by name, typed. Asking for one that the command does not have is a bug. */
export class Options {
  readonly #flags: ReadonlyMap<string, string>;
  readonly operands: readonly string[];

  constructor(parsed: ParsedCommand) {
    this.#flags = parsed.flags;
    this.operands = parsed.operands;
  }

  text(name: string): string {
    return must(this.#flags.get(name), 'the command has no such flag');
  }

  count(name: string): number {
    return Number(this.text(name));
  }

  enabled(name: string): boolean {
    return this.text(name) === 'true';
  }
}

/** What is wrong with the values together, as a sentence for the user; undefined if nothing is. */
export function optionsProblem(parsed: ParsedCommand): string | undefined {
  const options = new Options(parsed);
  const has = (name: string): boolean => parsed.flags.has(name);
  for (const name of ['conns', 'clients', 'streams', 'watch-per-stream', 'watched-key-total']) {
    if (has(name) && options.count(name) === 0) return `expected positive --${name}, got (0)`;
  }
  if (has('key-space-size') && options.count('key-space-size') === 0) {
    return 'expected positive --key-space-size, got (0)';
  }
  if (has('consistency') && !['l', 's'].includes(options.text('consistency'))) {
    return `unknown consistency "${options.text('consistency')}": l or s`;
  }
  if (has('txn-ops')) {
    const ops = options.count('txn-ops');
    const space = options.count('key-space-size');
    if (ops === 0) return 'expected positive --txn-ops, got (0)';
    if (ops > space) {
      return `expected --txn-ops no larger than --key-space-size, got txn-ops(${ops}) key-space-size(${space})`;
    }
  }
  const dialTimeout = options.text('dial-timeout');
  if (parseGoDuration(dialTimeout) === undefined)
    return `invalid --dial-timeout "${dialTimeout}": want e.g. 5s`;
  if ((options.text('cert') === '') !== (options.text('key') === '')) return '--cert and --key go together';
  if (has('prefix') && options.enabled('prefix') && options.operands.length > 1)
    return '--prefix takes no END';
  if (has('user') && options.text('user') !== '' && !options.text('user').includes(':')) {
    return '--user takes NAME:PASSWORD';
  }
  return undefined;
}
