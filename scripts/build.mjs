// npm run build: the server and the tests by tsc, and the Raft Lab's bundle (dist/lab) by vite.
import { buildLab, ensureBuilt, ensureInstalled } from './prepare.mjs';

ensureInstalled();
ensureBuilt();
if (!buildLab()) process.exit(1);
