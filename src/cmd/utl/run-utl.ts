/** The offline tool's commands: what etcdutl is to etcd. */
import { JsonLog } from '../../node/json-log.js';
import { parseToolFlags, type ToolFlag, ToolFlagError, type ToolFlagValue } from '../flags/pflag.js';
import { API_VERSION, QUOIN_VERSION } from '../version.js';
import { CommandError } from './command-error.js';
import { hashKv } from './hashkv-command.js';
import { snapshotRestore } from './restore-command.js';
import { snapshotStatus } from './status-command.js';

interface Command {
  readonly path: readonly string[];
  readonly usage: string;
  readonly summary: string;
  readonly flags: readonly ToolFlag[];
  run(args: readonly string[], values: ReadonlyMap<string, ToolFlagValue>): Promise<void> | void;
}

const GLOBAL_FLAGS: readonly ToolFlag[] = [
  {
    name: 'write-out',
    kind: 'string',
    short: 'w',
    default: 'simple',
    usage: 'set the output format (fields, json, protobuf, simple, table)',
  },
];

const flag = (
  name: string,
  kind: ToolFlag['kind'],
  fallback: ToolFlag['default'],
  usage: string,
): ToolFlag => ({ name, kind, short: '', default: fallback, usage });

const RESTORE_FLAGS: readonly ToolFlag[] = [
  flag('bump-revision', 'uint', 0, 'How much to increase the latest revision after restore'),
  flag('data-dir', 'string', '', "Path of the data directory to make ('${name}.etcd' if none given)"),
  flag(
    'initial-advertise-peer-urls',
    'string',
    'http://localhost:2380',
    "This member's peer URLs, comma-separated",
  ),
  flag('initial-cluster', 'string', 'default=http://localhost:2380', 'All members of the new cluster'),
  flag('initial-cluster-token', 'string', 'etcd-cluster', 'Keeps clusters apart'),
  flag('initial-memory-map-size', 'uint', 10_737_418_240, 'Accepted for the sake of etcdutl; without effect'),
  flag('mark-compacted', 'bool', false, 'Compact up to the bumped revision (goes with --bump-revision)'),
  flag('name', 'string', 'default', 'Human-readable name of this member'),
  flag(
    'skip-hash-check',
    'bool',
    false,
    'Do without the hash at the end (for a file copied from a data dir)',
  ),
  flag('wal-dir', 'string', '', 'Path of the write-ahead log, if it is to be elsewhere'),
];

const COMMANDS: readonly Command[] = [
  {
    path: ['snapshot', 'status'],
    usage: 'quoinutl snapshot status <filename> [flags]',
    summary: 'Says what is in a snapshot file',
    flags: [],
    run: (args, values) => snapshotStatus(args, values.get('write-out') as string),
  },
  {
    path: ['snapshot', 'restore'],
    usage: 'quoinutl snapshot restore <filename> --data-dir {output dir} [options] [flags]',
    summary: "Makes a member's data directory from a snapshot file, of Quoin's or etcd's",
    flags: RESTORE_FLAGS,
    run: restore,
  },
  {
    path: ['hashkv'],
    usage: 'quoinutl hashkv <filename> [flags]',
    summary: 'Computes the HashKV of a snapshot file',
    flags: [flag('rev', 'uint', 0, 'The revision up to which to hash; 0 for the newest')],
    run: (args, values) => hashKv(args, values.get('rev') as number, values.get('write-out') as string),
  },
  {
    path: ['version'],
    usage: 'quoinutl version [flags]',
    summary: 'Prints the version',
    flags: [],
    run: () => {
      console.log(`quoinutl version: ${QUOIN_VERSION}`);
      console.log(`API version: ${API_VERSION.replace(/\.\d+$/, '')}`);
    },
  },
];

function restore(args: readonly string[], values: ReadonlyMap<string, ToolFlagValue>): Promise<void> {
  const text = (name: string): string => values.get(name) as string;
  const log = new JsonLog({ level: 'info', format: 'console', outputs: ['stderr'] });
  const flags = {
    name: text('name'),
    dataDir: text('data-dir'),
    walDir: text('wal-dir'),
    initialCluster: text('initial-cluster'),
    initialClusterToken: text('initial-cluster-token'),
    initialAdvertisePeerUrls: text('initial-advertise-peer-urls'),
    skipHashCheck: values.get('skip-hash-check') as boolean,
    bumpRevision: values.get('bump-revision') as number,
    markCompacted: values.get('mark-compacted') as boolean,
  };
  return snapshotRestore(args, flags, log);
}

function flagLine({ name, kind, short, default: fallback, usage }: ToolFlag): string {
  const type = kind === 'bool' ? '' : ` ${kind}`;
  const note =
    fallback === '' || fallback === false || fallback === 0 ? '' : ` (default ${JSON.stringify(fallback)})`;
  return `  ${short === '' ? '   ' : `-${short},`} --${`${name}${type}`.padEnd(38)} ${usage}${note}`;
}

function usageOf({ usage, flags }: Command): string {
  const own = flags.length === 0 ? '' : `Flags:\n${flags.map(flagLine).join('\n')}\n\n`;
  return `Usage:\n  ${usage}\n\n${own}Global Flags:\n${GLOBAL_FLAGS.map(flagLine).join('\n')}`;
}

function overview(): string {
  const lines = COMMANDS.map(({ path, summary }) => `  ${path.join(' ').padEnd(18)} ${summary}`);
  return `Usage:\n  quoinutl [command]\n\nCommands:\n${lines.join('\n')}\n\nGlobal Flags:\n${GLOBAL_FLAGS.map(flagLine).join('\n')}`;
}

/** Runs a command line; the exit code. */
export async function runUtl(argv: readonly string[]): Promise<number> {
  const words = argv.filter(
    (word, i) => !word.startsWith('-') && !/^(-w|--write-out)$/.test(argv[i - 1] ?? ''),
  );
  const command = COMMANDS.find(({ path }) => path.every((part, i) => words[i] === part));
  if (command === undefined) return refuseCommand(words);
  try {
    const { values, args, help } = parseToolFlags([...GLOBAL_FLAGS, ...command.flags], argv);
    if (help) {
      console.log(usageOf(command));
      return 0;
    }
    await command.run(args.slice(command.path.length), values);
    return 0;
  } catch (error) {
    if (error instanceof ToolFlagError) {
      console.error(`Error: ${error.message}\n${usageOf(command)}\n\nError: ${error.message}`);
      return 1;
    }
    if (!(error instanceof CommandError)) throw error;
    console.error(`Error: ${error.message}`);
    return error.exitCode;
  }
}

function refuseCommand(words: readonly string[]): number {
  const isGroup = words.length === 1 && COMMANDS.some(({ path }) => path.length > 1 && path[0] === words[0]);
  if (words.length === 0 || words[0] === 'help' || isGroup) {
    console.log(overview());
    return 0;
  }
  const message = `Error: unknown command ${JSON.stringify(words[0])} for "quoinutl"`;
  console.error(`${message}\nRun 'quoinutl --help' for usage.\n${message}`);
  return 1;
}
