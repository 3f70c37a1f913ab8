/**
 * Command line of the lease load. Exit code 0: no lease lapsed and all went in the end; 1: faults; 3: a program is missing.
 *
 *   node dist/tests/robustness/leases.js [--leases 50000] [--ttl 20] [--hold 60] [--members 1] [--kill-leader]
 *        [--connections 8] [--program quoin|etcd]
 */
import { parseArgs } from 'node:util';
import { ClusterProcess, findServer, type Program, sleep, versionOf } from '../harness/index.js';
import { leaseLoad } from './lease-load.js';

const { values } = parseArgs({
  options: {
    leases: { type: 'string', default: '50000' },
    ttl: { type: 'string', default: '20' },
    hold: { type: 'string', default: '60' },
    members: { type: 'string', default: '1' },
    connections: { type: 'string', default: '8' },
    'kill-leader': { type: 'boolean', default: false },
    program: { type: 'string', default: 'quoin' },
  },
});

const program = values.program as Program;
const path = findServer(program);
if (path === undefined) {
  console.error(`there is no ${program} server`);
  process.exit(3);
}
const cluster = await ClusterProcess.launch(program, { size: Number(values.members) });
const first = cluster.members[0]!;
/** The leader that is killed must not be the member that clients talk to. */
const killLeader = async (): Promise<void> => {
  await sleep((Number(values.hold) * 1000) / 3);
  const leader = await cluster.leader();
  console.log(`killing the leader ${leader.name}`);
  await leader.kill9();
  await leader.start();
};
if (values['kill-leader'] && (await cluster.leader()) === first) {
  await first.kill9();
  await cluster.leader();
  await first.start();
}
const leases = Number(values.leases);
const ttlSeconds = Number(values.ttl);
try {
  const result = await leaseLoad({
    endpoints: values['kill-leader'] ? first.endpoint : cluster.endpoints,
    leases,
    ttlSeconds,
    holdSeconds: Number(values.hold),
    connections: Number(values.connections),
    ...(values['kill-leader'] ? { during: killLeader } : {}),
  });
  const { latencyMs: latency } = result;
  for (const fault of result.faults.slice(0, 20)) console.log(`FAULT ${fault}`);
  console.log(
    `${versionOf(path, ['--version'])}, ${values.members} members: ${leases} leases of ${ttlSeconds} s, ${result.grantsPerSecond.toFixed(0)} grants with a put per second; ` +
      `${result.keepAlives} keep-alives, median ${latency.median.toFixed(1)} ms, p99 ${latency.p99.toFixed(1)} ms, worst ${latency.max.toFixed(1)} ms; ` +
      `${result.leasesKept} leases and ${result.keysKept} keys kept; left alone, the first key was gone after ${result.firstGoneMs.toFixed(0)} ms, the last after ${result.lastGoneMs.toFixed(0)} ms; ` +
      `${result.faults.length} faults`,
  );
  const isComplete = result.leasesKept === leases && result.keysKept === leases;
  process.exitCode = result.faults.length === 0 && isComplete && Number.isFinite(result.lastGoneMs) ? 0 : 1;
} finally {
  await cluster.stop();
}
