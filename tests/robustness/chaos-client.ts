/**
 * One client of a chaos run: a random request, its answer, a pause, the next request, at one member as long as that
 * answers, and then at another. What no answer told is recorded as unknown: it may have been done, or will be.
 */

import { comparable } from '../../src/sim/check/answer.js';
import type { KvRequest } from '../../src/sim/check/model.js';
import type { Operation, Outcome } from '../../src/sim/check/record.js';
import type { Session } from '../../src/sim/workload/session.js';
import type { Prng } from '../../src/stdx/index.js';
import {
  CompactionRequest,
  DeleteRangeRequest,
  PutRequest,
  RangeRequest,
  TxnRequest,
} from '../../src/wire/index.js';
import { RawClient, sleep, type UnaryAnswer } from '../harness/index.js';

const CALL_TIMEOUT_MS = 4000;
/** Pause after a call without an answer, so that a dead cluster is not asked thousands of times a second. */
const RETRY_MS = 30;
/** Changes that may be under way unseen while a request is refused. */
const UNSEEN_REVISIONS_MAX = 100;

const INVALID_ARGUMENT = 3;
const NOT_FOUND = 5;
const OUT_OF_RANGE = 11;

const METHODS: Readonly<Record<KvRequest['kind'], string>> = {
  range: '/etcdserverpb.KV/Range',
  put: '/etcdserverpb.KV/Put',
  delete: '/etcdserverpb.KV/DeleteRange',
  txn: '/etcdserverpb.KV/Txn',
  compact: '/etcdserverpb.KV/Compact',
};

function bytesOf(request: KvRequest): Uint8Array {
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

export interface ChaosClientParts {
  readonly session: Session;
  readonly prng: Prng;
  readonly next: () => KvRequest;
  /** Client addresses of the present members. */
  readonly endpoints: () => readonly string[];
  /** How many calls ended so, by status: for the report. */
  readonly refusals: Map<string, number>;
}

export class ChaosClient {
  readonly #parts: ChaosClientParts;
  readonly #thinkMsMax: number;
  readonly #home: number;
  #endpoint = '';
  #client: RawClient | undefined;
  #stopped = false;

  constructor(parts: ChaosClientParts, home: number, thinkMsMax: number) {
    this.#parts = parts;
    this.#home = home;
    this.#thinkMsMax = thinkMsMax;
  }

  async run(): Promise<void> {
    const { prng, next } = this.#parts;
    this.#moveTo(this.#home);
    while (!this.#stopped) {
      const { outcome } = await ask(this.#client!, next(), this.#parts);
      if (outcome?.kind === 'lost') {
        await sleep(RETRY_MS);
        if (prng.chance(0.5)) this.#moveTo(prng.below(64));
      } else if (prng.chance(0.7)) {
        await sleep(prng.float() * this.#thinkMsMax);
      }
    }
    this.#client?.close();
  }

  stop(): void {
    this.#stopped = true;
  }

  #moveTo(index: number): void {
    const endpoints = this.#parts.endpoints();
    const endpoint = endpoints[index % endpoints.length]!;
    if (endpoint === this.#endpoint) return;
    this.#client?.close();
    this.#endpoint = endpoint;
    this.#client = new RawClient(endpoint);
  }
}

/** Sends one request and records what came of it. */
export async function ask(
  client: RawClient,
  request: KvRequest,
  parts: Pick<ChaosClientParts, 'session' | 'refusals'>,
  timeoutMs: number = CALL_TIMEOUT_MS,
): Promise<Operation> {
  const { session } = parts;
  const operation = session.begin(request);
  const answer = await client.unary(METHODS[request.kind], bytesOf(request), {}, timeoutMs);
  operation.outcome = outcomeOf(answer, parts.refusals);
  if (operation.outcome.kind === 'answered') {
    session.see(comparable(request.kind, answer.body!).revision);
    if (request.kind === 'compact') {
      session.compactedFloor = Math.max(session.compactedFloor, request.compaction.revision);
    }
  }
  operation.ceiling = session.seenRevision + UNSEEN_REVISIONS_MAX;
  operation.compactedCeiling = session.compactedCeiling;
  return operation;
}

/** Only what the store itself says about the request counts as a refusal; everything else leaves open what happened. */
function outcomeOf(answer: UnaryAnswer, refusals: Map<string, number>): Outcome {
  const { code, message } = answer;
  if (code === 0) return { kind: 'answered', bytes: answer.body! };
  const said = `${code} ${message.replace(/\d+/g, 'N').slice(0, 70)}`;
  refusals.set(said, (refusals.get(said) ?? 0) + 1);
  const isAboutRequest = code === INVALID_ARGUMENT || code === NOT_FOUND || code === OUT_OF_RANGE;
  if (!isAboutRequest || !message.startsWith('etcdserver: ')) return { kind: 'lost' };
  return { kind: 'refused', code, message };
}
