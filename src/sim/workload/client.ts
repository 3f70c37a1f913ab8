/** One client: a request, its answer, a pause, the next request. It begins again whenever the member is back. */
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
import type { SimHost } from '../sim-host.js';
import { demand } from '../violation.js';
import type { Session } from './session.js';

export interface ClientParts {
  readonly queue: EventQueue;
  readonly prng: Prng;
  readonly host: SimHost;
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

/** Sends one request to a member that serves. `done` is called once, also if the member dies. */
export function send(parts: ClientParts, request: KvRequest, done: (operation: Operation) => void): void {
  const { host, session, hash } = parts;
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
  host.call(METHODS[request.kind], encode(request), {
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
  });
}

export class Client {
  readonly #parts: ClientParts;
  readonly #thinkMsMax: number;
  readonly #next: () => KvRequest;
  #busy = false;
  #stopped = false;

  constructor(parts: ClientParts, thinkMsMax: number, next: () => KvRequest) {
    this.#parts = parts;
    this.#thinkMsMax = thinkMsMax;
    this.#next = next;
  }

  /** The member serves (again). */
  wake(): void {
    if (this.#busy || this.#stopped) return;
    this.#busy = true;
    const { prng, queue } = this.#parts;
    const ms = prng.chance(0.3) ? 0 : prng.float() * this.#thinkMsMax;
    queue.after(ms, 'client', () => {
      if (this.#stopped || this.#parts.host.state !== 'up') {
        this.#busy = false;
        return;
      }
      send(this.#parts, this.#next(), () => {
        this.#busy = false;
        if (this.#parts.host.state === 'up') this.wake();
      });
    });
  }

  stop(): void {
    this.#stopped = true;
  }
}
