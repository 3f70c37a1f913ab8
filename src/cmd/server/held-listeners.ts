/**
 * Addresses to listen on, and the connections on them. Listens from the beginning, so that a port in use is found out
 * before anything else is done, and holds what connects until the member serves.
 */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { systemClock } from '../../node/clock.js';
import { type Listener, listenClient } from '../../node/listener.js';
import type { Rejection, TlsAcceptorOptions } from '../../node/tls/acceptor.js';
import type { ReloadingFiles } from '../../node/tls/reloading-files.js';
import type { ByteStream, LogSink } from '../../platform/index.js';
import { must } from '../../stdx/index.js';
import {
  FlushQueue,
  type HttpCallHandler,
  ServerConnection,
  type ServerOptions,
} from '../../transport/index.js';
import { isSecure, type MemberUrl } from '../config/urls.js';
import { OpenAnswers } from './open-answers.js';

/** What is spoken at an address. Who speaks something else there is hung up on. */
export type Traffic = 'grpc' | 'http' | 'grpc+http';

/** What is known before the member is. */
export interface ListenerOptions extends Pick<ServerOptions, 'keepalive' | 'maxConcurrentStreams'> {
  readonly urls: readonly MemberUrl[];
  /** Default: both everywhere. */
  readonly trafficOf?: (url: MemberUrl) => Traffic;
  /** Whether other processes may listen there, too (SO_REUSEPORT). Default: no. */
  readonly reusePort?: boolean;
  readonly log: LogSink;
  /** Logged for each address. */
  readonly note: string;
  /** What clients may ask for by HTTP/2 under TLS; default: gRPC alone, so that whoever offers HTTP/1.1 is given that. */
  readonly answersAllByHttp2?: boolean;
  /** For `https:` and `unixs:`. */
  readonly tls: ReloadingFiles | undefined;
  /** `client` or `peer`: who was not let in, for the log. */
  readonly side: 'client' | 'peer';
  /** Answers HTTP/1.1 until {@link HeldListeners.serve}; without it, who asks waits. */
  readonly early?: Server;
}

/** What only the running member can give. */
export interface Serving {
  readonly options: Omit<
    ServerOptions,
    'certifiedName' | 'onHttpCall' | 'clock' | 'flushQueue' | 'log' | 'keepalive' | 'maxConcurrentStreams'
  >;
  readonly http: Server;
  /** Answers, by HTTP/2 under TLS, what is no gRPC; in plain text HTTP/2 is gRPC, as in etcd. */
  readonly onHttpCall?: HttpCallHandler;
}

/**
 * Connections that wait until the member serves, as many as handshakes that may be under way. They are not read, so nobody
 * learns of their end: above that the oldest goes, whose client has most likely given up, and an honest one comes again.
 */
export const HELD_MAX = 1000;

interface HeldConnection {
  begin(): void;
  drop(): void;
}

export class HeldListeners {
  readonly #options: ListenerOptions;
  readonly #listeners: Listener[] = [];
  readonly #connections = new Set<ServerConnection>();
  /** Of HTTP/1.1: a server that does not listen itself keeps no list of them. */
  readonly #sockets = new Set<Socket>();
  readonly #answers = new OpenAnswers();
  readonly #flushQueue = new FlushQueue(systemClock);
  /** Oldest first. */
  #held: HeldConnection[] = [];
  #serving: Serving | undefined;
  #onEmpty: (() => void) | undefined;

  constructor(options: ListenerOptions) {
    this.#options = options;
  }

