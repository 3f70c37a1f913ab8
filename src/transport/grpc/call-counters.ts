/**
 * What a server counts of its calls: one object for each method, reached from the parsed request head, so that a call
 * costs a few increments and no look-up. Who shows them reads them.
 */
import { BucketHistogram } from '../../stdx/index.js';
import { CLIENT_VERSIONS_MAX } from './limits.js';

/** Status codes are 0 to 16. */
const STATUS_CODES = 17;

/** grpc-go's monitoring library has these. */
const HANDLING_SECONDS_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export class MethodCounters {
  started = 0;
  /** Messages and their bytes, without the frames around them. */
  received = 0;
  receivedBytes = 0;
  sent = 0;
  sentBytes = 0;
  /** Ended calls by status code. */
  readonly handled = new Float64Array(STATUS_CODES);
  /** How long calls took; undefined if nobody wants to know. */
  readonly handlingSeconds: BucketHistogram | undefined;

  constructor(isTimed: boolean) {
    this.handlingSeconds = isTimed ? new BucketHistogram(HANDLING_SECONDS_BOUNDS) : undefined;
  }
}

/** Calls of clients that say the same of themselves. */
export interface ClientCounter {
  readonly kind: 'unary' | 'stream';
  /** What `client-api-version` said. */
  readonly version: string;
  count: number;
}

export class CallCounters {
  readonly #isTimed: boolean;
  readonly #methods = new Map<string, MethodCounters>();
  readonly #clients = new Map<string, ClientCounter>();
  /** Of calls that never reached a method. */
  readonly unserved = new MethodCounters(false);

  /** `isTimed`: whether to measure how long calls take, which costs a look at the clock at both ends. */
  constructor(isTimed = false) {
    this.#isTimed = isTimed;
  }

  /** The counters of the method at a path, made at their first use. */
  of(path: string): MethodCounters {
    let counters = this.#methods.get(path);
    if (counters === undefined) {
      counters = new MethodCounters(this.#isTimed);
      this.#methods.set(path, counters);
    }
    return counters;
  }

  /** Clients choose what they call themselves, so the names are bounded; those beyond count as unknown. */
  client(kind: ClientCounter['kind'], version: string | undefined): ClientCounter {
    const key = `${kind} ${version ?? 'unknown'}`;
    let counter = this.#clients.get(key);
    if (counter !== undefined) return counter;
    if (this.#clients.size >= CLIENT_VERSIONS_MAX && version !== undefined) {
      return this.client(kind, undefined);
    }
    counter = { kind, version: version ?? 'unknown', count: 0 };
    this.#clients.set(key, counter);
    return counter;
  }

  /** Path and counters of each method that was used or asked for. */
  methods(): IterableIterator<[string, MethodCounters]> {
    return this.#methods.entries();
  }

  clients(): IterableIterator<ClientCounter> {
    return this.#clients.values();
  }
}
