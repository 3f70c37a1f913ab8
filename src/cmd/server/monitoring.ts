/** What the member shows to those who watch over it: health, metrics and variables, wired to where they are counted. */
import type { ApiContext, Endpoint } from '../../api/index.js';
import {
  CallMetrics,
  type DebugVariables,
  debugVarsEndpoint,
  HealthCounters,
  healthEndpoints,
  metricsEndpoint,
  raftVariables,
  writeMemberMetrics,
} from '../../api/index.js';
import { fileDescriptorLimit, RuntimeMetrics } from '../../node/runtime-metrics.js';
import { CallCounters, type ServiceTable } from '../../transport/index.js';
import { shownCommandLine } from '../config/secrets.js';
import type { ServerConfig } from '../config/server-config.js';
import { API_VERSION } from '../version.js';
import type { OpenMember } from './open-member.js';

export interface Monitoring {
  /** For the connections of the client port. */
  readonly calls: CallCounters;
  /** Health and metrics. */
  readonly endpoints: readonly Endpoint[];
  /** What only the client port shows besides. */
  readonly debugEndpoints: readonly Endpoint[];
}

export function openMonitoring(
  context: ApiContext,
  open: OpenMember,
  services: ServiceTable,
  { hasExtensiveMetrics, featureGates }: Pick<ServerConfig, 'hasExtensiveMetrics' | 'featureGates'>,
): Monitoring {
  const { member, backend, watchable, network, wal } = open;
  const calls = new CallCounters(hasExtensiveMetrics);
  const health = new HealthCounters();
  const measured = {
    member,
    storage: { backend, wal, watchable },
    network,
    calls: new CallMetrics(calls, services.keys()),
    health,
    version: API_VERSION,
    featureGates,
  };
  const runtime = new RuntimeMetrics();
  const metrics = metricsEndpoint(
    (out) => writeMemberMetrics(out, measured),
    () => runtime.text(),
  );
  return {
    calls,
    endpoints: [...healthEndpoints(context, health), metrics],
    debugEndpoints: [debugVarsEndpoint(() => debugVariables(open))],
  };
}

/** The names under `memstats` are those of Go that mean the same here; the last two are of Node.js. */
function debugVariables({ member }: OpenMember): DebugVariables {
  const { rss, heapUsed, heapTotal, external, arrayBuffers } = process.memoryUsage();
  return {
    cmdline: shownCommandLine([process.argv[1] ?? process.execPath, ...process.argv.slice(2)]),
    file_descriptor_limit: fileDescriptorLimit(),
    memstats: {
      Alloc: heapUsed,
      Sys: rss,
      HeapAlloc: heapUsed,
      HeapInuse: heapUsed,
      HeapSys: heapTotal,
      External: external,
      ArrayBuffers: arrayBuffers,
    },
    'raft.status': raftVariables(member.raftStatus()),
  };
}
