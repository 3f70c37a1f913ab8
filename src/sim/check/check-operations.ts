/**
 * Strict serializability in the order of revisions: each answer must be the model's answer to the same request on the
 * state at its revision, which must not be older than what anybody had seen before the request; each revision must be
 * the work of exactly one request. Requests whose fate is unknown may have made a revision that nobody else has made.
 */
import { decodeLatin1, equalBytes } from '../../stdx/index.js';
import type { RangeRequest, TxnRequest } from '../../wire/index.js';
import { demand, Violation } from '../violation.js';
import { comparable } from './answer.js';
import { equalEvents } from './equal.js';
import { isLeaseKey } from './lease-keys.js';
import {
  type Execution,
  execute,
  isSerializable,
  type KvRequest,
  type ModelEvent,
  type ModelRefusal,
} from './model.js';
import type { Operation } from './record.js';
import type { Truth } from './truth.js';

const INVALID_ARGUMENT = 3;
const NOT_FOUND = 5;
const OUT_OF_RANGE = 11;
const INTERNAL = 13;

function describe({ id, request }: Operation): string {
  const text = JSON.stringify(request, (_name, value: unknown) => {
    if (value instanceof Uint8Array) return decodeLatin1(value.subarray(0, 40));
    if (typeof value === 'bigint') return value.toString();
    return value === false || value === 0 || value === undefined ? undefined : value;
  });
  return `request ${id} ${text}`;
}

/** Ranges of a request that name a revision. */
function pastRanges(request: KvRequest): number[] {
  const revisions: number[] = [];
  const note = (range: RangeRequest): void => {
    if (range.revision > 0) revisions.push(range.revision);
  };
  const walk = (txn: TxnRequest): void => {
    for (const op of [...txn.success, ...txn.failure]) {
      if (op.requestRange !== undefined) note(op.requestRange);
      if (op.requestTxn !== undefined) walk(op.requestTxn);
    }
  };
  if (request.kind === 'range') note(request.range);
  if (request.kind === 'txn') walk(request.txn);
  return revisions;
}

export class OperationCheck {
  readonly #truth: Truth;
  readonly #makers = new Map<number, Operation>();
  readonly #unknown: Operation[] = [];

  constructor(truth: Truth) {
    this.#truth = truth;
  }

  check(operations: readonly Operation[]): void {
    for (const operation of operations) this.#checkOne(operation);
    this.#explainTheRest();
  }

