/** What `npm run cluster` takes, and where the members of one data directory listen. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export interface ClusterOptions {
  readonly size: number;
  readonly dataDir: string;
  /** Member i listens for clients on `basePort + 10 i`, for peers on the next port. */
  readonly basePort: number;
  /** Further flags of every member. */
  readonly flags: readonly string[];
}

export class OptionsError extends Error {
  override readonly name = 'OptionsError';
}

export const USAGE = `npm run cluster -- [--size 3] [--data-dir quoin-cluster.data] [--base-port 2379] [flags of every member]

Starts members m1, m2, ... as processes on 127.0.0.1, on durable data: stopped and started again, the cluster goes on.`;

const SIZE_MAX = 9;
const PORT_STEP = 10;
/** What a data directory was begun with: members know one another by their ports. */
const SHAPE_FILE = 'cluster.json';

interface Given {
  size: number | undefined;
  basePort: number | undefined;
  dataDir: string;
  flags: string[];
}

function wholeNumber(name: string, text: string | undefined, low: number, high: number): number {
  const value = text !== undefined && /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= low && value <= high) return value;
  throw new OptionsError(`--${name} must be a number from ${low} to ${high}`);
}

function parse(argv: readonly string[]): Given {
  const given: Given = { size: undefined, basePort: undefined, dataDir: 'quoin-cluster.data', flags: [] };
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at]!;
    const [name, attached] = word.split(/=(.*)/s) as [string, string | undefined];
    const text = (): string | undefined => attached ?? argv[++at];
    if (name === '--size') given.size = wholeNumber('size', text(), 1, SIZE_MAX);
    else if (name === '--base-port') given.basePort = wholeNumber('base-port', text(), 1, 65_000);
    else if (name === '--data-dir') given.dataDir = text() ?? '';
    else given.flags.push(word);
  }
  if (given.dataDir === '') throw new OptionsError('--data-dir needs a folder');
  return given;
}

/**
 * Reads the command line and the data directory, which is made if it is not there. Throws {@link OptionsError} for what
 * does not fit what is there already.
 */
export function readOptions(argv: readonly string[]): ClusterOptions {
  const given = parse(argv);
  const dataDir = resolve(given.dataDir);
  const path = join(dataDir, SHAPE_FILE);
  if (existsSync(path)) {
    const { size, basePort } = JSON.parse(readFileSync(path, 'utf8')) as { size: number; basePort: number };
    if ((given.size ?? size) !== size || (given.basePort ?? basePort) !== basePort) {
      throw new OptionsError(
        `${dataDir} holds a cluster of ${size} on ports from ${basePort}: remove it, or name another folder by --data-dir`,
      );
    }
    return { size, basePort, dataDir, flags: given.flags };
  }
  const shape = { size: given.size ?? 3, basePort: given.basePort ?? 2379 };
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  writeFileSync(path, `${JSON.stringify(shape)}\n`);
  return { ...shape, dataDir, flags: given.flags };
}

export interface Address {
  readonly name: string;
  readonly clientUrl: string;
  readonly peerUrl: string;
}

export function addressesOf(options: ClusterOptions): Address[] {
  return Array.from({ length: options.size }, (_, i) => {
    const port = options.basePort + PORT_STEP * i;
    return {
      name: `m${i + 1}`,
      clientUrl: `http://127.0.0.1:${port}`,
      peerUrl: `http://127.0.0.1:${port + 1}`,
    };
  });
}

/** The flags of one member; what the user gave comes last and wins. */
export function flagsOf(address: Address, options: ClusterOptions): string[] {
  const cluster = addressesOf(options).map(({ name, peerUrl }) => `${name}=${peerUrl}`);
  return [
    `--name=${address.name}`,
    `--data-dir=${join(options.dataDir, address.name)}`,
    `--listen-client-urls=${address.clientUrl}`,
    `--advertise-client-urls=${address.clientUrl}`,
    `--listen-peer-urls=${address.peerUrl}`,
    `--initial-advertise-peer-urls=${address.peerUrl}`,
    `--initial-cluster=${cluster.join(',')}`,
    '--initial-cluster-token=quoin-local-cluster',
    ...options.flags,
  ];
}
