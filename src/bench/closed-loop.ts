/**
 * Closed-loop load: each client has one call under way and starts the next when the answer is there. The number of
 * clients is then the number of calls in flight, and throughput times average latency equals it (Little's law).
 *
 * Per request there is one clock reading (an answer's arrival is the next request's start), one histogram cell, and
 * nothing allocated: a client's callback is made once.
 */

import { assert } from '../stdx/index.js';
import { Status } from '../transport/index.js';
import { RATE_TICK_MS } from './limits.js';
import type { Measurement } from './measurement.js';
import { Pacer } from './pacer.js';
import type { LoadConnection, Metadata } from './rpc.js';

/** Where requests come from. */
export interface UnaryWorkload {
  readonly path: string;
  /** The next request; its bytes may change with the next call of this function. */
  nextRequest(): Uint8Array;
}

export interface LoopOptions {
  readonly connections: readonly LoadConnection[];
  readonly clients: number;
  /** Calls in all. */
  readonly total: number;
  /** Calls per second at most; 0: as fast as the answers come. */
  readonly ratePerSecond: number;
  readonly metadata: Metadata | undefined;
  /** Milliseconds, never going back. */
  readonly now: () => number;
  readonly measurement: Measurement;
}

export class ClosedLoop {
  readonly #workload: UnaryWorkload;
  readonly #options: LoopOptions;
  readonly #pacer: Pacer | undefined;
  readonly #parked: LoadClient[] = [];
  #issued = 0;
  #completed = 0;
  #liveClients: number;
  #tick: ReturnType<typeof setInterval> | undefined;
  #onFinished: (() => void) | undefined;

  constructor(workload: UnaryWorkload, options: LoopOptions) {
    assert(options.clients > 0 && options.connections.length > 0, 'a loop needs a client and a connection');
    this.#workload = workload;
    this.#options = options;
    this.#liveClients = options.clients;
    if (options.ratePerSecond > 0) this.#pacer = new Pacer(options.ratePerSecond, options.now());
  }

  /** Calls that were answered or failed. */
  get completed(): number {
    return this.#completed;
  }

  /**
   * Resolves when all calls are answered, or when every connection is lost: calls not made then are missing from the
   * measurement, and its errors say why.
   */
  run(): Promise<void> {
    const { connections, clients, measurement, now } = this.#options;
    return new Promise((resolve) => {
      this.#onFinished = resolve;
      measurement.start(now());
      if (this.#options.total === 0) {
        this.#finish(now());
        return;
      }
      if (this.#pacer !== undefined) this.#tick = setInterval(() => this.#releaseParked(), RATE_TICK_MS);
      for (let i = 0; i < clients; i++) {
        new LoadClient(this, connections[i % connections.length]!).next(now());
      }
    });
  }

  /** A client may send: issues a call for it, parks it for a token, or lets it go when nothing is left to do. */
  admit(client: LoadClient, nowMs: number): void {
    if (this.#issued >= this.#options.total) return;
    if (this.#pacer !== undefined && !this.#pacer.take(nowMs)) {
      this.#parked.push(client);
      return;
    }
    this.#issued++;
    client.send(this.#workload.path, this.#workload.nextRequest(), this.#options.metadata, nowMs);
  }

  answered(client: LoadClient, latencyFromMs: number, status: number, text: string): void {
    const nowMs = this.#options.now();
    const { measurement, total } = this.#options;
    this.#completed++;
    if (status === Status.OK) measurement.recordSuccess(nowMs, nowMs - latencyFromMs);
    else measurement.recordError(text);
    if (!client.isConnected) this.#liveClients--;
    if (this.#completed === total || (this.#liveClients === 0 && this.#completed === this.#issued)) {
      this.#finish(nowMs);
    } else if (client.isConnected) {
      client.next(nowMs);
    }
  }

  #releaseParked(): void {
    const nowMs = this.#options.now();
    for (let n = this.#parked.length; n > 0; n--) {
      const client = this.#parked.shift()!;
      this.admit(client, nowMs);
      if (this.#parked.at(-1) === client) return;
    }
  }

  #finish(nowMs: number): void {
    clearInterval(this.#tick);
    this.#options.measurement.end(nowMs);
    this.#onFinished?.();
    this.#onFinished = undefined;
  }
}

/** One simulated user. */
class LoadClient {
  readonly #loop: ClosedLoop;
  readonly #connection: LoadConnection;
  #sentAtMs = 0;

  constructor(loop: ClosedLoop, connection: LoadConnection) {
    this.#loop = loop;
    this.#connection = connection;
  }

  get isConnected(): boolean {
    return this.#connection.usable;
  }

  next(nowMs: number): void {
    this.#loop.admit(this, nowMs);
  }

  send(path: string, message: Uint8Array, metadata: Metadata | undefined, nowMs: number): void {
    this.#sentAtMs = nowMs;
    this.#connection.unary(path, message, metadata, this.#onDone);
  }

  readonly #onDone = (status: number, text: string): void => {
    this.#loop.answered(this, this.#sentAtMs, status, text);
  };
}
