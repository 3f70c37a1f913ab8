// Runs a built program of the repository after installing and building what is missing: node scripts/run.mjs FILE ...
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, root } from './prepare.mjs';

ensureInstalled();
ensureBuilt();
const [file, ...flags] = process.argv.slice(2);
const result = spawnSync(process.execPath, [join(root, file), ...flags], { stdio: 'inherit' });
process.exit(result.status ?? 1);
