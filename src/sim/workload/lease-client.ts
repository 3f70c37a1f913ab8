/**
 * A client with a lease: takes one, puts a key under it, keeps it alive for a while, and looks whether the key is there
 * for as long as it was promised. Then it lets go, and the cluster has to clean up.
 */
import { encodeUtf8 } from '../../stdx/index.js';
import { Status } from '../../transport/index.js';
import {
  LeaseGrantRequest,
  LeaseKeepAliveRequest,
  LeaseKeepAliveResponse,
  PutRequest,
  RangeRequest,
  RangeResponse,
} from '../../wire/index.js';
import { LEASE_KEYS } from '../check/lease-keys.js';
import type { SimHost } from '../sim-host.js';
import { Violation } from '../violation.js';
import { type ClientParts, pickServing, send } from './client.js';

const PAUSE_MS_MAX = 2000;
const RETRY_MS = 100;
const TTLS_SECONDS = [2, 2, 3, 5] as const;
const RENEWALS_MAX = 12;

/** What the clients of a run did. */
export interface LeaseCounts {
  granted: number;
  renewed: number;
  /** Seen to be gone, after their time. */
  ended: number;
}

interface Held {
  readonly id: bigint;
  readonly ttlMs: number;
  /** When the last request was sent that promised the whole time. */
  promisedAt: number;
  renewalsLeft: number;
}

export class LeaseClient {
  readonly #parts: ClientParts;
  readonly #counts: LeaseCounts;
  readonly #timeoutMs: number;
  #nextId: bigint;
  #stopped = false;

  constructor(parts: ClientParts, counts: LeaseCounts, timeoutMs: number, firstId: bigint) {
    this.#parts = parts;
    this.#counts = counts;
    this.#timeoutMs = timeoutMs;
    this.#nextId = firstId;
  }

  start(): void {
    this.#later(PAUSE_MS_MAX, () => this.#grant());
  }

  stop(): void {
    this.#stopped = true;
  }

  #later(msMax: number, then: () => void): void {
    this.#parts.queue.after(this.#parts.prng.float() * msMax, 'lease-client', () => {
      if (!this.#stopped) then();
    });
  }

  #grant(): void {
    const { prng, queue } = this.#parts;
    const id = this.#nextId++;
    const ttl = prng.pick(TTLS_SECONDS);
    const sentAt = queue.now;
    const request = LeaseGrantRequest.toBytes({ id, ttl });
    this.#call('/etcdserverpb.Lease/LeaseGrant', request, false, (answer) => {
      if (answer === undefined) return this.start();
      this.#counts.granted++;
      const renewalsLeft = prng.below(RENEWALS_MAX + 1);
      this.#put({ id, ttlMs: ttl * 1000, promisedAt: sentAt, renewalsLeft });
    });
  }

  #put(held: Held): void {
    const host = pickServing(this.#parts);
    if (host === undefined) return this.start();
    const put = PutRequest.create({
      key: this.#keyOf(held),
      value: encodeUtf8(`l${held.id}`),
      lease: held.id,
    });
    const attempt = { host, request: { kind: 'put', put }, timeoutMs: this.#timeoutMs } as const;
    send(this.#parts, attempt, ({ outcome }) => {
      if (outcome?.kind === 'answered') return this.#hold(held);
      if (outcome?.kind === 'refused' && outcome.code === Status.NOT_FOUND)
        this.#end(held, 'a put was refused');
      this.start();
    });
  }

  #keyOf({ id }: Held): Uint8Array {
    return encodeUtf8(`${LEASE_KEYS}${id}`);
  }

  #hold(held: Held): void {
    if (held.renewalsLeft-- === 0) return this.#watch(held);
    this.#later((held.ttlMs * 2) / 3, () => this.#renew(held));
  }

  #renew(held: Held): void {
    const sentAt = this.#parts.queue.now;
    const request = LeaseKeepAliveRequest.toBytes({ id: held.id });
    this.#call('/etcdserverpb.Lease/LeaseKeepAlive', request, true, (answer) => {
      if (answer === undefined) return this.#look(held, () => this.#hold(held));
      if (LeaseKeepAliveResponse.decode(answer).ttl === 0) {
        this.#end(held, 'a keep-alive said so');
        return this.start();
      }
      this.#counts.renewed++;
      held.promisedAt = sentAt;
      this.#look(held, () => this.#hold(held));
    });
  }

  /** Nobody keeps it alive: until it is gone. */
  #watch(held: Held): void {
    this.#later(held.ttlMs / 2, () => this.#look(held, () => this.#watch(held)));
  }

  /** Whether the key is there; goes on with `then` if it is. */
  #look(held: Held, then: () => void): void {
    const host = pickServing(this.#parts);
    if (host === undefined) return this.#later(RETRY_MS, () => this.#look(held, then));
    const range = RangeRequest.create({ key: this.#keyOf(held) });
    const attempt = { host, request: { kind: 'range', range }, timeoutMs: this.#timeoutMs } as const;
    send(this.#parts, attempt, ({ outcome }) => {
      if (outcome?.kind !== 'answered') return this.#later(RETRY_MS, () => this.#look(held, then));
      if (RangeResponse.decode(outcome.bytes).count > 0) return then();
      this.#end(held, 'its key is gone');
      this.start();
    });
  }

  /** A lease was found to be gone: not before its time by the fastest clock that there was. */
  #end(held: Held, how: string): void {
    this.#counts.ended++;
    const { hosts, queue, fail } = this.#parts;
    const rate = Math.max(...hosts.map((host) => host.clock.fastestRate));
    const early = held.promisedAt + held.ttlMs / rate - queue.now;
    if (early <= 0) return;
    fail(new Violation(`lease ${held.id} of ${held.ttlMs} ms ended ${early.toFixed(1)} ms early: ${how}`));
  }

  /** One message there and one back, or undefined. */
  #call(path: string, request: Uint8Array, isStream: boolean, done: (answer?: Uint8Array) => void): void {
    const host: SimHost | undefined = pickServing(this.#parts);
    if (host === undefined) return this.#later(RETRY_MS, () => done());
    let isDone = false;
    const settle = (answer?: Uint8Array): void => {
      if (isDone) return;
      isDone = true;
      if (!this.#stopped) done(answer);
    };
    let answer: Uint8Array | undefined;
    const call = host.call(path, request, {
      message: (bytes) => {
        this.#parts.hash.bytes(bytes);
        answer = bytes;
        if (isStream) {
          this.#parts.queue.after(0, 'lease-answer', () => {
            call.cancel();
            settle(bytes);
          });
        }
        return true;
      },
      end: (code) => settle(code === Status.OK ? answer : undefined),
      lost: () => settle(),
    });
    this.#parts.queue.after(this.#timeoutMs, 'lease-timeout', () => {
      if (!call.finished) call.cancel();
      settle();
    });
  }
}
