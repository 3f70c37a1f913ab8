// npm run check: the gate. Builds, checks style, layers and tidiness, runs the tests. Writes nothing but dist/.
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, root, run } from './prepare.mjs';

ensureInstalled();
ensureBuilt();
run(process.execPath, [
  join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome'),
  'check',
  '--error-on-warnings',
  '.',
]);
run(process.execPath, [join(root, 'scripts', 'test.mjs')]);
