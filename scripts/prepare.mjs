// What `npm start`, `npm test` and `npm run check` need on a fresh clone: installed packages and a current build.
// Plain JavaScript, because it runs before anything is built.
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const NODE_OLDEST = [20, 19];

/** Runs a command in the repository, its output shown; exits with its code if it fails. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (result.error) {
    console.error(`${command}: ${result.error.message}`);
    process.exit(1);
  }
  if (result.status !== 0) process.exit(result.status ?? 1);
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > NODE_OLDEST[0] || (major === NODE_OLDEST[0] && minor >= NODE_OLDEST[1])) return;
  console.error(`Quoin needs Node.js ${NODE_OLDEST.join('.')} or newer; this is ${process.versions.node}.`);
  process.exit(1);
}

/** Installs the packages of the lock file unless exactly they are installed. */
export function ensureInstalled() {
  requireNode();
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const mark = join(root, 'node_modules', '.quoin-lock');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === lock) return;
  if (!existsSync(mark) && existsSync(join(root, 'node_modules', '.package-lock.json'))) {
    // Installed by hand: newer than the lock file means current.
    const installed = statSync(join(root, 'node_modules', '.package-lock.json')).mtimeMs;
    if (installed >= statSync(join(root, 'package-lock.json')).mtimeMs) return;
  }
  // npm would follow the link and empty a folder that belongs to another tree.
  if (lstatSync(join(root, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) {
    console.error('node_modules is a symbolic link and not up to date: install there, or remove the link.');
    process.exit(1);
  }
  console.error('Installing packages (npm ci)...');
  run(
    process.platform === 'win32' ? 'npm.cmd' : 'npm',
    ['ci', '--no-audit', '--no-fund', '--loglevel=error'],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  writeFileSync(mark, lock);
}

/** The newest modification time below a folder, for files that the build reads. */
function newestSource(folder) {
  let newest = statSync(folder).mtimeMs;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) newest = Math.max(newest, newestSource(path));
    else if (/\.(tsx?|css|html|mjs)$/.test(entry.name)) newest = Math.max(newest, statSync(path).mtimeMs);
  }
  return newest;
}

/** Builds unless the last build is newer than every source. */
export function ensureBuilt() {
  const mark = join(root, 'dist', '.built');
  const folders = ['src', 'tests', 'bench', 'scripts', 'web']
    .map((name) => join(root, name))
    .filter(existsSync);
  const newest = Math.max(...folders.map(newestSource), statSync(join(root, 'package-lock.json')).mtimeMs);
  if (existsSync(mark) && statSync(mark).mtimeMs >= newest) return;
  console.error('Building (tsc -b)...');
  run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-b']);
  writeFileSync(mark, '');
}

/** It takes seconds; a start of the server must not wait for one that hangs. */
const LAB_BUILD_MS_MAX = 120_000;

/** Builds the Raft Lab into dist/lab; false, with the reason shown, if that fails. */
export function buildLab() {
  console.error('Building the Raft Lab (vite)...');
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const config = join(root, 'web', 'lab', 'vite.config.mjs');
  const flags = ['build', '--config', config, '--logLevel', 'warn'];
  const options = { cwd: root, stdio: ['ignore', 2, 2], timeout: LAB_BUILD_MS_MAX };
  const result = spawnSync(process.execPath, [vite, ...flags], options);
  return result.status === 0;
}

/** Builds the Raft Lab unless it is newer than its sources. The server serves without it, so a failure ends nothing. */
export function ensureLab() {
  const page = join(root, 'dist', 'lab', 'index.html');
  const newest = Math.max(newestSource(join(root, 'web')), newestSource(join(root, 'src')));
  if (existsSync(page) && statSync(page).mtimeMs >= newest) return;
  if (!buildLab()) console.error('The Raft Lab was not built: the server starts without /lab/.');
}
