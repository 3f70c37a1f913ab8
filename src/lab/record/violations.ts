/** What was found wrong in a run, each kind of message once. */
import type { RaftCore } from '../../raft/index.js';
import { type AppliedLog, Violation } from '../../sim/index.js';
import { VIOLATIONS_MAX } from '../limits.js';
import type { Directory } from '../view/directory.js';
import type { InvariantName, ViolationView } from '../view/view.js';

/** Entries that are compared with what others have applied when a leader is elected. */
const COMPARED_MAX = 500;

export class Violations {
  readonly #directory: Directory;
  readonly #now: () => { readonly ms: number; readonly event: number };
  readonly #messages = new Set<string>();
  #view: readonly ViolationView[] = [];

  constructor(directory: Directory, now: () => { readonly ms: number; readonly event: number }) {
    this.#directory = directory;
    this.#now = now;
  }

  get view(): readonly ViolationView[] {
    return this.#view;
  }

  note(error: Error): void {
    const about = error instanceof Violation ? error.about : {};
    const members = (about.members ?? []).map((member) =>
      typeof member === 'bigint' ? this.#directory.numberOf(member) : Number(member.slice(1)),
    );
    this.#add(about.rule ?? 'member-state', members, about.index ?? 0, error.message);
  }

  /** Leader completeness (thesis figure 3.2): whoever is elected holds all that anybody has applied. */
  checkElected(member: number, { log, term }: RaftCore, applied: AppliedLog): void {
    const last = applied.last;
    const first = Math.max(log.firstIndex(), last - COMPARED_MAX);
    for (let index = first; index <= last; index++) {
      const expected = applied.termAt(index);
      const held = log.term(index);
      if (expected === undefined || held === expected) continue;
      const found = held === null ? 'no entry' : `one of term ${held}`;
      const message = `m${member} leads term ${term} with ${found} at index ${index}, where an entry of term ${expected} was applied`;
      return this.#add('leader-completeness', [member], index, message);
    }
  }

  #add(invariant: InvariantName, members: readonly number[], index: number, text: string): void {
    const message = this.#directory.named(text);
    if (this.#messages.has(message) || this.#view.length >= VIOLATIONS_MAX) return;
    this.#messages.add(message);
    const { ms, event } = this.#now();
    this.#view = [...this.#view, { event, timeMs: ms, invariant, members, index, message }];
  }
}
