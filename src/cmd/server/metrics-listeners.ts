/** The ports of `--listen-metrics-urls`: health and metrics, for those who shall not reach the client port. */
import type { Server } from 'node:http';
import type { ReloadingFiles } from '../../node/tls/reloading-files.js';
import type { LogSink } from '../../platform/index.js';
import type { ServerConfig } from '../config/server-config.js';
import { HeldListeners } from './held-listeners.js';

export class MetricsListeners extends HeldListeners {
  constructor(config: ServerConfig, tls: ReloadingFiles | undefined, log: LogSink) {
    super({
      urls: config.listenMetricsUrls,
      reusePort: config.reusePort,
      log,
      tls,
      side: 'client',
      note: 'serving metrics',
      maxConcurrentStreams: 1,
      keepalive: { minTimeMs: 0, permitWithoutStream: false, intervalMs: 0, timeoutMs: 0 },
    });
  }

  /** Nobody is served by gRPC there. */
  serveHttp(http: Server): void {
    this.serve({
      options: { services: new Map(), maxRecvMessageBytes: 0, gunzip: () => undefined },
      http,
    });
  }
}
