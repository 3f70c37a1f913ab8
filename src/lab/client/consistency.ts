/**
 * Whether what clients were answered fits together, as far as a few operations tell: a linearizable answer comes from a
 * state at least as new as any that was acknowledged before the question, and what was acknowledged is still there.
 * (The simulator checks whole histories against a model; this check is for looking at.)
 */
import { Violation } from '../../sim/index.js';

/** The newest acknowledged change of a key. */
interface Acknowledged {
  readonly revision: number;
  readonly isDelete: boolean;
}

/** What was acknowledged when an operation began. */
export interface Floor {
  readonly revision: number;
  readonly key: Acknowledged | undefined;
}

/** A key as a read found it; revision 0: absent. */
export interface ReadAnswer {
  readonly modRevision: number;
  /** Of the state that was read. */
  readonly revision: number;
}

export class Consistency {
  readonly #keys = new Map<string, Acknowledged>();
  /** Keys that some deletion was asked for, whether it was answered or not. */
  readonly #deleted = new Set<string>();
  #revision = 0;

  floorOf(key: string): Floor {
    return { revision: this.#revision, key: this.#keys.get(key) };
  }

  noteDeletion(key: string): void {
    this.#deleted.add(key);
  }

  /** A change was acknowledged. */
  changed(key: string, revision: number, isDelete: boolean, floor: Floor): void {
    if (revision <= floor.revision) {
      throw new Violation(
        `a change of ${key} was acknowledged at revision ${revision}, after revision ${floor.revision} had been`,
        { rule: 'linearizability' },
      );
    }
    this.#revision = Math.max(this.#revision, revision);
    const before = this.#keys.get(key);
    if (before === undefined || before.revision < revision) this.#keys.set(key, { revision, isDelete });
  }

  /** Anything else was answered. */
  seen(revision: number): void {
    this.#revision = Math.max(this.#revision, revision);
  }

  /** Why a read's answer is older than what was acknowledged when it began; undefined: it is not. */
  staleness(key: string, { modRevision, revision }: ReadAnswer, floor: Floor): string | undefined {
    if (revision < floor.revision) {
      return `a read of ${key} was answered at revision ${revision}; revision ${floor.revision} had been acknowledged before it began`;
    }
    const known = floor.key;
    if (known === undefined || known.isDelete || modRevision >= known.revision) return undefined;
    if (modRevision === 0 && this.#deleted.has(key)) return undefined;
    return `a read of ${key} found its revision ${modRevision}; revision ${known.revision} had been acknowledged before it began`;
  }
}
