/** The client port. */
import type { LogSink } from '../../platform/index.js';
import type { ServerConfig } from '../config/server-config.js';
import { HeldListeners, type Serving } from './held-listeners.js';

export class ClientListeners extends HeldListeners {
  readonly #config: ServerConfig;
  readonly #log: LogSink;

  constructor(config: ServerConfig, log: LogSink) {
    super({
      urls: config.listenClientUrls,
      log,
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
    this.#log.log('info', 'serving client traffic insecurely; this is strongly discouraged!', {
      traffic: 'grpc+http',
      address: this.#config.listenClientUrls.map((url) => url.text).join(','),
    });
  }
}
