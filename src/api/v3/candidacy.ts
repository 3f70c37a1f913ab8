/**
 * Locks and elections are one thing: keys under a common prefix, each bound to the lease of whoever made it, and in order
 * of their create revisions. Whose key is the oldest holds the lock, or leads. Everybody else waits for the deletion of
 * the youngest key before his own, so that one deletion wakes one waiter and no herd, and the order is that of arrival.
 *
 * The key is the prefix and the lease's id in hex, as etcd has it, so that Go clients with sessions of their own and the
 * callers of these services stand in one queue.
 */
import type { WatchableStore } from '../../mvcc/index.js';
import { concatBytes, encodeUtf8 } from '../../stdx/index.js';
import type { RequestOp, TxnResponse } from '../../wire/index.js';
import { type CallerKv, createRevisionIs, deleteOp, firstFound, putOp, rangeOp } from './caller-kv.js';
import { SESSION_TTL_SECONDS } from './limits.js';
import { PredecessorWait } from './predecessor-wait.js';
import type { KeyInterval } from './queue-keys.js';

/** Goes on with the caller's lease, or with a new one if it has brought none. */
export function withLease(kv: CallerKv, lease: bigint, next: (lease: bigint) => void): void {
  if (lease !== 0n) next(lease);
  else kv.grant(SESSION_TTL_SECONDS, next);
}

function ignore(): void {}

export class Candidacy {
  readonly key: Uint8Array;
  readonly lease: bigint;
  /** Once entered. */
  createRevision = 0;
  readonly #kv: CallerKv;
  readonly #store: WatchableStore;
  readonly #keys: KeyInterval;
  #wait: PredecessorWait | undefined;

  constructor(kv: CallerKv, store: WatchableStore, keys: KeyInterval, lease: bigint) {
    this.#kv = kv;
    this.#store = store;
    this.#keys = keys;
    this.lease = lease;
    this.key = concatBytes([keys.key, encodeUtf8(lease.toString(16))]);
  }

  /**
   * Takes a place in the queue, or finds the one that the lease has there already. The first operation of the answer that
   * did not succeed is a range of the key as it was found; those of `also` follow. Whoever gives up the call from now on
   * gives up the place.
   */
  enter(value: Uint8Array, also: readonly RequestOp[], done: (answer: TxnResponse) => void): void {
    const { call } = this.#kv;
    const request = {
      compare: [createRevisionIs(this.key, 0)],
      success: [putOp(this.key, value, this.lease), ...also],
      failure: [rangeOp({ key: this.key }), ...also],
    };
    this.#kv.txn(request, (answer) => {
      const found = answer.succeeded ? undefined : firstFound(answer, 0);
      this.createRevision = found?.createRevision ?? answer.header!.revision;
      if (!call.finished) {
        call.onCancel = () => this.leave();
        done(answer);
      } else if (answer.succeeded) {
        // Nobody will ever know of this place. One that was found belongs to another call, too.
        this.leave();
      }
    });
  }

  /** Calls back once there is no older key, and tells whether the own one is there still. */
  awaitTurn(done: (isThere: boolean, answer: TxnResponse) => void): void {
    this.#wait = new PredecessorWait(this.#kv, this.#store, this.#keys, this, (answer) => {
      if (this.#kv.call.finished) return;
      done(firstFound(answer, 1)?.createRevision === this.createRevision, answer);
    });
  }

  /** Deletes the own key, unless it is another one by now. */
  leave(): void {
    this.#wait?.cancel();
    const request = {
      compare: [createRevisionIs(this.key, this.createRevision)],
      success: [deleteOp(this.key)],
      failure: [],
    };
    // If this is refused, the lease will end some time.
    this.#kv.txn(request, ignore, ignore);
  }
}
