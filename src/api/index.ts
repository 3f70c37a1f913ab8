export { type GatewayOptions, gatewayEndpoints } from './gateway/gateway.js';
export { JSON_BYTES_PER_MESSAGE_BYTE } from './gateway/limits.js';
export { bridgeWebSocket } from './gateway/websocket-bridge.js';
export type { HttpOptions } from './http/cross-origin.js';
export { type DebugVariables, debugVarsEndpoint, raftVariables } from './http/debug-vars.js';
export {
  type BodyWriter,
  type Endpoint,
  type HttpRequest,
  type HttpResponse,
  METHOD_NOT_ALLOWED,
  type Respond,
} from './http/exchange.js';
export { healthEndpoints } from './http/health.js';
export { HealthCounters } from './http/health-counters.js';
export { labEndpoint } from './http/lab.js';
export { metricsEndpoint } from './http/metrics.js';
export { HttpRouter } from './http/router.js';
export { versionEndpoint } from './http/version.js';
export { CallMetrics } from './metrics/call-metrics.js';
export { type MeasuredMember, writeMemberMetrics } from './metrics/member-metrics.js';
export { authService } from './v3/auth.js';
export { clusterService } from './v3/cluster.js';
export type { ApiContext } from './v3/context.js';
export { electionService } from './v3/election.js';
export { healthService } from './v3/health.js';
export { kvService } from './v3/kv.js';
export { LeaderMonitor } from './v3/leader-monitor.js';
export { leaseService } from './v3/lease.js';
export { lockService } from './v3/lock.js';
export { maintenanceService } from './v3/maintenance.js';
export { OpenEndedCalls } from './v3/open-ended-calls.js';
export { snapshotService } from './v3/snapshot.js';
export type { Digest } from './v3/snapshot-stream.js';
export { type WatchServiceOptions, watchService } from './v3/watch.js';
