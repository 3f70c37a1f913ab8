/**
 * etcdserverpb.KV. Reads are answered in place when this member may (serializable ones always); changes go through the
 * log as the bytes the client sent. Static checks come first, before anything else is asked (etcd's order).
 */
import type { Credentials } from '../../auth/index.js';
import { RangeQuery, type SortOrder, type SortTarget } from '../../mvcc/index.js';
import type { Waiter } from '../../server/index.js';
import {
  authReason,
  checkSort,
  checkTxn,
  costOfPut,
  costOfTxn,
  executeQuery,
  isReadOnlyTxn,
  isSerializableTxn,
  Reason,
  type Refusal,
} from '../../state-machine/index.js';
import type { MethodHandler, ServerCall } from '../../transport/index.js';
import {
  CompactionRequest,
  DeleteRangeRequestView,
  decodeTxnRequest,
  PutRequestView,
  RangeRequestView,
  RequestKind,
  type TxnRequest,
} from '../../wire/index.js';
import { type ApiContext, admit, emptyScratch, refuse, refuseMalformed } from './context.js';
import { knownCaller } from './credentials.js';
import { propose } from './propose.js';
import { rangeStreamService } from './range-stream.js';
import { whenReadable } from './when-readable.js';
import { withinQuota } from './within-quota.js';

const rangeView = new RangeRequestView();
const putView = new PutRequestView();
const deleteView = new DeleteRangeRequestView();
const query = new RangeQuery();

function fillQuery(view: RangeRequestView): void {
  query.keyBuf = view.buf;
  query.keyStart = view.keyStart;
  query.keyEnd = view.keyEnd;
  query.rangeEndBuf = view.buf;
  query.rangeEndStart = view.rangeEndStart;
  query.rangeEndEnd = view.rangeEndEnd;
  query.limit = view.limit;
  query.revision = view.revision;
  query.sortOrder = view.sortOrder as SortOrder;
  query.sortTarget = view.sortTarget as SortTarget;
  query.keysOnly = view.keysOnly;
  query.countOnly = view.countOnly;
  query.minModRevision = view.minModRevision;
  query.maxModRevision = view.maxModRevision;
  query.minCreateRevision = view.minCreateRevision;
  query.maxCreateRevision = view.maxCreateRevision;
}

/** Answers the range in `rangeView` from the local state. */
function answerRange(context: ApiContext, call: ServerCall): void {
  const { machine } = context;
  const scratch = emptyScratch(context);
  fillQuery(rangeView);
  context.member.header.write(scratch, machine.store.revision, machine.appliedTerm);
  const refusal = executeQuery(machine.store, query, scratch);
  if (refusal !== undefined) refuse(call, refusal);
  else call.reply(scratch.buf, 0, scratch.len);
}

function range(context: ApiContext, call: ServerCall, buf: Uint8Array, start: number, end: number): void {
  rangeView.decode(buf, start, end);
  if (!admit(context, call, rangeView.serializable)) return;
  if (rangeView.keyEnd === rangeView.keyStart) return refuse(call, Reason.EMPTY_KEY);
  const refusal = checkSort(rangeView.sortOrder, rangeView.sortTarget);
  if (refusal !== undefined) return refuse(call, refusal);
  if (rangeView.serializable || context.member.readsAreLocal) {
    if (!context.machine.auth.enabled) return answerRange(context, call);
    const who = knownCaller(context, call);
    if (who !== undefined) return answerRangeTo(context, call, who);
  }
  whenReadable(context, call, rangeView.serializable, (who) => {
    // Other requests have used the view meanwhile.
    rangeView.decode(buf, start, end);
    answerRangeTo(context, call, who);
  });
}

/** {@link answerRange}, if that is allowed. */
function answerRangeTo(context: ApiContext, call: ServerCall, who: Credentials | undefined): void {
  const denied = context.machine.auth.enabled ? rangeDenied(context, who) : undefined;
  if (denied !== undefined) refuse(call, denied);
  else answerRange(context, call);
}

