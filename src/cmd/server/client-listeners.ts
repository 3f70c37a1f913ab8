/** The client port. */
import type { ReloadingFiles } from '../../node/tls/reloading-files.js';
import type { LogSink } from '../../platform/index.js';
import type { ServerConfig } from '../config/server-config.js';
import { isSecure } from '../config/urls.js';
import { HeldListeners, type Serving } from './held-listeners.js';

export class ClientListeners extends HeldListeners {
  readonly #config: ServerConfig;
  readonly #log: LogSink;

  constructor(config: ServerConfig, tls: ReloadingFiles | undefined, log: LogSink) {
    super({
      urls: config.listenClientUrls,
      log,
      tls,
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
    const urls = this.#config.listenClientUrls;
    this.#note(
      'serving client traffic insecurely; this is strongly discouraged!',
      urls.filter((url) => !isSecure(url)).map((url) => url.text),
    );
    this.#note(
      'serving client traffic securely',
      urls.filter(isSecure).map((url) => url.text),
    );
  }

  #note(message: string, addresses: readonly string[]): void {
    if (addresses.length === 0) return;
    this.#log.log('info', message, { traffic: 'grpc+http', address: addresses.join(',') });
  }
}
