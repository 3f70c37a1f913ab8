/**
 * Puts at a steady rate, sent when their time has come, whether or not others were answered (an open loop). Their latency
 * counts from that time, so that a pause of the server is seen by all puts that fell into it.
 */
import { encodePut, Histogram, type LoadConnection, type Metadata, PUT_PATH } from '../src/bench/index.js';
import { encodeUtf8 } from '../src/stdx/index.js';
import { Status } from '../src/transport/index.js';
import { sleep } from '../tests/harness/index.js';

export const STEADY_VALUE_BYTES = 256;
const STEADY_KEYS = 10_000;
const TICK_MS = 2;

export interface Latencies {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export class SteadyPuts {
  readonly #connection: LoadConnection;
  readonly #rate: number;
  readonly #requests: readonly Uint8Array[];
  readonly #metadata: Metadata | undefined;
  #histogram = new Histogram();
  #timer: NodeJS.Timeout | undefined;
  #sent = 0;
  #open = 0;
  failed: string | undefined;

  constructor(connection: LoadConnection, rate: number, metadata?: Metadata) {
    this.#connection = connection;
    this.#rate = rate;
    this.#metadata = metadata;
    const value = new Uint8Array(STEADY_VALUE_BYTES).fill(0x73);
    this.#requests = Array.from({ length: STEADY_KEYS }, (_, i) =>
      encodePut(encodeUtf8(`steady/${i}`), value),
    );
  }

  /** Begins, or goes on after {@link stop}. */
  start(): void {
    const sentBefore = this.#sent;
    const beganMs = performance.now();
    this.#timer = setInterval(() => {
      const due = Math.floor(((performance.now() - beganMs) * this.#rate) / 1000);
      for (let n = this.#sent - sentBefore; n < due; n++) this.#send(beganMs + (n * 1000) / this.#rate);
    }, TICK_MS);
  }

  #send(dueMs: number): void {
    const request = this.#requests[this.#sent++ % STEADY_KEYS]!;
    this.#open++;
    this.#connection.unary(PUT_PATH, request, this.#metadata, (status, message) => {
      this.#open--;
      this.#histogram.record(performance.now() - dueMs);
      if (status !== Status.OK) this.failed ??= `${status} ${message}`;
    });
  }

  /** What was answered since the last call. */
  take(): Latencies {
    const taken = this.#histogram;
    this.#histogram = new Histogram();
    return {
      count: taken.count,
      p50Ms: taken.percentileMs(50),
      p99Ms: taken.percentileMs(99),
      maxMs: taken.slowestMs,
    };
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    while (this.#open > 0) await sleep(5);
  }
}