/** Why the range in `rangeView` may not be read. */
function rangeDenied(context: ApiContext, who: Credentials | undefined): Refusal | undefined {
  const { buf, keyStart, keyEnd, rangeEndStart, rangeEndEnd } = rangeView;
  const { permissions } = context.machine;
  if (rangeEndEnd === rangeEndStart) return authReason(permissions.readKey(who, buf, keyStart, keyEnd));
  const key = buf.subarray(keyStart, keyEnd);
  const rangeEnd = buf.subarray(rangeEndStart, rangeEndEnd);
  return authReason(permissions.range(who, { key, rangeEnd }));
}

function put(context: ApiContext, call: ServerCall, buf: Uint8Array, start: number, end: number): void {
  putView.decode(buf, start, end);
  if (!admit(context, call)) return;
  const cost = costOfPut(putView.keyEnd - putView.keyStart, putView.valueEnd - putView.valueStart);
  if (!withinQuota(context, call, cost)) return;
  if (putView.keyEnd === putView.keyStart) return refuse(call, Reason.EMPTY_KEY);
  if (putView.ignoreValue && putView.valueEnd !== putView.valueStart)
    return refuse(call, Reason.VALUE_PROVIDED);
  if (putView.ignoreLease && putView.lease !== 0n) return refuse(call, Reason.LEASE_PROVIDED);
  propose(context, call, RequestKind.PUT, buf, start, end);
}

function deleteRange(
  context: ApiContext,
  call: ServerCall,
  buf: Uint8Array,
  start: number,
  end: number,
): void {
  deleteView.decode(buf, start, end);
  if (!admit(context, call)) return;
  if (deleteView.keyEnd === deleteView.keyStart) return refuse(call, Reason.EMPTY_KEY);
  propose(context, call, RequestKind.DELETE_RANGE, buf, start, end);
}

function txn(context: ApiContext, call: ServerCall, buf: Uint8Array, start: number, end: number): void {
  const request = decodeTxnRequest(buf, start, end);
  if (!admit(context, call) || !withinQuota(context, call, costOfTxn(request))) return;
  const refusal = checkTxn(request, context.options.maxTxnOps);
  if (refusal !== undefined) return refuse(call, refusal);
  if (!isReadOnlyTxn(request)) return propose(context, call, RequestKind.TXN, buf, start, end);
  whenReadable(context, call, isSerializableTxn(request), (who) => {
    const { permissions } = context.machine;
    const denied = permissions.txn(who, request) ?? permissions.upToDate(who);
    if (denied !== undefined) refuse(call, authReason(denied));
    else answerReadTxn(context, call, request);
  });
}

function answerReadTxn(context: ApiContext, call: ServerCall, request: TxnRequest): void {
  const { machine } = context;
  const scratch = emptyScratch(context);
  const refusal = machine.readTxn(request, scratch);
  if (refusal !== undefined) refuse(call, refusal);
  else call.reply(scratch.buf, 0, scratch.len);
}

function compact(context: ApiContext, call: ServerCall, buf: Uint8Array, start: number, end: number): void {
  const request = CompactionRequest.decode(buf, start, end);
  if (!admit(context, call)) return;
  if (!request.physical) return propose(context, call, RequestKind.COMPACTION, buf, start, end);
  const waiter: Waiter = {
    reply(message, from, to) {
      const answer = message.slice(from, to);
      context.member.whenCompacted(request.revision, (unfinished) => {
        if (unfinished !== undefined) refuse(call, unfinished);
        else call.reply(answer, 0, answer.length);
      });
    },
    finish: (code, message) => call.finish(code, message),
  };
  propose(context, call, RequestKind.COMPACTION, buf, start, end, waiter);
}

type Method = (context: ApiContext, call: ServerCall, buf: Uint8Array, start: number, end: number) => void;

function unary(context: ApiContext, method: Method): MethodHandler {
  return {
    kind: 'unary',
    handle(call, buf, start, end) {
      try {
        method(context, call, buf, start, end);
      } catch (error) {
        refuseMalformed(call, error);
      }
    },
  };
}

export function kvService(context: ApiContext): [string, MethodHandler][] {
  return [
    ['/etcdserverpb.KV/Range', unary(context, range)],
    ['/etcdserverpb.KV/Put', unary(context, put)],
    ['/etcdserverpb.KV/DeleteRange', unary(context, deleteRange)],
    ['/etcdserverpb.KV/Txn', unary(context, txn)],
    ['/etcdserverpb.KV/Compact', unary(context, compact)],
    ...rangeStreamService(context),
  ];
}
