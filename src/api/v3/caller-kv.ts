/**
 * What a service does with keys on behalf of a caller whose call is about something else: a lock, an election. All of it
 * goes with the caller's rights, so that nobody reaches a key through a lock that he could not reach by himself.
 *
 * A refusal ends the call in etcd's words, but with code 2: there these services are clients of the server they run in,
 * and errors that clients hold have lost their code (all but those of deadlines).
 */
import type { Credentials } from '../../auth/index.js';
import { authReason, checkTxn, isReadOnlyTxn, Reason, type Refusal } from '../../state-machine/index.js';
import { type ServerCall, Status } from '../../transport/index.js';
import {
  Compare,
  CompareResult,
  CompareTarget,
  DeleteRangeRequest,
  type KeyValue,
  LeaseGrantRequest,
  PutRequest,
  RangeRequest,
  RequestKind,
  RequestOp,
  TxnRequest,
  TxnResponse,
} from '../../wire/index.js';
import { type ApiContext, emptyScratch } from './context.js';
import { certifiedCaller, tokenOf } from './credentials.js';

export type TxnContinuation = (answer: TxnResponse) => void;
export type RefusalContinuation = (refusal: Refusal) => void;

export class CallerKv {
  readonly context: ApiContext;
  readonly call: ServerCall;
  /** Kept, since what a call leaves behind is cleared away after its end. */
  readonly #token: string | undefined;
  /** What becomes of the call when something that it needs is refused. */
  onRefused: RefusalContinuation;

  constructor(context: ApiContext, call: ServerCall) {
    this.context = context;
    this.call = call;
    this.#token = tokenOf(call);
    this.onRefused = (refusal) => this.fail(refusal);
  }

  fail(refusal: Refusal): void {
    const { code, message } = refusal;
    this.call.finish(code === Status.DEADLINE_EXCEEDED ? code : Status.UNKNOWN, message);
  }

  /** A transaction; one that only reads is linearizable. `done` is called even if the call has ended meanwhile. */
  txn(
    request: TxnRequest,
    done: TxnContinuation,
    refused: RefusalContinuation = (refusal) => this.onRefused(refusal),
  ): void {
    const refusal = checkTxn(request, this.context.options.maxTxnOps);
    if (refusal !== undefined) return refused(refusal);
    if (isReadOnlyTxn(request)) return this.#read(request, done, refused);
    const body = TxnRequest.toBytes(request);
    this.#propose(RequestKind.TXN, body, (answer) => done(TxnResponse.decode(answer)), refused);
  }

  /** A new lease, which nobody keeps alive but the caller. */
  grant(ttlSeconds: number, done: (lease: bigint) => void): void {
    const request = this.context.member.leases.prepareGrant({ id: 0n, ttl: ttlSeconds });
    const body = LeaseGrantRequest.toBytes(request);
    this.#propose(
      RequestKind.LEASE_GRANT,
      body,
      () => done(request.id),
      (refusal) => this.onRefused(refusal),
    );
  }

  #read(request: TxnRequest, done: TxnContinuation, refused: RefusalContinuation): void {
    const { member, machine } = this.context;
    member.readBarrier((unread) => {
      if (unread !== undefined) return refused(unread);
      this.#identify((who) => {
        const denied = machine.permissions.txn(who, request);
        if (denied !== undefined) return refused(authReason(denied));
        const scratch = emptyScratch(this.context);
        const refusal = machine.readTxn(request, scratch);
        // A copy: the answer that is made of this one is encoded into the same scratch.
        if (refusal === undefined) done(TxnResponse.decode(scratch.buf.slice(0, scratch.len)));
        else refused(refusal);
      }, refused);
    });
  }

  #propose(
    kind: RequestKind,
    body: Uint8Array,
    done: (answer: Uint8Array) => void,
    refused: RefusalContinuation,
  ): void {
    this.#identify((who) => {
      const waiter = {
        reply: (message: Uint8Array, start: number, end: number) => done(message.slice(start, end)),
        finish: (code: number, message: string) => refused({ code, message }),
      };
      this.context.member.propose(kind, body, 0, body.length, waiter, who);
    }, refused);
  }

  /** Anew each time: rights may change, and tokens end, while a call waits. */
  #identify(next: (who: Credentials | undefined) => void, refused: RefusalContinuation): void {
    const { machine, logins } = this.context;
    if (!machine.auth.enabled) return next(undefined);
    if (this.#token === undefined) return next(certifiedCaller(this.context, this.call));
    logins.identify(this.#token, (who) => {
      if (who === undefined) refused(Reason.INVALID_AUTH_TOKEN);
      else next(who);
    });
  }
}

export function createRevisionIs(key: Uint8Array, createRevision: number): Compare {
  return Compare.create({ key, createRevision, target: CompareTarget.CREATE, result: CompareResult.EQUAL });
}

export function rangeOp(request: Partial<RangeRequest>): RequestOp {
  return RequestOp.create({ requestRange: RangeRequest.create(request) });
}

export function putOp(key: Uint8Array, value: Uint8Array, lease: bigint): RequestOp {
  return RequestOp.create({ requestPut: PutRequest.create({ key, value, lease }) });
}

export function deleteOp(key: Uint8Array): RequestOp {
  return RequestOp.create({ requestDeleteRange: DeleteRangeRequest.create({ key }) });
}

/** A transaction that does one thing in any case. */
export function always(op: RequestOp): TxnRequest {
  return { compare: [], success: [op], failure: [] };
}

/** The first key that operation `index` of a transaction, a range, has found. */
export function firstFound(answer: TxnResponse, index: number): KeyValue | undefined {
  return answer.responses[index]?.responseRange?.kvs[0];
}
