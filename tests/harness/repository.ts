import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds Quoin's package.json, found by walking up from this (compiled) file. */
export const REPOSITORY_ROOT = findRoot();

function findRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).name === 'quoin') return folder;
    const parent = dirname(folder);
    if (parent === folder) throw new Error('no package.json named "quoin" above the test harness');
    folder = parent;
  }
}
