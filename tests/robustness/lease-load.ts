/**
 * Many leases, each with a key, kept alive for a while over a few streams, then left alone: none may lapse while it is kept
 * alive, all must be gone with their keys some time after.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadConnection } from '../../src/bench/index.js';
import { connectForLoad } from '../../src/cmd/bench-connect.js';
import {
  LeaseGrantRequest,
  LeaseKeepAliveRequest,
  LeaseKeepAliveResponse,
  LeaseLeasesResponse,
  PutRequest,
  RangeRequest,
  RangeResponse,
} from '../../src/wire/index.js';

export interface LeaseLoadOptions {
  /** `host:port`, separated by commas. */
  readonly endpoints: string;
  readonly leases: number;
  readonly ttlSeconds: number;
  /** For so long they are kept alive. */
  readonly holdSeconds: number;
  readonly connections: number;
  /** Called while it goes on, e.g. to kill a leader. */
  readonly during?: () => Promise<void>;
}

export interface LeaseLoadResult {
  readonly grantsPerSecond: number;
  readonly keepAlives: number;
  /** Answers with no time left, and streams that ended. */
  readonly faults: readonly string[];
  /** Milliseconds from keep-alive to answer. */
  readonly latencyMs: { readonly median: number; readonly p99: number; readonly max: number };
  /** Leases and keys that were there when they were left alone. */
  readonly leasesKept: number;
  readonly keysKept: number;
  /** Milliseconds from the last keep-alive until the first and the last key were gone. */
  readonly firstGoneMs: number;
  readonly lastGoneMs: number;
}

const GRANTS_AT_ONCE = 256;
/** Keep-alives are sent in so many portions per round, so that they are spread over it as those of many clients are. */
const PORTIONS = 50;
const text = new TextEncoder();

export async function leaseLoad(options: LeaseLoadOptions): Promise<LeaseLoadResult> {
  const endpoints = options.endpoints.split(',');
  const connections = await Promise.all(
    Array.from({ length: options.connections }, (_, i) => {
      const [host, port] = endpoints[i % endpoints.length]!.split(':');
      return connectForLoad({ host: host!, port: Number(port) });
    }),
  );
  try {
    const ids: bigint[] = [];
    const keeper = new Keeper(connections, ids, options.ttlSeconds);
    const keeping = keeper.keep();
    const began = performance.now();
    await grantAll(connections, options, ids);
    const grantsPerSecond = (ids.length / (performance.now() - began)) * 1000;
    const during = options.during?.();
    await sleep(options.holdSeconds * 1000);
    keeper.stop();
    await keeping;
    await during;
    const leasesKept = await leaseCount(connections[0]!);
    const keysKept = await keyCount(connections[0]!);
    const leftAt = keeper.lastSentAt;
    const gone = await waitUntilGone(connections[0]!, ids.length, leftAt, options.ttlSeconds);
    return { grantsPerSecond, ...keeper.result(), leasesKept, keysKept, ...gone };
  } finally {
    for (const connection of connections) connection.close();
  }
}

function call(connection: LoadConnection, path: string, body: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    connection.unary(path, body, undefined, (status, why, message, start, end) => {
      if (status === 0) resolve(message.slice(start, end));
      else reject(new Error(`${path}: ${status} ${why}`));
    });
  });
}

const keyOf = (id: number): Uint8Array => text.encode(`lease-load/${String(id).padStart(8, '0')}`);

/** Adds to `ids` what is granted. */
async function grantAll(
  connections: readonly LoadConnection[],
  options: LeaseLoadOptions,
  ids: bigint[],
): Promise<void> {
  let next = 1;
  const grantOne = async (): Promise<void> => {
    for (let id = next++; id <= options.leases; id = next++) {
      const connection = connections[id % connections.length]!;
      const grant = LeaseGrantRequest.toBytes({ id: BigInt(id), ttl: options.ttlSeconds });
      await call(connection, '/etcdserverpb.Lease/LeaseGrant', grant);
      // From here on it is kept alive.
      ids.push(BigInt(id));
      const put = PutRequest.create({ key: keyOf(id), value: text.encode('v'), lease: BigInt(id) });
      await call(connection, '/etcdserverpb.KV/Put', PutRequest.toBytes(put));
    }
  };
  await Promise.all(Array.from({ length: GRANTS_AT_ONCE }, grantOne));
}

