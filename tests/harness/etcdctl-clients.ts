/** The unmodified etcdctl, every version that is installed (3.4 and 3.5 in continuous integration). */
import { realpathSync } from 'node:fs';
import { findEtcdProgram, findInPath, versionOf } from './programs.js';

export interface EtcdctlClient {
  readonly path: string;
  readonly version: string;
}

export function installedEtcdctls(): EtcdctlClient[] {
  const found = new Map<string, string>();
  for (const path of [findInPath('etcdctl'), findEtcdProgram('etcdctl')]) {
    if (path !== undefined) found.set(realpathSync(path), versionOf(path, ['version']));
  }
  return [...found].map(([path, version]) => ({ path, version }));
}
