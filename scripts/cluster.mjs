// npm run cluster: a cluster of real processes on this machine, on durable data. See scripts/cluster/main.ts.
import { ensureBuilt, ensureInstalled } from './prepare.mjs';

ensureInstalled();
ensureBuilt();
await import('../dist/scripts/cluster/main.js');
