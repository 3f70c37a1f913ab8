/**
 * Permissions are decided when an entry is applied, on every member alike: users and roles may have changed since it was
 * proposed, and then the credentials it carries speak for an old revision (etcd's authApplierV3).
 */
import type { AuthRefusal, Credentials } from '../auth/index.js';
import { compareSlices, copyOf, EMPTY_BYTES } from '../stdx/index.js';
import {
  DeleteRangeRequestView,
  decodeTxnRequest,
  LeaseRevokeRequest,
  PutRequestView,
  type ReplicatedRequestView,
  RequestKind,
} from '../wire/index.js';
import type { Permissions } from './permissions.js';

export class EntryPermissions {
  readonly #permissions: Permissions;
  readonly #put = new PutRequestView();
  readonly #delete = new DeleteRangeRequestView();
  /** The last name that was decoded. */
  #nameBytes = EMPTY_BYTES;
  #name = '';

  constructor(permissions: Permissions) {
    this.#permissions = permissions;
  }

  /** Mostly the same user asks again, whose name need not be decoded each time. */
  #callerOf(request: ReplicatedRequestView): Credentials | undefined {
    if (!request.hasCredentials) return undefined;
    const { buf, usernameStart: start, usernameEnd: end } = request;
    const bytes = this.#nameBytes;
    if (compareSlices(bytes, 0, bytes.length, buf, start, end) !== 0) {
      this.#nameBytes = copyOf(buf, start, end);
      this.#name = request.username();
    }
    return { user: this.#name, revision: request.authRevision };
  }

  /** To be asked while auth is on. What members tell one another needs no permission. */
  check(request: ReplicatedRequestView): AuthRefusal | undefined {
    const { buf, requestStart: start, requestEnd: end } = request;
    const who = this.#callerOf(request);
    switch (request.kind) {
      case RequestKind.PUT: {
        const put = this.#put;
        put.decode(buf, start, end);
        const { lease, prevKv } = put;
        if (lease === 0n && !prevKv) return this.#permissions.writeKey(who, buf, put.keyStart, put.keyEnd);
        return this.#permissions.put(who, { key: buf.subarray(put.keyStart, put.keyEnd), lease, prevKv });
      }
      case RequestKind.DELETE_RANGE: {
        const view = this.#delete;
        view.decode(buf, start, end);
        return this.#permissions.deleteRange(who, {
          key: buf.subarray(view.keyStart, view.keyEnd),
          rangeEnd: buf.subarray(view.rangeEndStart, view.rangeEndEnd),
          prevKv: view.prevKv,
        });
      }
      case RequestKind.TXN:
        return this.#permissions.txn(who, decodeTxnRequest(buf, start, end));
      case RequestKind.COMPACTION:
        return this.#permissions.admin(who);
      case RequestKind.LEASE_GRANT:
        return this.#permissions.anyUser(who);
      case RequestKind.LEASE_REVOKE:
        return this.#permissions.changeLease(who, LeaseRevokeRequest.decode(buf, start, end).id);
      default:
        return undefined;
    }
  }
}

export function credentialsOf(request: ReplicatedRequestView): Credentials | undefined {
  if (!request.hasCredentials) return undefined;
  return { user: request.username(), revision: request.authRevision };
}
