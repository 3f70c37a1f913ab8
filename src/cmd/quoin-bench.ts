/** `quoin-bench`: the load generator on Node's sockets. */
import { runBench } from '../bench/index.js';
import { connectForLoad } from './bench-connect.js';

process.exitCode = await runBench(process.argv.slice(2), {
  connect: connectForLoad,
  now: () => performance.now(),
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  progress: process.stderr,
});
