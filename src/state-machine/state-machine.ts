/**
 * The one place that interprets committed bytes. Applying an entry is deterministic: equal logs give equal stores on
 * every member, whatever the time is. The outcome of a request is its answer or a {@link Refusal}; anything else that
 * goes wrong (a malformed entry, a broken store) is a bug and must stop the member.
 */
import { AuthStore } from '../auth/index.js';
import { Lessor } from '../lease/index.js';
import type { Cluster } from '../membership/index.js';
import type { BackendReader, BackendTransaction, Store } from '../mvcc/index.js';
import type { ConfChange, ConfState, Entry } from '../raft/index.js';
import { assert, ByteWriter } from '../stdx/index.js';
import {
  AlarmRequest,
  AlarmResponse,
  CompactionRequest,
  DeleteRangeRequestView,
  DowngradeTarget,
  decodeTxnRequest,
  LeaseExpiry,
  LeaseGrantRequest,
  LeaseRevokeRequest,
  LeaseTimes,
  MemberAttributes,
  PutRequestView,
  type ReplicatedRequestView,
  RequestKind,
  StateHash,
  TokenIssue,
  type TxnRequest,
} from '../wire/index.js';
import { Alarms } from './alarms.js';
import { applyAuth, isAuthKind, type LoginListener, loginToken, NO_LOGINS } from './apply-auth.js';
import { type ConfChangeOutcome, changeMembers, NO_CHANGE } from './apply-conf-change.js';
import { checkPutNow, executeDeleteRange, executePut, type PutFields } from './apply-kv.js';
import {
  checkpointLeases,
  expireLeases,
  grantLease,
  keysOfLease,
  persistLeases,
  restoreLeases,
  revokeLease,
} from './apply-lease.js';
import { changeByTxnPath, checkTxnPath, chooseTxnPath, executeTxnPath } from './apply-txn.js';
import { authReason } from './auth-reason.js';
import { Downgrade } from './downgrade.js';
import { credentialsOf, EntryPermissions } from './entry-permissions.js';
import { Permissions } from './permissions.js';
import { type Identity, Persisted } from './persisted.js';
import { PersistedAuth } from './persisted-auth.js';
import { Reason, type Refusal } from './reason.js';
import type { HeaderWriter } from './response.js';

/** Memory that the buffer for parts of answers may keep after a large one. */
const PREVIOUS_BYTES_KEPT = 4 * 1024 * 1024;

export class StateMachine {
  readonly store: Store;
  readonly cluster: Cluster;
  readonly lessor = new Lessor();
  readonly auth = new AuthStore();
  readonly alarms = new Alarms();
  readonly downgrade = new Downgrade();
  /** What users may do in the present state. */
  readonly permissions: Permissions;
  /** Told of logins as they are agreed upon. */
  logins: LoginListener = NO_LOGINS;
  /** Told of checksums of the leader's state, which are to be compared with this one. */
  onStateHash: ((hash: StateHash) => void) | undefined;
  readonly #header: HeaderWriter;
  readonly #persisted: Persisted;
  readonly #persistedAuth = new PersistedAuth(this.auth);
  readonly #entryPermissions: EntryPermissions;
  readonly #put = new PutRequestView();
  readonly #delete = new DeleteRangeRequestView();
  readonly #prev = new ByteWriter(4096);
  #appliedIndex = 0;
  #appliedTerm = 0;

  constructor(store: Store, cluster: Cluster, header: HeaderWriter) {
    this.store = store;
    this.cluster = cluster;
    this.#header = header;
    this.#persisted = new Persisted(cluster);
    const { lessor } = this;
    this.permissions = new Permissions(this.auth, {
      keysOf: (id) => {
        const lease = lessor.get(id);
        return lease === undefined ? undefined : keysOfLease(store, lease);
      },
    });
    this.#entryPermissions = new EntryPermissions(this.permissions);
    store.listenToLeases({ onLeaseChange: (keyId, from, to) => lessor.move(keyId, from, to) });
  }

  /** Reads from the backend how far it is and who the members are: at the start, and when its content was replaced. */
  restore(backend: BackendReader): void {
    this.#persisted.restore(backend);
    this.#persistedAuth.restore(backend);
    // Passwords and users may have changed: what was agreed upon before does not count any more, as after a restart.
    this.logins.onAllEnded();
    this.alarms.restore(backend);
    this.downgrade.restore(backend);
    restoreLeases(backend, this.store, this.lessor);
    this.#appliedIndex = this.#persisted.appliedIndex;
    this.#appliedTerm = this.#persisted.appliedTerm;
  }

  /** Whose state the backend holds; undefined in an empty one. */
  get identity(): Identity | undefined {
    return this.#persisted.identity;
  }

  /** Makes an empty backend this member's own. */
  claim(identity: Identity): void {
    this.#persisted.identity = identity;
  }

  /** Index and term of the last entry that was applied. */
  get appliedIndex(): number {
    return this.#appliedIndex;
  }

  get appliedTerm(): number {
    return this.#appliedTerm;
  }

