/** The peer port: streams of the other members, and their questions by HTTP. */
import type { Server } from 'node:http';
import type { HttpAnswer } from '../../node/http-exchange.js';
import { createHttpServer } from '../../node/http-server.js';
import type { ReloadingFiles } from '../../node/tls/reloading-files.js';
import type { LogSink } from '../../platform/index.js';
import type { ServiceTable } from '../../transport/index.js';
import type { MemberUrl } from '../config/urls.js';
import { HeldListeners } from './held-listeners.js';

/** Two lanes and a snapshot are one stream each, on connections of their own; questions are short calls on a fourth. */
const STREAMS_MAX = 100;

/** Members of a new cluster ask one another for what none of them knows yet: they need not wait for it. */
const NOT_STARTED: HttpAnswer = {
  status: 503,
  headers: { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' },
  body: 'the member has not started yet\n',
};

/** Silence of another member's connection after which it is asked whether it is there, in election time-outs. */
const PING_FACTOR = 5;

export interface PeerListenersConfig {
  readonly reusePort?: boolean;
  readonly listenPeerUrls: readonly MemberUrl[];
  readonly electionMs: number;
}

export interface PeerServing {
  readonly services: ServiceTable;
  readonly http: Server;
  /** Largest message of another member. */
  readonly messageBytesMax: number;
  readonly onHandlerError: (error: unknown) => void;
}

export class PeerListeners {
  readonly #listeners: HeldListeners;

  constructor(config: PeerListenersConfig, tls: ReloadingFiles | undefined, log: LogSink) {
    this.#listeners = new HeldListeners({
      urls: config.listenPeerUrls,
      reusePort: config.reusePort === true,
      log,
      tls,
      side: 'peer',
      note: 'listening for peers',
      early: createHttpServer((_request, respond) => respond(NOT_STARTED)),
      maxConcurrentStreams: STREAMS_MAX,
      keepalive: {
        // Members ping one another as often as they like.
        minTimeMs: 0,
        permitWithoutStream: true,
        intervalMs: PING_FACTOR * config.electionMs,
        timeoutMs: PING_FACTOR * config.electionMs,
      },
    });
  }

  /** Listens on every peer URL. Rejects if one cannot be had. */
  bind(): Promise<void> {
    return this.#listeners.bind();
  }

  /** Begins to answer, those who came early first. */
  serve(serving: PeerServing): void {
    this.#listeners.serve({
      options: {
        services: serving.services,
        maxRecvMessageBytes: serving.messageBytesMax,
        // Members do not compress.
        gunzip: () => undefined,
        onHandlerError: serving.onHandlerError,
      },
      http: serving.http,
    });
  }

  /** Closes everything at once; the network has said what there was to say. */
  close(): Promise<void> {
    return this.#listeners.close(0);
  }
}
