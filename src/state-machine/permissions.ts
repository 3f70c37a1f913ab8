/**
 * May this user do that? One walk for every request that names a key, so that no part of a request is forgotten: both
 * branches of a transaction, nested ones, compares, previous values, and the keys that a lease would take with it.
 *
 * The rules are those of etcd with its advisories of 2026 applied (nested transactions, `prev_kv`, leases, open watches).
 */
import type { AuthRefusal, AuthStore, Credentials } from '../auth/index.js';
import { EMPTY_BYTES } from '../stdx/index.js';
import type { DeleteRangeRequest, PutRequest, RangeRequest, RequestOp, TxnRequest } from '../wire/index.js';

/** What keys a lease holds is asked of its owner; undefined if there is no such lease. */
export interface LeaseKeys {
  keysOf(lease: bigint): Iterable<Uint8Array> | undefined;
}

type Asked = AuthRefusal | undefined;

export class Permissions {
  readonly #auth: AuthStore;
  readonly #leases: LeaseKeys;

  constructor(auth: AuthStore, leases: LeaseKeys) {
    this.#auth = auth;
    this.#leases = leases;
  }

  range(who: Credentials | undefined, request: Pick<RangeRequest, 'key' | 'rangeEnd'>): Asked {
    return this.#auth.check(who, 'read', request.key, request.rangeEnd);
  }

  /** {@link range} for the single key `buf[start, end)`. */
  readKey(who: Credentials | undefined, buf: Uint8Array, start: number, end: number): Asked {
    return this.#auth.checkKey(who, 'read', buf, start, end);
  }

  /** {@link put} of the key `buf[start, end)`, without a lease and the previous value. */
  writeKey(who: Credentials | undefined, buf: Uint8Array, start: number, end: number): Asked {
    return this.#auth.checkKey(who, 'write', buf, start, end);
  }

  put(who: Credentials | undefined, request: Pick<PutRequest, 'key' | 'lease' | 'prevKv'>): Asked {
    return (
      this.#auth.check(who, 'write', request.key, EMPTY_BYTES) ??
      this.#attach(who, request.lease) ??
      (request.prevKv ? this.#auth.check(who, 'read', request.key, EMPTY_BYTES) : undefined)
    );
  }

  deleteRange(
    who: Credentials | undefined,
    request: Pick<DeleteRangeRequest, 'key' | 'rangeEnd' | 'prevKv'>,
  ): Asked {
    return (
      this.#auth.check(who, 'write', request.key, request.rangeEnd) ??
      (request.prevKv ? this.#auth.check(who, 'read', request.key, request.rangeEnd) : undefined)
    );
  }

  /** Everything that the transaction could do, whichever way it goes. One that does and asks nothing needs nothing. */
  txn(who: Credentials | undefined, request: TxnRequest): Asked {
    for (const { key, rangeEnd } of request.compare) {
      const refusal = this.#auth.check(who, 'read', key, rangeEnd);
      if (refusal !== undefined) return refusal;
    }
    for (const branch of [request.success, request.failure]) {
      for (const op of branch) {
        const refusal = this.#op(who, op);
        if (refusal !== undefined) return refusal;
      }
    }
    return undefined;
  }

  #op(who: Credentials | undefined, op: RequestOp): Asked {
    if (op.requestRange !== undefined) return this.range(who, op.requestRange);
    if (op.requestPut !== undefined) return this.put(who, op.requestPut);
    if (op.requestDeleteRange !== undefined) return this.deleteRange(who, op.requestDeleteRange);
    if (op.requestTxn !== undefined) return this.txn(who, op.requestTxn);
    return undefined;
  }

  /** Revoking a lease deletes its keys, keeping it alive keeps them: both need the right to write them. */
  changeLease(who: Credentials | undefined, lease: bigint): Asked {
    return this.#identify(who) ?? this.#everyKey(who, 'write', lease);
  }

  /** To be told the keys of a lease. */
  readLeaseKeys(who: Credentials | undefined, lease: bigint): Asked {
    return this.#identify(who) ?? this.#everyKey(who, 'read', lease);
  }

  /** What any user may do, but nobody without a name. */
  anyUser(who: Credentials | undefined): Asked {
    return this.#identify(who);
  }

  /** A read that names no key needs no right, but etcd answers it to nobody whose credentials have become old (doSerialize). */
  upToDate(who: Credentials | undefined): Asked {
    const isOld = this.#auth.enabled && who !== undefined && who.revision < this.#auth.revision;
    return isOld ? 'old-revision' : undefined;
  }

  admin(who: Credentials | undefined): Asked {
    return this.#auth.checkAdmin(who);
  }

  #identify(who: Credentials | undefined): Asked {
    return this.#auth.enabled && who === undefined ? 'user-empty' : undefined;
  }

  /** A key put under a lease goes when the lease goes: who may not write the lease's other keys may not join them. */
  #attach(who: Credentials | undefined, lease: bigint): Asked {
    return lease === 0n ? undefined : this.#everyKey(who, 'write', lease);
  }

  #everyKey(who: Credentials | undefined, access: 'read' | 'write', lease: bigint): Asked {
    if (!this.#auth.enabled) return undefined;
    for (const key of this.#leases.keysOf(lease) ?? []) {
      const refusal = this.#auth.check(who, access, key, EMPTY_BYTES);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }
}
