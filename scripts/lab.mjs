// npm run lab: the Raft Lab by itself on 127.0.0.1, rebuilt as its sources change. `-- --port N` chooses the port,
// `-- --built` serves the bundle that a server would, after building it.
import { join } from 'node:path';
import { buildLab, ensureInstalled, root } from './prepare.mjs';

ensureInstalled();
const words = process.argv.slice(2);
const portAt = words.indexOf('--port');
const port = portAt >= 0 ? Number(words[portAt + 1]) : 5173;
if (!Number.isInteger(port) || port < 0 || port > 65_535) {
  console.error(`--port wants a number from 0 to 65535, not ${words[portAt + 1]}`);
  process.exit(2);
}
const { createServer, preview } = await import('vite');
const options = { configFile: join(root, 'web/lab/vite.config.mjs'), logLevel: 'warn' };
const address = { host: '127.0.0.1', port };
let server;
if (words.includes('--built')) {
  if (!buildLab()) process.exit(1);
  server = await preview({ ...options, preview: address });
} else {
  server = await createServer({ ...options, server: address });
  await server.listen();
}
console.log(`The Raft Lab: ${server.resolvedUrls.local[0]}`);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(0));