  /** Listens on every URL. Rejects if one cannot be had. */
  async bind(): Promise<void> {
    for (const url of this.#options.urls) {
      const target =
        url.path === ''
          ? { host: url.host, port: url.port, reusePort: this.#options.reusePort === true }
          : { path: url.path };
      const traffic = this.#options.trafficOf?.(url) ?? 'grpc+http';
      const handlers = {
        onHttp2: (stream: ByteStream) =>
          traffic === 'http'
            ? stream.destroy()
            : this.#onHttp2(stream, isSecure(url) && traffic === 'grpc+http'),
        onHttp1: (socket: Socket) => (traffic === 'grpc' ? void socket.destroy() : this.#onHttp1(socket)),
      };
      this.#listeners.push(await listenClient(target, handlers, this.#tlsOf(url, traffic)));
      this.#options.log.log('info', this.#options.note, { address: url.text });
    }
  }

  #tlsOf(url: MemberUrl, traffic: Traffic): TlsAcceptorOptions | undefined {
    if (!isSecure(url)) return undefined;
    const files = must(this.#options.tls, 'a secure URL was checked to have a certificate');
    const isHttp2First = traffic === 'grpc' || this.#options.answersAllByHttp2 === true;
    const both = isHttp2First ? ['h2', 'http/1.1'] : ['http/1.1', 'h2'];
    return {
      files,
      protocols: traffic === 'http' ? ['http/1.1'] : both,
      onRejected: (rejection) => this.#noteRejected(rejection),
    };
  }

  #noteRejected({ remoteAddress, serverName, names, error }: Rejection): void {
    const { log, side } = this.#options;
    log.log('warn', `rejected connection on ${side} endpoint`, {
      'remote-addr': remoteAddress,
      'server-name': serverName,
      ...(names === undefined ? {} : { 'ip-addresses': names.ips, 'dns-names': names.hosts }),
      error,
    });
  }

  /** Begins to answer, those who came early first. */
  serve(serving: Serving): void {
    this.#serving = serving;
    this.#answers.follow(serving.http);
    const held = this.#held;
    this.#held = [];
    for (const connection of held) connection.begin();
  }

  /**
   * Accepts no more, lets calls finish for at most `graceMs`, then closes what is left. `onGoodbye` is called once all
   * clients have been told to go elsewhere: what is ended then is not begun here again.
   */
  async close(graceMs: number, onGoodbye?: () => void): Promise<void> {
    const closing = this.#listeners.map((listener) => listener.close());
    for (const connection of this.#connections) connection.goAway();
    onGoodbye?.();
    if (graceMs > 0) await this.#answered(graceMs);
    for (const connection of this.#connections) connection.close();
    for (const socket of this.#sockets) socket.destroy();
    for (const held of this.#held) held.drop();
    await Promise.all(closing);
  }

  /** Resolves when no call is open and no answer owed any more, or when the time is up. */
  #answered(graceMs: number): Promise<void> {
    return new Promise((resolve) => {
      systemClock.setTimer(graceMs, resolve);
      const emptied = new Promise<void>((empty) => {
        this.#onEmpty = empty;
        if (this.#connections.size === 0) empty();
      });
      void Promise.all([emptied, this.#answers.settled(this.#sockets)]).then(() => resolve());
    });
  }

  #hold(connection: HeldConnection): void {
    this.#held.push(connection);
    if (this.#held.length > HELD_MAX) this.#held.shift()!.drop();
  }

  #onHttp2(stream: ByteStream, answersHttp: boolean): void {
    if (this.#serving === undefined) {
      stream.pause();
      this.#hold({ begin: () => this.#onHttp2(stream, answersHttp), drop: () => stream.destroy() });
      return;
    }
    const connection: ServerConnection = new ServerConnection(stream, {
      ...this.#serving.options,
      certifiedName: stream.certifiedName,
      onHttpCall: answersHttp ? this.#serving.onHttpCall : undefined,
      clock: systemClock,
      flushQueue: this.#flushQueue,
      log: this.#options.log,
      maxConcurrentStreams: this.#options.maxConcurrentStreams,
      keepalive: this.#options.keepalive,
      onConnectionClose: () => {
        this.#connections.delete(connection);
        if (this.#connections.size === 0) this.#onEmpty?.();
      },
    });
    this.#connections.add(connection);
    stream.resume();
  }

  #onHttp1(socket: Socket): void {
    if (!this.#sockets.has(socket)) {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    }
    const server = this.#serving?.http ?? this.#options.early;
    if (server === undefined) {
      socket.pause();
      this.#hold({ begin: () => this.#onHttp1(socket), drop: () => socket.destroy() });
      return;
    }
    server.emit('connection', socket);
    socket.resume();
  }
}
