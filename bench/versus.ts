/**
 * Real etcd and Quoin side by side on this machine, under the same load, one right after the other, round by round.
 *
 * usage: npm run bench:versus -- [--members N] [--rounds N] [--seconds N] [--only WORD] [--debian] [--etcd PATH] [--json FILE]
 *
 * `--debian` loads this machine's package index into both first, and tells memory and start time with it. `--etcd` is
 * etcd's program or its folder (else QUOIN_ETCD, else PATH). `--seconds` is about how long a load takes against etcd.
 *
 * Every figure is of the server alone where that is possible: processor time is read from the servers' processes
 * before the load and after a pause behind it, so that what a server puts off is charged to it. The load generators
 * use the same cores, so requests per second say what is left over for a server beside its clients, on both sides.
 * A warm-up round comes first and is not counted.
 */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadStanzas } from '../scripts/debian/load.js';
import { parseStanzas, readIndex } from '../scripts/debian/stanzas.js';
import { call, PUT, RANGE } from '../src/bench/index.js';
import { encodeUtf8, equalBytes } from '../src/stdx/index.js';
import { findEtcdProgram, findInPath, findServer } from '../tests/harness/index.js';
import { Contender } from './contender.js';
import { LOADS } from './loads.js';
import {
  formatVersus,
  type LoadSamples,
  type ProcessFigures,
  processFigures,
  toJson,
} from './versus-report.js';

const KEY = encodeUtf8('abcdefgh');
const VALUE = new Uint8Array(256).fill(0x76);
const WARM_UP_SHARE = 0.3;

const { values: flags } = parseArgs({
  options: {
    members: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
    debian: { type: 'boolean', default: false },
    etcd: { type: 'string' },
    quoin: { type: 'string' },
    json: { type: 'string' },
  },
});

function countOf(flag: 'members' | 'rounds' | 'seconds'): number {
  const value = Number(flags[flag]);
  if (!(value > 0)) throw new Error(`--${flag} ${flags[flag]}: want a number above 0`);
  return value;
}

/** Given as a program or as the folder that holds it. */
function etcdProgram(): string | undefined {
  if (flags.etcd === undefined) return findEtcdProgram('etcd');
  return statSync(flags.etcd).isDirectory() ? join(flags.etcd, 'etcd') : flags.etcd;
}

type Pair = readonly [Contender, Contender];

async function main(): Promise<void> {
  const etcd = etcdProgram();
  const quoin = flags.quoin ?? findServer('quoin');
  if (etcd === undefined) return skip('etcd (give --etcd PATH or set QUOIN_ETCD)');
  if (quoin === undefined) return skip('bin/quoin');
  if (findInPath('h2load') === undefined) return skip('h2load (Debian: nghttp2-client)');

  const members = countOf('members');
  const rounds = countOf('rounds');
  const work = mkdtempSync(join(tmpdir(), 'quoin-versus-'));
  const launched: Contender[] = [];
  try {
    for (const [label, program] of [
      ['etcd', etcd],
      ['quoin', quoin],
    ] as const) {
      launched.push(await Contender.launch(label, program, members));
    }
    const pair = [launched[0]!, launched[1]!] as const;
    const processes: ProcessFigures[] = [];
    if (flags.debian) processes.push(...(await loadDebian(pair)));
    const samples = await measure(pair, rounds, work);
    for (const contender of pair) processes.push(await processFigures(contender, 'after the loads'));
    const report = { members, rounds, samples, processes };
    console.log(formatVersus(report));
    if (flags.json !== undefined)
      writeFileSync(flags.json, `${JSON.stringify(toJson(report), undefined, 2)}\n`);
  } finally {
    await Promise.all(launched.map((contender) => contender.stop()));
    rmSync(work, { recursive: true, force: true });
  }
}

function skip(missing: string): void {
  console.log(`skipped: there is no ${missing} here`);
}

/** The package index in both, and each restarted with it. */
async function loadDebian(pair: Pair): Promise<readonly ProcessFigures[]> {
  const stanzas = parseStanzas(await readIndex(undefined));
  const figures: ProcessFigures[] = [];
  for (const contender of pair) {
    const connection = await contender.connect();
    await loadStanzas(connection, stanzas);
    connection.close();
    figures.push(await processFigures(contender, `with ${stanzas.length} Debian packages loaded`));
    await contender.stop();
    await contender.start();
    figures.push(await processFigures(contender, 'restarted with them'));
  }
  return figures;
}

async function measure(pair: Pair, rounds: number, work: string): Promise<readonly LoadSamples[]> {
  const loads = LOADS.filter(({ name }) => name.includes(flags.only));
  const samples: LoadSamples[] = loads.map(({ name }) => ({ name, results: [[], []] }));
  const seconds = countOf('seconds');
  for (const contender of pair) await preload(contender);
  for (let round = 0; round <= rounds; round++) {
    for (const [i, load] of loads.entries()) {
      for (const [side, contender] of pair.entries()) {
        const stage = round === 0 ? 'warm-up' : `round ${round} of ${rounds}`;
        progress(`${stage}: ${load.name}, ${contender.label}`);
        const share = round === 0 ? WARM_UP_SHARE : 1;
        const result = await load.run({ contender, key: KEY, value: VALUE, work, seconds: seconds * share });
        if (round > 0) samples[i]!.results[side]!.push(result);
      }
    }
  }
  progress('');
  for (const contender of pair) await verify(contender);
  return samples;
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${text}\x1b[K`);
}

async function preload(contender: Contender): Promise<void> {
  const connection = await contender.connect();
  await call(connection, PUT, { key: KEY, value: VALUE });
  connection.close();
  await verify(contender);
}

/** Reads the key both ways and compares the value: what the load is told to read is really there. */
async function verify(contender: Contender): Promise<void> {
  const connection = await contender.connect();
  for (const serializable of [false, true]) {
    const { kvs } = await call(connection, RANGE, { key: KEY, serializable });
    if (kvs.length !== 1 || !equalBytes(kvs[0]!.value, VALUE)) {
      throw new Error(`${contender.label} does not give back the value written`);
    }
  }
  connection.close();
}

try {
  await main();
} catch (error) {
  console.error(`bench:versus: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
