/**
 * Where the programs under test and the oracle are found.
 *
 * Quoin is `bin/quoin` of this repository (`QUOIN_BIN` names another build). Real etcd is the oracle: `QUOIN_ETCD` names the folder that holds etcd,
 * etcdctl and etcdutl; without it PATH is searched. `QUOIN_TEST_PROGRAM=etcd` points the suites that test one member at
 * real etcd instead: a suite that etcd itself does not pass tests the wrong thing.
 */
import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { REPOSITORY_ROOT } from './repository.js';

/** Which server a process runs; both take etcd's flags. */
export type Program = 'etcd' | 'quoin';

export function programUnderTest(): Program {
  const wanted = process.env['QUOIN_TEST_PROGRAM'] ?? 'quoin';
  if (wanted !== 'etcd' && wanted !== 'quoin') throw new Error(`QUOIN_TEST_PROGRAM is "${wanted}"`);
  return wanted;
}

/** The path of an executable in the PATH, if there is one. */
export function findInPath(name: string): string | undefined {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    if (folder === '') continue;
    const path = join(folder, name);
    if (isExecutable(path)) return path;
  }
  return undefined;
}

/** A program of the etcd distribution: etcd, etcdctl or etcdutl. */
export function findEtcdProgram(name: 'etcd' | 'etcdctl' | 'etcdutl'): string | undefined {
  const folder = process.env['QUOIN_ETCD'];
  if (folder !== undefined && folder !== '') {
    const path = join(folder, name);
    if (!isExecutable(path)) throw new Error(`QUOIN_ETCD has no program ${path}`);
    return path;
  }
  return findInPath(name);
}

/** The server's executable, or undefined when it is not there. */
export function findServer(program: Program): string | undefined {
  if (program === 'etcd') return findEtcdProgram('etcd');
  const path = process.env['QUOIN_BIN'] ?? join(REPOSITORY_ROOT, 'bin', 'quoin');
  return existsSync(path) ? path : undefined;
}

/** First line of a program's `--version`-like output, for reports. */
export function versionOf(path: string, args: readonly string[]): string {
  return execFileSync(path, [...args], { encoding: 'utf8' })
    .split('\n')[0]!
    .trim();
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
