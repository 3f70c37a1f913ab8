/** v3lockpb.Lock: mutual exclusion among clients, for as long as their leases live. */
import type { WatchableStore } from '../../mvcc/index.js';
import type { Refusal } from '../../state-machine/index.js';
import { EMPTY_BYTES } from '../../stdx/index.js';
import { type MethodHandler, type ServerCall, Status } from '../../transport/index.js';
import {
  LockRequest,
  LockResponse,
  type TxnResponse,
  UnlockRequest,
  UnlockResponse,
} from '../../wire/index.js';
import { always, CallerKv, deleteOp, firstFound } from './caller-kv.js';
import { Candidacy, withLease } from './candidacy.js';
import type { ApiContext } from './context.js';
import { keysOf, oldestIn } from './queue-keys.js';
import { replyWith, unaryMethod } from './unary.js';

const SESSION_EXPIRED: Refusal = { code: Status.UNKNOWN, message: 'mutex: session is expired' };

function lock(context: ApiContext, store: WatchableStore, call: ServerCall, request: LockRequest): void {
  const kv = new CallerKv(context, call);
  const keys = keysOf(request.name);
  withLease(kv, request.lease, (lease) => {
    const candidacy = new Candidacy(kv, store, keys, lease);
    const locked = ({ header }: TxnResponse): void =>
      replyWith(context, call, LockResponse, { header, key: candidacy.key });
    candidacy.enter(EMPTY_BYTES, [oldestIn(keys)], (entered) => {
      const owner = firstFound(entered, 1);
      if (owner === undefined || owner.createRevision === candidacy.createRevision) return locked(entered);
      kv.onRefused = (refusal) => {
        candidacy.leave();
        kv.fail(refusal);
      };
      candidacy.awaitTurn((isThere, answer) => {
        if (isThere) locked(answer);
        else kv.fail(SESSION_EXPIRED);
      });
    });
  });
}

/** `store` has the events of what `context` applies. */
export function lockService(context: ApiContext, store: WatchableStore): [string, MethodHandler][] {
  const unlock = unaryMethod(context, UnlockRequest, (call, { key }) => {
    new CallerKv(context, call).txn(always(deleteOp(key)), ({ header }) =>
      replyWith(context, call, UnlockResponse, { header }),
    );
  });
  return [
    [
      '/v3lockpb.Lock/Lock',
      unaryMethod(context, LockRequest, (call, request) => lock(context, store, call, request)),
    ],
    ['/v3lockpb.Lock/Unlock', unlock],
  ];
}
