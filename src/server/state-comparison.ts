/**
 * Members whose states differ must not go on as if nothing were. Now and then the leader hashes its keys at its present
 * revision (HashKV) and puts the hash into the log; whoever applies that hashes its own keys at the same revision, and
 * says so if they are others. All in slices. A compaction in between makes the hashes incomparable; there will be others.
 */
import type { Clock, Timer } from '../platform/index.js';
import type { StateMachine } from '../state-machine/index.js';
import { StateHash } from '../wire/index.js';
import { COMPARISON_INTERVAL_MS, COMPARISON_PAUSE_MS, COMPARISON_RECORDS } from './limits.js';

export interface StateComparisonParts {
  readonly machine: StateMachine;
  readonly clock: Clock;
  /** Default: {@link COMPARISON_INTERVAL_MS}. */
  readonly intervalMs?: number | undefined;
  /** Replicates a {@link StateHash}. */
  readonly propose: (body: Uint8Array) => void;
  /** This member's keys are not the leader's. */
  readonly onDifference: (leader: StateHash, own: StateHash) => void;
}

export class StateComparison {
  readonly #parts: StateComparisonParts;
  readonly #intervalMs: number;
  #timer: Timer | undefined;
  #isLeader = false;
  #nextAt: number;
  /** What the leader hashed last: unchanged keys are not hashed again. */
  #seen: StateHash | undefined;
  #stopped = false;

  constructor(parts: StateComparisonParts) {
    this.#parts = parts;
    this.#intervalMs = parts.intervalMs ?? COMPARISON_INTERVAL_MS;
    this.#nextAt = parts.clock.now() + this.#intervalMs;
    parts.machine.onStateHash = (leader) => this.#compare(leader);
  }

  /** Called at each tick of the member. */
  tick(isLeader: boolean): void {
    this.#isLeader = isLeader;
    const { clock, machine } = this.#parts;
    if (!isLeader || clock.now() < this.#nextAt) return;
    this.#nextAt = clock.now() + this.#intervalMs;
    const { revision, compactedRevision } = machine.store;
    const seen = this.#seen;
    if (seen?.revision === revision && seen.compactRevision === compactedRevision) return;
    this.#hash(0, (own) => {
      this.#seen = own;
      if (this.#isLeader) this.#parts.propose(StateHash.toBytes(own));
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #compare(leader: StateHash): void {
    // Its own: as the leader's, if it still leads.
    if (this.#seen?.revision === leader.revision && this.#seen.hash === leader.hash) return;
    this.#hash(leader.revision, (own) => {
      if (own.compactRevision !== leader.compactRevision || own.hash === leader.hash) return;
      this.#parts.onDifference(leader, own);
    });
  }

  /** One at a time: a later one takes the place of an earlier. */
  #hash(revision: number, done: (own: StateHash) => void): void {
    if (this.#stopped) return;
    this.#timer?.cancel();
    const { clock, machine } = this.#parts;
    const run = machine.store.hashKv(revision);
    const work = (): void => {
      if (!run.step(COMPARISON_RECORDS)) {
        this.#timer = clock.setTimer(COMPARISON_PAUSE_MS, work);
      } else if (run.status === 'ok') {
        done({ revision: run.hashRevision, compactRevision: run.compactRevision, hash: run.hash });
      }
    };
    this.#timer = clock.setTimer(0, work);
  }
}
