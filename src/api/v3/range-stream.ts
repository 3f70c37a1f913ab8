/**
 * KV.RangeStream of etcd 3.7: a range as a stream of pieces that merge into the answer of Range. All pieces are read at
 * one revision, whatever is written meanwhile. A piece is read when there is room for it, so an answer of any size takes
 * the memory of one, and other requests have their turn between two.
 */
import { RangePage, RangeQuery } from '../../mvcc/index.js';
import { authReason, checkRange, executeRange, Reason, type Refusal } from '../../state-machine/index.js';
import { copyOf } from '../../stdx/index.js';
import { type MethodHandler, Status, type StreamCall } from '../../transport/index.js';
import { beginLength, endLength, RangeRequest, SortOrder, SortTarget } from '../../wire/index.js';
import { type ApiContext, admit, emptyScratch, refuse, refuseMalformedMessage } from './context.js';
import { RANGE_STREAM_PIECE_BYTES, RANGE_STREAM_PIECE_VISITS } from './limits.js';
import { whenReadable } from './when-readable.js';

const CUSTOM_SORT: Refusal = {
  code: Status.UNIMPLEMENTED,
  message: 'RangeStream does not support custom sort orders',
};
const REVISION_FILTER: Refusal = {
  code: Status.UNIMPLEMENTED,
  message: 'RangeStream does not support revision filters',
};

/** No revision of users and roles: what was begun without auth ends once it is on. */
const WITHOUT_AUTH = -1;

/** RangeStreamResponse.range_response. */
const TAG_RANGE_RESPONSE = 0x0a;

/** Filled for each piece; nothing keeps them across turns. */
const query = new RangeQuery();
const page = new RangePage(RANGE_STREAM_PIECE_BYTES, RANGE_STREAM_PIECE_VISITS);

/** Only key order can be told piece by piece. */
function checkRangeStream(request: RangeRequest): Refusal | undefined {
  const refusal = checkRange(request);
  if (refusal !== undefined) return refusal;
  const { sortOrder, sortTarget } = request;
  const isKeyOrder =
    sortOrder === SortOrder.NONE || (sortOrder === SortOrder.ASCEND && sortTarget === SortTarget.KEY);
  if (!isKeyOrder) return CUSTOM_SORT;
  const filters = [
    request.minModRevision,
    request.maxModRevision,
    request.minCreateRevision,
    request.maxCreateRevision,
  ];
  return filters.some((filter) => filter !== 0) ? REVISION_FILTER : undefined;
}

class RangeStream {
  readonly #context: ApiContext;
  readonly #call: StreamCall;
  readonly #request: RangeRequest;
  /** The store's at the first piece: what the header tells. */
  readonly #storeRevision: number;
  /** What every piece is read at. */
  readonly #revision: number;
  /** The permission was given at it. */
  readonly #authRevision: number;
  /** Where the next piece begins. */
  #key: Uint8Array;
  /** KeyValues that may still be sent. */
  #remaining: number;
  #count = 0;
  #isCongested = false;

  constructor(context: ApiContext, call: StreamCall, request: RangeRequest) {
    const { store, auth } = context.machine;
    this.#context = context;
    this.#call = call;
    this.#request = request;
    this.#storeRevision = store.revision;
    this.#revision = request.revision > 0 ? request.revision : store.revision;
    this.#authRevision = auth.enabled ? auth.revision : WITHOUT_AUTH;
    this.#key = request.key;
    this.#remaining = request.countOnly ? 0 : request.limit > 0 ? request.limit : Number.POSITIVE_INFINITY;
    call.onDrain = () => {
      if (!this.#isCongested) return;
      this.#isCongested = false;
      this.#schedule();
    };
  }

  /** Sends pieces until the end, or until there is no room. */
  readonly work = (): void => {
    const call = this.#call;
    if (call.finished) return;
    const refusal = this.#request.rangeEnd.length === 0 ? this.#sendSingle() : this.#sendPiece();
    if (refusal !== undefined) refuse(call, refusal);
    else if (!this.#isCongested && !call.finished) this.#schedule();
  };

  #schedule(): void {
    this.#context.member.clock.defer(this.work);
  }

  /** One key is no interval; its answer is one message. */
  #sendSingle(): Refusal | undefined {
    const { machine, member } = this.#context;
    const out = emptyScratch(this.#context);
    out.byte(TAG_RANGE_RESPONSE);
    const start = beginLength(out);
    member.header.write(out, this.#storeRevision, machine.appliedTerm);
    const refusal = executeRange(machine.store, this.#request, out);
    if (refusal !== undefined) return refusal;
    endLength(out, start);
    this.#call.send(out.buf, 0, out.len);
    this.#call.finish(Status.OK, '');
    return undefined;
  }

  #sendPiece(): Refusal | undefined {
    const { machine, member } = this.#context;
    if (machine.auth.enabled && machine.auth.revision !== this.#authRevision) return Reason.AUTH_OLD_REVISION;
    const out = emptyScratch(this.#context);
    out.byte(TAG_RANGE_RESPONSE);
    const start = beginLength(out);
    this.#fill();
    machine.store.rangePage(query, page, out);
    if (query.status === 'compacted') return Reason.COMPACTED;
    if (query.status === 'future') return Reason.FUTURE_REVISION;
    this.#count += page.count;
    this.#remaining -= page.appended;
    if (page.isLast) {
      const { limit, countOnly } = this.#request;
      member.header.write(out, this.#storeRevision, machine.appliedTerm);
      out.boolField(3, !countOnly && limit > 0 && this.#count > limit);
      out.intField(4, this.#count);
    } else {
      this.#key = page.nextKey.finish();
    }
    endLength(out, start);
    if (page.isLast || page.appended > 0) this.#isCongested = !this.#call.send(out.buf, 0, out.len);
    if (page.isLast) this.#call.finish(Status.OK, '');
    return undefined;
  }

  #fill(): void {
    const { rangeEnd, keysOnly } = this.#request;
    query.reset();
    query.keyBuf = this.#key;
    query.keyEnd = this.#key.length;
    query.rangeEndBuf = rangeEnd;
    query.rangeEndEnd = rangeEnd.length;
    query.revision = this.#revision;
    query.keysOnly = keysOnly;
    page.keysMax = this.#remaining;
  }
}

function begin(context: ApiContext, call: StreamCall, request: RangeRequest): void {
  if (!admit(context, call)) return;
  const refusal = checkRangeStream(request);
  if (refusal !== undefined) return refuse(call, refusal);
  whenReadable(context, call, request.serializable, (who) => {
    const { auth, permissions } = context.machine;
    const denied = auth.enabled ? authReason(permissions.range(who, request)) : undefined;
    if (denied !== undefined) refuse(call, denied);
    else new RangeStream(context, call, request).work();
  });
}

export function rangeStreamService(context: ApiContext): [string, MethodHandler][] {
  const handle = (call: StreamCall): void => {
    call.onMessage = (buf, start, end) => {
      call.onMessage = undefined;
      try {
        // The stream outlives the turn, and with it the bytes of the request.
        begin(context, call, RangeRequest.decode(copyOf(buf, start, end)));
      } catch (error) {
        refuseMalformedMessage(call, error);
      }
    };
  };
  return [['/etcdserverpb.KV/RangeStream', { kind: 'stream', handle }]];
}
