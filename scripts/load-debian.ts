/**
 * Real input: this machine's Debian package index in a running server (Quoin or etcd), one key per package.
 *
 * usage: node dist/scripts/load-debian.js [--endpoint HOST:PORT] [--input FILE] [--take N] [--load] [--verify] [--history NAME]
 *
 * Without another command it loads. `--verify` reads everything back and compares it byte for byte, `--history` lists
 * all versions of one package. `--input` takes a file in the format of `apt-cache dumpavail` instead of its output,
 * `--take` the first N stanzas only.
 */
import { parseArgs } from 'node:util';
import { call, type LoadConnection, parseEndpoint, STATUS } from '../src/bench/index.js';
import { connectForLoad } from '../src/cmd/bench-connect.js';
import { historyOf } from './debian/history.js';
import { loadStanzas } from './debian/load.js';
import { fieldOf, parseStanzas, readIndex, type Stanza } from './debian/stanzas.js';
import { verifyByPages, verifyOneByOne } from './debian/verify.js';

const { values: flags } = parseArgs({
  options: {
    endpoint: { type: 'string', default: '127.0.0.1:2379' },
    input: { type: 'string' },
    take: { type: 'string' },
    load: { type: 'boolean', default: false },
    verify: { type: 'boolean', default: false },
    history: { type: 'string' },
  },
});

async function main(): Promise<void> {
  const endpoint = parseEndpoint(flags.endpoint);
  if (endpoint === undefined) throw new Error(`--endpoint ${flags.endpoint}: want HOST:PORT`);
  const connection = await connectForLoad(endpoint);
  try {
    const loads = flags.load || (!flags.verify && flags.history === undefined);
    if (loads || flags.verify) {
      const stanzas = await readStanzas();
      if (loads) await load(connection, stanzas);
      if (flags.verify) await verify(connection, stanzas);
    }
    if (flags.history !== undefined) await printHistory(connection, flags.history);
  } finally {
    connection.close();
  }
}

async function readStanzas(): Promise<readonly Stanza[]> {
  const stanzas = parseStanzas(await readIndex(flags.input));
  if (stanzas.length === 0) throw new Error('the package index is empty: run "apt-get update" first');
  return flags.take === undefined ? stanzas : stanzas.slice(0, Number(flags.take));
}

async function load(connection: LoadConnection, stanzas: readonly Stanza[]): Promise<void> {
  const { records, transactions, bytes, seconds } = await loadStanzas(connection, stanzas);
  const { dbSize } = await call(connection, STATUS, {});
  console.log(
    `${records} records (${mebibytes(bytes)} MiB) in ${transactions} transactions, ${seconds.toFixed(1)} s, ` +
      `${Math.round(records / seconds)} records/s; database ${mebibytes(dbSize)} MiB`,
  );
}

async function verify(connection: LoadConnection, stanzas: readonly Stanza[]): Promise<void> {
  const pages = await verifyByPages(connection, stanzas);
  const keys = await verifyOneByOne(connection, stanzas);
  console.log(`${keys} keys read back byte for byte, in ${pages} pages and one by one`);
}

async function printHistory(connection: LoadConnection, name: string): Promise<void> {
  for (const { version, modRevision, value } of await historyOf(connection, name)) {
    const packaged = fieldOf(value, 'Version') ?? '?';
    console.log(`version ${version}  revision ${modRevision}  ${name} ${packaged}  ${value.length} bytes`);
  }
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}

try {
  await main();
} catch (error) {
  console.error(`load-debian: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
