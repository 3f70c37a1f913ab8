export type { HttpRequest, HttpResponse, Respond } from './http/exchange.js';
export { HttpRouter } from './http/router.js';
export { clusterService } from './v3/cluster.js';
export type { ApiContext } from './v3/context.js';
export { healthService } from './v3/health.js';
export { kvService } from './v3/kv.js';
export { LeaderMonitor } from './v3/leader-monitor.js';
export { maintenanceService } from './v3/maintenance.js';
export { type WatchServiceOptions, watchService } from './v3/watch.js';
