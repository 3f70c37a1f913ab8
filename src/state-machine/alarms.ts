/**
 * Alarms: what is wrong with which member, agreed upon through the log like everything else, so that all members refuse
 * the same requests until somebody has looked after it. While one of lacking space is raised by anybody, nothing may be
 * added; after one of states that differ, nothing may be changed. Reads go on.
 */
import type { BackendReader, BackendTransaction } from '../mvcc/index.js';
import { EMPTY_BYTES } from '../stdx/index.js';
import {
  AlarmAction,
  AlarmMember,
  type AlarmRequest,
  AlarmType,
  decodeTxnRequest,
  type ReplicatedRequestView,
  RequestKind,
} from '../wire/index.js';
import { Reason, type Refusal } from './reason.js';
import { costOfTxn } from './request-cost.js';

const KNOWN = new Set<number>([AlarmType.NOSPACE, AlarmType.CORRUPT]);

/** How logs, health and etcd's texts call an alarm. */
export function alarmName(alarm: number): string {
  if (alarm === AlarmType.NOSPACE) return 'NOSPACE';
  return alarm === AlarmType.CORRUPT ? 'CORRUPT' : 'UNKNOWN';
}

function order(a: AlarmMember, b: AlarmMember): number {
  if (a.alarm !== b.alarm) return a.alarm - b.alarm;
  return a.memberId < b.memberId ? -1 : a.memberId > b.memberId ? 1 : 0;
}

export class Alarms {
  /** By kind and member. */
  #raised: readonly AlarmMember[] = [];
  /** Since the last write to the backend: what was raised (true) or ended. */
  #changes: { readonly alarm: AlarmMember; readonly isRaised: boolean }[] = [];
  #lacksSpace = false;
  #isCorrupt = false;

  /** All of a kind; `AlarmType.NONE` for those of every kind. */
  list(alarm: number = AlarmType.NONE): readonly AlarmMember[] {
    return alarm === AlarmType.NONE ? this.#raised : this.#raised.filter((each) => each.alarm === alarm);
  }

  has(memberId: bigint, alarm: number): boolean {
    return this.#raised.some((each) => each.memberId === memberId && each.alarm === alarm);
  }

  get isAnyRaised(): boolean {
    return this.#raised.length > 0;
  }

  /** Carries a request out; returns the alarms that its answer names. */
  apply(request: AlarmRequest): readonly AlarmMember[] | Refusal {
    const { action, memberId, alarm } = request;
    if (action === AlarmAction.GET) return this.list(alarm);
    if (action !== AlarmAction.ACTIVATE && action !== AlarmAction.DEACTIVATE) return Reason.UNKNOWN_METHOD;
    if (alarm === AlarmType.NONE) return [];
    if (!KNOWN.has(alarm)) return Reason.UNKNOWN_METHOD;
    const isRaised = action === AlarmAction.ACTIVATE;
    const wasRaised = this.has(memberId, alarm);
    const subject = { memberId, alarm };
    if (isRaised !== wasRaised) this.#change(subject, isRaised);
    return isRaised || wasRaised ? [subject] : [];
  }

  /** Why a request may not be carried out while these alarms are raised. Expired leases end all the same. */
  refusalOf(request: ReplicatedRequestView): Refusal | undefined {
    if (this.#isCorrupt && changesState(request.kind)) return Reason.CORRUPT;
    if (this.#lacksSpace && addsToStore(request)) return Reason.NO_SPACE;
    return undefined;
  }

  /** At the start, and when the backend's content was replaced. */
  restore(backend: BackendReader): void {
    const raised: AlarmMember[] = [];
    backend.scan('alarm', EMPTY_BYTES, undefined, (key) => {
      raised.push(AlarmMember.decode(key.slice()));
      return true;
    });
    this.#changes = [];
    this.#take(raised);
  }

  /** Writes what has changed since the last call: etcd's records, the alarm as the key of nothing. */
  write(tx: BackendTransaction): void {
    for (const { alarm, isRaised } of this.#changes) {
      const key = AlarmMember.toBytes(alarm);
      if (isRaised) tx.put('alarm', key, EMPTY_BYTES);
      else tx.delete('alarm', key);
    }
    this.#changes = [];
  }

  #change(alarm: AlarmMember, isRaised: boolean): void {
    this.#changes.push({ alarm, isRaised });
    const others = this.#raised.filter((each) => order(each, alarm) !== 0);
    this.#take(isRaised ? [...others, alarm] : others);
  }

  #take(raised: readonly AlarmMember[]): void {
    this.#raised = raised.toSorted(order);
    this.#lacksSpace = raised.some(({ alarm }) => alarm === AlarmType.NOSPACE);
    this.#isCorrupt = raised.some(({ alarm }) => alarm === AlarmType.CORRUPT);
  }
}

function changesState(kind: number): boolean {
  switch (kind) {
    case RequestKind.PUT:
    case RequestKind.DELETE_RANGE:
    case RequestKind.TXN:
    case RequestKind.COMPACTION:
    case RequestKind.LEASE_GRANT:
    case RequestKind.LEASE_REVOKE:
      return true;
    default:
      return false;
  }
}

function addsToStore({ kind, buf, requestStart, requestEnd }: ReplicatedRequestView): boolean {
  if (kind === RequestKind.TXN) return costOfTxn(decodeTxnRequest(buf, requestStart, requestEnd)) > 0;
  return kind === RequestKind.PUT || kind === RequestKind.LEASE_GRANT;
}
