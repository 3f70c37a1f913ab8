/**
 * The client ports. With `--listen-client-http-urls` those are for HTTP alone, and the others for gRPC alone, so that
 * neither need be told from the other.
 */
import type { ReloadingFiles } from '../../node/tls/reloading-files.js';
import type { LogSink } from '../../platform/index.js';
import type { ServerConfig } from '../config/server-config.js';
import { isSecure, type MemberUrl } from '../config/urls.js';
import { HeldListeners, type Serving, type Traffic } from './held-listeners.js';

function trafficOf(config: ServerConfig, url: MemberUrl): Traffic {
  if (config.listenClientHttpUrls.length === 0) return 'grpc+http';
  return config.listenClientHttpUrls.includes(url) ? 'http' : 'grpc';
}

export class ClientListeners extends HeldListeners {
  readonly #config: ServerConfig;
  readonly #log: LogSink;

  constructor(config: ServerConfig, tls: ReloadingFiles | undefined, log: LogSink) {
    super({
      urls: [...config.listenClientUrls, ...config.listenClientHttpUrls],
      trafficOf: (url) => trafficOf(config, url),
      reusePort: config.reusePort,
      log,
      tls,
      answersAllByHttp2: true,
      side: 'client',
      note: 'listening for clients',
      maxConcurrentStreams: config.maxConcurrentStreams,
      keepalive: {
        minTimeMs: config.keepaliveMinTimeMs,
        permitWithoutStream: false,
        intervalMs: config.keepaliveIntervalMs,
        timeoutMs: config.keepaliveTimeoutMs,
      },
    });
    this.#config = config;
    this.#log = log;
  }

  override serve(serving: Serving): void {
    super.serve(serving);
    for (const url of [...this.#config.listenClientUrls, ...this.#config.listenClientHttpUrls]) {
      const message = isSecure(url)
        ? 'serving client traffic securely'
        : 'serving client traffic insecurely; this is strongly discouraged!';
      this.#log.log('info', message, { traffic: trafficOf(this.#config, url), address: url.text });
    }
  }
}