class Keeper {
  readonly #connections: readonly LoadConnection[];
  readonly #ids: readonly bigint[];
  readonly #ttlMs: number;
  readonly #latencies: number[] = [];
  readonly #sentAt = new Map<bigint, number>();
  readonly #faults: string[] = [];
  #keepAlives = 0;
  #stopped = false;
  lastSentAt = 0;

  constructor(connections: readonly LoadConnection[], ids: readonly bigint[], ttlSeconds: number) {
    this.#connections = connections;
    this.#ids = ids;
    this.#ttlMs = ttlSeconds * 1000;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Renews all that are granted so far, each after a third of its time, until it is stopped. */
  async keep(): Promise<void> {
    const streams = this.#connections.map((connection) => {
      const stream = connection.stream('/etcdserverpb.Lease/LeaseKeepAlive');
      stream.onMessage = (message, start, end) => this.#onAnswer(message, start, end);
      stream.onStatus = (status, why) => this.#faults.push(`a stream ended: ${status} ${why}`);
      return stream;
    });
    const ids = this.#ids;
    const portionMs = this.#ttlMs / 3 / PORTIONS;
    const began = performance.now();
    for (let portion = 0; !this.#stopped; portion++) {
      const wait = began + portion * portionMs - performance.now();
      if (wait > 0) await sleep(wait);
      for (let i = portion % PORTIONS; i < ids.length; i += PORTIONS) {
        const message = LeaseKeepAliveRequest.toBytes({ id: ids[i]! });
        this.#sentAt.set(ids[i]!, performance.now());
        streams[i % streams.length]!.send(message, 0, message.length);
      }
    }
    this.lastSentAt = performance.now();
    await sleep(Math.min(1000, this.#ttlMs / 4));
    for (const stream of streams) {
      stream.onStatus = undefined;
      stream.cancel();
    }
  }

  #onAnswer(message: Uint8Array, start: number, end: number): void {
    const { id, ttl } = LeaseKeepAliveResponse.decode(message, start, end);
    this.#keepAlives++;
    const sentAt = this.#sentAt.get(id);
    if (sentAt !== undefined) this.#latencies.push(performance.now() - sentAt);
    if (ttl <= 0) this.#faults.push(`lease ${id} lapsed`);
  }

  result(): Pick<LeaseLoadResult, 'keepAlives' | 'faults' | 'latencyMs'> {
    const sorted = this.#latencies.sort((a, b) => a - b);
    const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
    const latencyMs = { median: at(0.5), p99: at(0.99), max: at(1) };
    return { keepAlives: this.#keepAlives, faults: this.#faults, latencyMs };
  }
}

async function leaseCount(connection: LoadConnection): Promise<number> {
  const answer = await call(connection, '/etcdserverpb.Lease/LeaseLeases', new Uint8Array(0));
  return LeaseLeasesResponse.decode(answer).leases.length;
}

async function keyCount(connection: LoadConnection): Promise<number> {
  const request = RangeRequest.create({
    key: text.encode('lease-load/'),
    rangeEnd: text.encode('lease-load0'),
    countOnly: true,
  });
  const answer = await call(connection, '/etcdserverpb.KV/Range', RangeRequest.toBytes(request));
  return RangeResponse.decode(answer).count;
}

async function waitUntilGone(
  connection: LoadConnection,
  count: number,
  leftAt: number,
  ttlSeconds: number,
): Promise<Pick<LeaseLoadResult, 'firstGoneMs' | 'lastGoneMs'>> {
  let firstGoneMs = Number.NaN;
  const givenUpAt = leftAt + 3 * ttlSeconds * 1000 + 60_000;
  for (;;) {
    const left = await keyCount(connection);
    const passed = performance.now() - leftAt;
    if (left < count && Number.isNaN(firstGoneMs)) firstGoneMs = passed;
    if (left === 0 || performance.now() > givenUpAt) {
      return { firstGoneMs, lastGoneMs: left === 0 ? passed : Number.POSITIVE_INFINITY };
    }
    await sleep(50);
  }
}
