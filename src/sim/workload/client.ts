/** One client: a request to any member that serves, its answer or none in time, a pause, the next request. */
import type { Prng } from '../../stdx/index.js';
import { Status } from '../../transport/index.js';
import {
  CompactionRequest,
  DeleteRangeRequest,
  PutRequest,
  RangeRequest,
  TxnRequest,
} from '../../wire/index.js';
import { comparable } from '../check/answer.js';
import { isSerializable, type KvRequest } from '../check/model.js';
import type { Operation, Outcome } from '../check/record.js';
import type { EventHash } from '../event-hash.js';
import type { EventQueue } from '../event-queue.js';
import type { SimCallListener } from '../sim-call.js';
import type { SimHost } from '../sim-host.js';
import { demand } from '../violation.js';
import type { Session } from './session.js';

export interface ClientParts {
  readonly queue: EventQueue;
  readonly prng: Prng;
  readonly hosts: readonly SimHost[];
  readonly session: Session;
  readonly hash: EventHash;
  readonly fail: (error: Error) => void;
}

const METHODS: Readonly<Record<KvRequest['kind'], string>> = {
  range: '/etcdserverpb.KV/Range',
  put: '/etcdserverpb.KV/Put',
  delete: '/etcdserverpb.KV/DeleteRange',
  txn: '/etcdserverpb.KV/Txn',
  compact: '/etcdserverpb.KV/Compact',
};

function encode(request: KvRequest): Uint8Array {
  switch (request.kind) {
    case 'range':
      return RangeRequest.toBytes(request.range);
    case 'put':
      return PutRequest.toBytes(request.put);
    case 'delete':
      return DeleteRangeRequest.toBytes(request.deletion);
    case 'txn':
      return TxnRequest.toBytes(request.txn);
    case 'compact':
      return CompactionRequest.toBytes(request.compaction);
  }
}

/** Any member that serves clients. */
export function pickServing({ hosts, prng }: ClientParts): SimHost | undefined {
  const serving = hosts.filter((host) => host.state === 'up');
  return serving.length === 0 ? undefined : prng.pick(serving);
}

export interface Attempt {
  readonly host: SimHost;
  readonly request: KvRequest;
  /** After this long the client gives up. */
  readonly timeoutMs: number;
  /** Who asks; default: root. */
  readonly user?: string;
}

/** Sends one request to a member that serves. `done` is called once, also if the member dies. */
export function send(parts: ClientParts, attempt: Attempt, done: (operation: Operation) => void): void {
  const { session, hash, queue } = parts;
  const { host, request, timeoutMs } = attempt;
  const operation = session.begin(request);
  let answer: Uint8Array | undefined;
  const settle = (outcome: Outcome): void => {
    hash.text(outcome.kind);
    operation.outcome = outcome;
    operation.ceiling = host.process?.store.revision ?? session.seenRevision;
    operation.compactedCeiling = session.compactedCeiling;
    done(operation);
  };
  const life = host.life;
  const listener: SimCallListener = {
    message: (bytes) => {
      hash.bytes(bytes);
      answer = bytes;
      return true;
    },
    end: (code, message) => {
      try {
        if (code !== Status.OK) return settle({ kind: 'refused', code, message });
        demand(life === host.life, () => 'a dead process answered');
        demand(
          host.fatal === undefined || isSerializable(request),
          () => 'a request was answered after the member had found that it must stop',
        );
        session.see(comparable(request.kind, answer!).revision);
        if (request.kind === 'compact') {
          session.compactedFloor = Math.max(session.compactedFloor, request.compaction.revision);
        }
        settle({ kind: 'answered', bytes: answer! });
      } catch (error) {
        parts.fail(error as Error);
      }
    },
    lost: () => settle({ kind: 'lost' }),
  };
  const call = host.call(METHODS[request.kind], encode(request), listener, attempt.user);
  if (timeoutMs === Number.POSITIVE_INFINITY) return;
  queue.after(timeoutMs, 'client-timeout', () => {
    if (call.finished) return;
    call.cancel();
    settle({ kind: 'lost' });
  });
}

export interface ClientOptions {
  /** Between an answer and the next request, at most; some follow at once. */
  readonly thinkMsMax: number;
  readonly timeoutMs: number;
}

export class Client {
  readonly #parts: ClientParts;
  readonly #options: ClientOptions;
  readonly #next: () => KvRequest;
  #busy = false;
  #stopped = false;

  constructor(parts: ClientParts, options: ClientOptions, next: () => KvRequest) {
    this.#parts = parts;
    this.#options = options;
    this.#next = next;
  }

  /** A member serves (again). */
  wake(): void {
    if (this.#busy || this.#stopped) return;
    this.#busy = true;
    const { prng, queue } = this.#parts;
    const { thinkMsMax, timeoutMs } = this.#options;
    const ms = prng.chance(0.3) ? 0 : prng.float() * thinkMsMax;
    queue.after(ms, 'client', () => {
      const host = this.#stopped ? undefined : pickServing(this.#parts);
      if (host === undefined) {
        this.#busy = false;
        return;
      }
      send(this.#parts, { host, request: this.#next(), timeoutMs }, () => {
        this.#busy = false;
        this.wake();
      });
    });
  }

  stop(): void {
    this.#stopped = true;
  }
}
