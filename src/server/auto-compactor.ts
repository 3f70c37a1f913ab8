/**
 * Compacts by itself, on the leader only (etcd's `--auto-compaction-mode` and `--auto-compaction-retention`).
 *
 * Periodic: keeps at least the history of the last `periodMs`. The revision is noted ten times per interval (the period,
 * at most an hour); what was current a whole period ago is compacted, first when a period has passed, then once per
 * interval. Revision: every five minutes all but the newest `revisions` are compacted.
 */
import type { Clock, LogSink, Timer } from '../platform/index.js';
import { Reason, type StateMachine } from '../state-machine/index.js';
import { CompactionRequest, RequestKind } from '../wire/index.js';
import type { Member } from './member.js';

export type AutoCompaction =
  | { readonly mode: 'periodic'; readonly periodMs: number }
  | { readonly mode: 'revision'; readonly revisions: number };

const HOUR_MS = 60 * 60 * 1000;
const NOTES_PER_INTERVAL = 10;
const REVISION_CHECK_MS = 5 * 60 * 1000;

/** The part of a member that is needed. */
export type Compactable = Pick<Member, 'isLeader' | 'propose'> & {
  readonly machine: { readonly store: Pick<StateMachine['store'], 'revision'> };
};

export class AutoCompactor {
  readonly #member: Compactable;
  readonly #clock: Clock;
  readonly #sink: LogSink;
  readonly #policy: AutoCompaction;
  readonly #intervalMs: number;
  /** Revisions noted at each step, oldest first; as many as a period has steps, and one. */
  #notes: number[] = [];
  readonly #notesMax: number;
  #lastSuccessAt: number;
  #lastRevision = 0;
  /** The first compaction waits for a whole period, later ones for an interval. */
  #succeeded = false;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(member: Compactable, clock: Clock, sink: LogSink, policy: AutoCompaction) {
    this.#member = member;
    this.#clock = clock;
    this.#sink = sink;
    this.#policy = policy;
    const periodMs = policy.mode === 'periodic' ? policy.periodMs : 0;
    this.#intervalMs = Math.min(periodMs, HOUR_MS);
    this.#notesMax = policy.mode === 'periodic' ? Math.floor(periodMs / this.#stepMs) + 1 : 0;
    this.#lastSuccessAt = clock.now();
  }

  start(): void {
    if (this.#policy.mode === 'periodic') this.#note();
    this.#arm();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  get #stepMs(): number {
    return this.#policy.mode === 'periodic' ? this.#intervalMs / NOTES_PER_INTERVAL : REVISION_CHECK_MS;
  }

  #arm(): void {
    this.#timer = this.#clock.setTimer(this.#stepMs, () => {
      if (this.#stopped) return;
      this.#step();
      this.#arm();
    });
  }

  #note(): void {
    this.#notes.push(this.#member.machine.store.revision);
    if (this.#notes.length > this.#notesMax) this.#notes.shift();
  }

  #step(): void {
    const target =
      this.#policy.mode === 'periodic' ? this.#periodicTarget() : this.#revisionTarget(this.#policy);
    if (target === undefined || target <= 0 || target === this.#lastRevision || !this.#member.isLeader)
      return;
    this.#compact(target);
  }

  /** Notes go on while another member leads, so that a new leader has a period's worth. */
  #periodicTarget(): number | undefined {
    if (this.#policy.mode !== 'periodic') return undefined;
    const oldest = this.#notes[0];
    const isFull = this.#notes.length === this.#notesMax;
    this.#note();
    const waitMs = this.#succeeded ? this.#intervalMs : this.#policy.periodMs;
    if (!isFull || this.#clock.now() - this.#lastSuccessAt < waitMs) return undefined;
    return oldest;
  }

  #revisionTarget(policy: { readonly revisions: number }): number {
    return this.#member.machine.store.revision - policy.revisions;
  }

  #compact(revision: number): void {
    const { mode } = this.#policy;
    this.#sink.log('info', `starting auto ${mode} compaction`, { revision });
    const body = CompactionRequest.toBytes({ revision, physical: false });
    const done = (): void => {
      this.#lastRevision = revision;
      this.#succeeded = true;
      this.#lastSuccessAt = this.#clock.now();
      this.#sink.log('info', `completed auto ${mode} compaction`, { revision });
    };
    this.#member.propose(RequestKind.COMPACTION, body, 0, body.length, {
      reply: done,
      finish: (_code, message) => {
        // Somebody else was faster: that is as good.
        if (message === Reason.COMPACTED.message) return done();
        this.#sink.log('warn', `failed auto ${mode} compaction`, { revision, error: message });
      },
    });
  }
}