  /** The voting configuration as of the applied index. */
  get confState(): ConfState {
    return this.#persisted.confState;
  }

  /** Adds to a backend transaction what belongs to the store's state at this very index. */
  persist(tx: BackendTransaction): void {
    this.#persisted.write(tx, this.#appliedIndex, this.#appliedTerm);
    this.#persistedAuth.write(tx);
    this.alarms.write(tx);
    this.downgrade.write(tx);
    persistLeases(tx, this.lessor);
  }

  /** Takes the entry as applied; entries come in order, each once. */
  #advance(entry: Entry): void {
    assert(entry.index === this.#appliedIndex + 1, 'entries are applied in order');
    this.#appliedIndex = entry.index;
    this.#appliedTerm = entry.term;
  }

  /** The no-op with which a leader opens its term. */
  applyEmpty(entry: Entry): void {
    this.#advance(entry);
  }

  /**
   * A conf change. `switchTo` is raft's own part: it is called with the change, or with one of nothing if this one is
   * refused, and returns the configuration it has taken up.
   */
  applyConfChange(
    entry: Entry,
    change: ConfChange,
    switchTo: (allowed: ConfChange) => ConfState,
  ): ConfChangeOutcome {
    this.#advance(entry);
    const outcome = changeMembers(this.cluster, change);
    this.#persisted.confState = switchTo(outcome.refusal === undefined ? change : NO_CHANGE);
    return outcome;
  }

  /**
   * Applies a request. `request` is the decoded entry. The whole answer is appended to `out`, if somebody on this member
   * waits for it; on a refusal nothing is.
   */
  apply(entry: Entry, request: ReplicatedRequestView, out: ByteWriter | undefined): Refusal | undefined {
    this.#advance(entry);
    if (isAuthKind(request.kind)) return this.#applyAuth(entry, request, out);
    if (this.alarms.isAnyRaised) {
      const refusal = this.alarms.refusalOf(request);
      if (refusal !== undefined) return refusal;
    }
    if (this.auth.enabled) {
      const refusal = this.#entryPermissions.check(request);
      if (refusal !== undefined) return authReason(refusal);
    }
    const { buf, requestStart: start, requestEnd: end } = request;
    switch (request.kind) {
      case RequestKind.PUT:
        return this.#applyPut(buf, start, end, out);
      case RequestKind.DELETE_RANGE:
        this.#applyDeleteRange(buf, start, end, out);
        return undefined;
      case RequestKind.TXN:
        return this.#applyTxn(decodeTxnRequest(buf, start, end), out);
      case RequestKind.COMPACTION:
        return this.#applyCompaction(CompactionRequest.decode(buf, start, end).revision, out);
      case RequestKind.LEASE_GRANT:
        return this.#applyLeaseGrant(LeaseGrantRequest.decode(buf, start, end), out);
      case RequestKind.LEASE_REVOKE:
        return this.#applyLeaseRevoke(LeaseRevokeRequest.decode(buf, start, end).id, out);
      case RequestKind.LEASE_CHECKPOINT:
        checkpointLeases(this.lessor, entry.term, LeaseTimes.decode(buf, start, end));
        return undefined;
      case RequestKind.LEASE_EXPIRE:
        expireLeases(this.store, this.lessor, entry.term, LeaseExpiry.decode(buf, start, end));
        return undefined;
      case RequestKind.ALARM:
        return this.#applyAlarm(AlarmRequest.decode(buf, start, end), out);
      case RequestKind.DOWNGRADE_TARGET:
        this.downgrade.apply(DowngradeTarget.decode(buf, start, end));
        return undefined;
      case RequestKind.STATE_HASH:
        this.onStateHash?.(StateHash.decode(buf, start, end));
        return undefined;
      case RequestKind.MEMBER_ATTRIBUTES:
        this.#applyMemberAttributes(MemberAttributes.decode(buf, start, end));
        return undefined;
      default:
        assert(false, 'the log holds a kind of request that this version does not know');
    }
  }

