/**
 * State machine safety (thesis figure 3.2): whatever a member applies at an index, every other one applies there too, in
 * all its lives, and comes to the same revision.
 */
import { type Entry, EntryKind } from '../../raft/index.js';
import type { StateMachine } from '../../state-machine/index.js';
import { demand } from '../violation.js';
import { digest } from './digest.js';

interface AppliedEntry {
  readonly term: number;
  readonly kind: EntryKind;
  readonly data: number;
  /** Of the store, behind it. */
  readonly revision: number;
}

export class AppliedLog {
  /** By index. */
  readonly #entries: (AppliedEntry | undefined)[] = [];
  #confChanges = 0;

  /** The highest index that anybody has applied. */
  get last(): number {
    return Math.max(0, this.#entries.length - 1);
  }

  get confChanges(): number {
    return this.#confChanges;
  }

  /** The term of an entry that somebody has applied; undefined if nobody has, or it came with a snapshot everywhere. */
  termAt(index: number): number | undefined {
    return this.#entries[index]?.term;
  }

  note(name: string, entry: Entry, revision: number): void {
    const { index, term, kind } = entry;
    const applied: AppliedEntry = { term, kind, data: digest(entry.data), revision };
    const known = this.#entries[index];
    if (known === undefined) {
      this.#entries[index] = applied;
      if (kind !== EntryKind.NORMAL) this.#confChanges++;
      return;
    }
    const isSame =
      known.term === term &&
      known.kind === kind &&
      known.data === applied.data &&
      known.revision === applied.revision;
    demand(
      isSame,
      () =>
        `${name} applied at index ${index} an entry of term ${term} and came to revision ${revision}; another member had one of term ${known.term} and came to ${known.revision}`,
      () => ({ rule: 'state-machine-safety', members: [name], index }),
    );
  }

  /** Tells of each entry that `machine` applies from now on. */
  observe(machine: StateMachine, name: string, fail: (error: Error) => void): void {
    const note = (entry: Entry): void => {
      try {
        this.note(name, entry, machine.store.revision);
      } catch (error) {
        fail(error as Error);
      }
    };
    const apply = machine.apply.bind(machine);
    const applyEmpty = machine.applyEmpty.bind(machine);
    const applyConfChange = machine.applyConfChange.bind(machine);
    machine.apply = (entry, ...rest) => {
      const refusal = apply(entry, ...rest);
      note(entry);
      return refusal;
    };
    machine.applyEmpty = (entry) => {
      applyEmpty(entry);
      note(entry);
    };
    machine.applyConfChange = (entry, ...rest) => {
      const outcome = applyConfChange(entry, ...rest);
      note(entry);
      return outcome;
    };
  }
}
