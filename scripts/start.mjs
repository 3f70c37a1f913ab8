// npm start: a durable single member on 127.0.0.1:2379. Flags after `--` go to the server.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, ensureLab, root } from './prepare.mjs';

ensureInstalled();
ensureBuilt();
ensureLab();

const flags = process.argv.slice(2);
const child = spawn(process.execPath, [join(root, 'bin', 'quoin'), ...flags], {
  stdio: ['inherit', 'inherit', 'inherit'],
  env: { ...process.env, QUOIN_NEXT_STEPS: '1' },
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) =>
  process.exit(signal === null ? (code ?? 1) : signal === 'SIGINT' ? 130 : 143),
);