  #applyPut(buf: Uint8Array, start: number, end: number, out: ByteWriter | undefined): Refusal | undefined {
    const put = this.#put;
    put.decode(buf, start, end);
    const { keyStart, keyEnd, valueStart, valueEnd, lease } = put;
    const store = this.store;
    const isPlain = lease === 0n && !put.prevKv && !put.ignoreValue && !put.ignoreLease;
    if (!isPlain) return this.#applyPutWithOptions({ ...put, keyBuf: buf, valueBuf: buf }, out);
    store.begin();
    store.put(buf, keyStart, keyEnd, buf, valueStart, valueEnd, lease);
    const revision = store.end();
    if (out !== undefined) this.#header.write(out, revision, this.#appliedTerm);
    return undefined;
  }

  #applyPutWithOptions(put: PutFields, out: ByteWriter | undefined): Refusal | undefined {
    const refusal = checkPutNow(this.store, this.lessor, put);
    if (refusal !== undefined) return refusal;
    const prev = put.prevKv && out !== undefined ? this.#prev : undefined;
    prev?.resetWithin(PREVIOUS_BYTES_KEPT);
    this.store.begin();
    executePut(this.store, put, prev);
    const revision = this.store.end();
    if (out !== undefined) {
      this.#header.write(out, revision, this.#appliedTerm);
      if (prev !== undefined) out.raw(prev.buf, 0, prev.len);
    }
    return undefined;
  }

  #applyDeleteRange(buf: Uint8Array, start: number, end: number, out: ByteWriter | undefined): void {
    const request = this.#delete;
    request.decode(buf, start, end);
    const prev = request.prevKv && out !== undefined ? this.#prev : undefined;
    prev?.resetWithin(PREVIOUS_BYTES_KEPT);
    this.store.begin();
    const { keyStart, keyEnd, rangeEndStart, rangeEndEnd } = request;
    const deleted = executeDeleteRange(
      this.store,
      buf,
      keyStart,
      keyEnd,
      buf,
      rangeEndStart,
      rangeEndEnd,
      prev,
    );
    const revision = this.store.end();
    if (out !== undefined) {
      this.#header.write(out, revision, this.#appliedTerm);
      out.intField(2, deleted);
      if (prev !== undefined) out.raw(prev.buf, 0, prev.len);
    }
  }

  #applyTxn(request: TxnRequest, out: ByteWriter | undefined): Refusal | undefined {
    const path = chooseTxnPath(this.store, request);
    const refusal = checkTxnPath(this.store, this.lessor, path);
    if (refusal !== undefined) return refusal;
    if (out === undefined) {
      this.store.begin();
      changeByTxnPath(this.store, path);
      this.store.end();
      return undefined;
    }
    const body = this.#prev;
    body.resetWithin(PREVIOUS_BYTES_KEPT);
    this.store.begin();
    executeTxnPath(this.store, path, body);
    const revision = this.store.end();
    this.#header.write(out, revision, this.#appliedTerm);
    out.raw(body.buf, 0, body.len);
    return undefined;
  }

  /** Answers a read-only transaction from the present state. */
  readTxn(request: TxnRequest, out: ByteWriter): Refusal | undefined {
    const path = chooseTxnPath(this.store, request);
    const refusal = checkTxnPath(this.store, this.lessor, path);
    if (refusal !== undefined) return refusal;
    this.#header.write(out, this.store.revision, this.#appliedTerm);
    executeTxnPath(this.store, path, out);
    return undefined;
  }

  #applyLeaseGrant(request: LeaseGrantRequest, out: ByteWriter | undefined): Refusal | undefined {
    const refusal = grantLease(this.lessor, request);
    if (refusal !== undefined || out === undefined) return refusal;
    this.#header.write(out, this.store.revision, this.#appliedTerm);
    out.int64Field(2, request.id);
    out.intField(3, request.ttl);
    return undefined;
  }

  #applyLeaseRevoke(id: bigint, out: ByteWriter | undefined): Refusal | undefined {
    const refusal = revokeLease(this.store, this.lessor, id);
    if (refusal !== undefined || out === undefined) return refusal;
    this.#header.write(out, this.store.revision, this.#appliedTerm);
    return undefined;
  }

  #applyAuth(entry: Entry, request: ReplicatedRequestView, out: ByteWriter | undefined): Refusal | undefined {
    const { kind, buf, requestStart: start, requestEnd: end } = request;
    const { index } = entry;
    const refusal = applyAuth(this.auth, this.logins, {
      kind,
      buf,
      start,
      end,
      index,
      who: credentialsOf(request),
    });
    if (refusal !== undefined || out === undefined) return refusal;
    this.#header.write(out, this.store.revision, this.#appliedTerm);
    if (kind !== RequestKind.AUTHENTICATE) return undefined;
    out.stringField(2, loginToken(TokenIssue.decode(buf, start, end).token, index));
    return undefined;
  }

  #applyCompaction(revision: number, out: ByteWriter | undefined): Refusal | undefined {
    const status = this.store.compact(revision);
    if (status === 'compacted') return Reason.COMPACTED;
    if (status === 'future') return Reason.FUTURE_REVISION;
    if (out !== undefined) this.#header.write(out, this.store.revision, this.#appliedTerm);
    return undefined;
  }

  #applyAlarm(request: AlarmRequest, out: ByteWriter | undefined): Refusal | undefined {
    const alarms = this.alarms.apply(request);
    if ('message' in alarms) return alarms;
    if (out === undefined) return undefined;
    this.#header.write(out, this.store.revision, this.#appliedTerm);
    AlarmResponse.encode(out, { header: undefined, alarms });
    return undefined;
  }

  /** What a member says of itself once it runs; ignored if it has been removed meanwhile. */
  #applyMemberAttributes(attributes: MemberAttributes): void {
    const member = this.cluster.get(attributes.memberId);
    if (member === undefined) return;
    const { name, clientUrls } = attributes;
    this.cluster.amend(member.id, { name, clientUrls });
  }
}
