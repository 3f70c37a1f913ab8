/** Watches over this member's storage, and tells the cluster by an alarm when something is wrong with it. */
import type { Backend } from '../mvcc/index.js';
import type { Clock, LogSink } from '../platform/index.js';
import { alarmName, type StateMachine } from '../state-machine/index.js';
import { AlarmAction, AlarmRequest, AlarmType, RequestKind } from '../wire/index.js';
import type { Proposals } from './proposals.js';
import { Quota } from './quota.js';
import { StateComparison } from './state-comparison.js';

export interface StorageGuardOptions {
  readonly memberId: bigint;
  /** Default: etcd's. Negative: no quota. */
  readonly quotaBackendBytes?: number;
  readonly stateComparisonMs?: number | undefined;
}

export interface StorageGuardParts {
  readonly machine: StateMachine;
  readonly backend: Pick<Backend, 'size'>;
  readonly sink: LogSink;
  readonly clock: Clock;
  readonly proposals: Pick<Proposals, 'add'>;
  /** Asks for a turn, in which what was added is proposed. */
  readonly schedule: () => void;
}

export class StorageGuard {
  readonly quota: Quota;
  readonly comparison: StateComparison;
  readonly #memberId: bigint;
  readonly #parts: StorageGuardParts;
  /** Who waits until an alarm that is on its way is raised; by kind. */
  readonly #raising = new Map<number, (() => void)[]>();

  constructor(options: StorageGuardOptions, parts: StorageGuardParts) {
    this.#memberId = options.memberId;
    this.#parts = parts;
    this.quota = new Quota(options.quotaBackendBytes, parts.backend, parts.sink);
    const { machine, clock, proposals, schedule } = parts;
    this.comparison = new StateComparison({
      machine,
      clock,
      intervalMs: options.stateComparisonMs,
      propose: (body) => {
        proposals.add(RequestKind.STATE_HASH, body, 0, body.length, undefined);
        schedule();
      },
      onDifference: (leader, own) => this.#raiseCorrupt({ leader, own }),
    });
  }

  /** A request did not fit. Calls back once every member knows, or could not be told. */
  raiseNoSpace(done: () => void): void {
    this.#raise(AlarmType.NOSPACE, done, () => {
      const fields = { 'quota-size-bytes': this.quota.bytes };
      this.#parts.sink.log('warn', 'message exceeded backend quota; raising alarm', fields);
    });
  }

  #raiseCorrupt(hashes: object): void {
    const announce = (): void =>
      this.#parts.sink.log('error', "state differs from the leader's; raising alarm", { ...hashes });
    this.#raise(AlarmType.CORRUPT, () => {}, announce);
  }

  #raise(alarm: number, done: () => void, announce: () => void): void {
    const { machine, proposals, schedule, sink } = this.#parts;
    if (machine.alarms.has(this.#memberId, alarm)) return done();
    const waiting = this.#raising.get(alarm);
    if (waiting !== undefined) return void waiting.push(done);
    this.#raising.set(alarm, [done]);
    announce();
    const settle = (): void => {
      const dones = this.#raising.get(alarm) ?? [];
      this.#raising.delete(alarm);
      for (const each of dones) each();
    };
    const request = { action: AlarmAction.ACTIVATE, memberId: this.#memberId, alarm };
    const body = AlarmRequest.toBytes(request);
    proposals.add(RequestKind.ALARM, body, 0, body.length, {
      reply: () => {
        sink.log('warn', 'alarm raised', { alarm: alarmName(alarm), 'raised-by': this.#memberId });
        settle();
      },
      finish: settle,
    });
    schedule();
  }
}