  #checkOne(operation: Operation): void {
    const { outcome } = operation;
    if (outcome === undefined || outcome.kind === 'lost') this.#unknown.push(operation);
    else if (outcome.kind === 'refused') this.#checkRefusal(operation, outcome.code, outcome.message);
    else this.#checkAnswer(operation, outcome.bytes);
  }

  #checkAnswer(operation: Operation, bytes: Uint8Array): void {
    const { request, floor } = operation;
    const { revision, body } = comparable(request.kind, bytes);
    const truth = this.#truth;
    demand(
      revision >= 1 && revision <= truth.revision,
      () =>
        `${describe(operation)} was answered at revision ${revision}; the watch over all keys ended at ${truth.revision}`,
    );
    demand(
      isSerializable(request) || revision >= floor,
      () =>
        `${describe(operation)} was answered at revision ${revision}, but ${floor} had been seen before it began`,
    );
    if (request.kind === 'compact') return;
    if (request.kind === 'range') {
      this.#checkNotCompacted(operation);
      const model = execute(truth.states, revision, request);
      demand(
        isAnswer(model, body),
        () => `${describe(operation)} got a wrong answer at revision ${revision}`,
      );
    } else {
      this.#checkChange(operation, revision, body);
    }
  }

  /** A member that is behind may not know of the compaction yet; only a linearizable read may not show that. */
  #checkNotCompacted(operation: Operation): void {
    if (isSerializable(operation.request)) return;
    for (const revision of pastRanges(operation.request)) {
      demand(
        revision >= operation.compactedFloor,
        () =>
          `${describe(operation)} was answered, but ${operation.compactedFloor} had been compacted before`,
      );
    }
  }

  #checkChange(operation: Operation, revision: number, body: Uint8Array): void {
    const { states, events } = this.#truth;
    const making = execute(states, revision - 1, operation.request);
    if (isAnswer(making, body) && making.events.length > 0 && equalEvents(making.events, events[revision]!)) {
      const other = this.#makers.get(revision);
      demand(
        other === undefined,
        () => `${describe(operation)} and ${describe(other!)} both made revision ${revision}`,
      );
      demand(
        revision > operation.floor,
        () => `${describe(operation)} made revision ${revision}, which had been seen before it began`,
      );
      this.#makers.set(revision, operation);
      return;
    }
    const idle = execute(states, revision, operation.request);
    demand(
      isAnswer(idle, body) && idle.events.length === 0,
      () =>
        `${describe(operation)} was acknowledged at revision ${revision}, but that revision is not what it does`,
    );
  }

  #checkRefusal(operation: Operation, code: number, message: string): void {
    const { request, floor, compactedCeiling } = operation;
    if (code !== INVALID_ARGUMENT && code !== NOT_FOUND && code !== OUT_OF_RANGE) {
      demand(code !== INTERNAL, () => `${describe(operation)} failed: ${message}`);
      this.#unknown.push(operation);
      return;
    }
    const named = request.kind === 'compact' ? [request.compaction.revision] : pastRanges(request);
    let isRight = false;
    if (message.endsWith('has been compacted')) {
      isRight = named.some((at) =>
        request.kind === 'compact' ? at <= compactedCeiling : at < compactedCeiling,
      );
    } else if (message.endsWith('is a future revision')) {
      // A serializable read may have found a member that is behind.
      isRight = named.some((at) => at > floor || (at > 0 && isSerializable(request)));
    } else if (message.endsWith('key not found')) {
      isRight = this.#isRefusedSomewhere(operation, 'key not found');
    } else if (message.endsWith('lease not found')) {
      // Whether a lease of those that exist was there still, its own client judges.
      isRight = isLeasePut(request) || this.#isRefusedSomewhere(operation, 'lease not found');
    } else if (message.endsWith('revision of auth store is old') || message.endsWith('user name is empty')) {
      // Made before rights changed, or before there were any, and carried out after that.
      isRight = operation.rightsChange;
    }
    demand(isRight, () => `${describe(operation)} was refused without reason: ${code} ${message}`);
  }

  #isRefusedSomewhere(operation: Operation, refusal: ModelRefusal): boolean {
    const { states, revision: last } = this.#truth;
    for (let at = Math.max(1, operation.floor); at <= Math.min(last, operation.ceiling); at++) {
      if (execute(states, at, operation.request).refusal === refusal) return true;
    }
    return false;
  }

  /** Revisions without an acknowledged maker, matched one to one with requests of unknown fate (Kuhn's algorithm). */
  #explainTheRest(): void {
    const { states, events, revision: last } = this.#truth;
    const chosen = new Map<Operation, number>();
    const assign = (revision: number, tried: Set<Operation>): boolean => {
      for (const operation of this.#unknown) {
        if (operation.floor >= revision || tried.has(operation)) continue;
        if (!mayHaveMade(operation.request, events[revision]!)) continue;
        if (!equalEvents(execute(states, revision - 1, operation.request).events, events[revision]!))
          continue;
        tried.add(operation);
        const taken = chosen.get(operation);
        if (taken !== undefined && !assign(taken, tried)) continue;
        chosen.set(operation, revision);
        return true;
      }
      return false;
    };
    for (let revision = 2; revision <= last; revision++) {
      if (this.#makers.has(revision) || isLeaseEnd(events[revision]!)) continue;
      if (!assign(revision, new Set())) {
        throw new Violation(`nobody asked for what revision ${revision} did`);
      }
    }
  }
}

function isLeasePut(request: KvRequest): boolean {
  return request.kind === 'put' && isLeaseKey(request.put.key);
}

/** Whether this is what the end of a lease does, each of which has one key. */
function isLeaseEnd(events: readonly ModelEvent[]): boolean {
  return events.length === 1 && events[0]!.isDelete && isLeaseKey(events[0]!.kv.key);
}

/** A quick look that rules out most requests, for each value is put once. */
function mayHaveMade(request: KvRequest, events: readonly ModelEvent[]): boolean {
  if (request.kind === 'range' || request.kind === 'compact') return false;
  if (request.kind === 'delete') return events.every((event) => event.isDelete);
  if (request.kind === 'txn') return true;
  const { put } = request;
  const [event] = events;
  if (events.length !== 1 || event!.isDelete || !equalBytes(event!.kv.key, put.key)) return false;
  return put.ignoreValue || equalBytes(event!.kv.value, put.value);
}

function isAnswer(execution: Execution, body: Uint8Array): boolean {
  return execution.refusal === undefined && equalBytes(execution.answer, body);
}
