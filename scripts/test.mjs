// npm test: installs and builds if needed, then runs every unit, property and end-to-end test that needs Node alone.
// npm test -- PATH...: only the tests whose path contains one of the given strings.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ensureBuilt, ensureInstalled, ensureLab, root } from './prepare.mjs';

ensureInstalled();
ensureBuilt();

/** Tests that need system packages (etcd, etcdctl, curl, Python, Chromium) run in .ci/run: `npm test -- --all` runs them too. */
const NEEDS_SYSTEM = ['tests/interop/', 'tests/differential/', 'tests/lab/'];

function testsBelow(folder) {
  const found = [];
  if (!existsSync(folder)) return found;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...testsBelow(path));
    else if (entry.name.endsWith('.test.js')) found.push(path);
  }
  return found;
}

const words = process.argv.slice(2).filter((word) => word !== '--all');
const all = process.argv.includes('--all');
if (all) ensureLab();
const sourceOf = (path) => relative(join(root, 'dist'), path).replace(/\\/g, '/').replace(/\.js$/, '.ts');
const files = ['src', 'tests', 'bench', 'scripts', 'web']
  .flatMap((name) => testsBelow(join(root, 'dist', name)))
  // A test whose source was deleted must not live on in the build folder.
  .filter((path) => existsSync(join(root, sourceOf(path))))
  .filter((path) => all || words.length > 0 || !NEEDS_SYSTEM.some((part) => sourceOf(path).startsWith(part)))
  .filter((path) => words.length === 0 || words.some((word) => sourceOf(path).includes(word)));
if (files.length === 0) {
  console.error('No test matches.');
  process.exit(1);
}
const result = spawnSync(
  process.execPath,
  ['--test', '--test-concurrency=2', '--test-reporter=spec', ...files],
  {
    cwd: root,
    stdio: 'inherit',
  },
);
process.exit(result.status ?? 1);
