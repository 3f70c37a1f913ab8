import type { RaftCore } from '../../raft/index.js';
import { LOG_ENTRIES_SHOWN } from '../limits.js';
import type { EntryViews } from './entry-views.js';
import type { EntryView } from './member-view.js';

/** The newest entries of a member's log. Logs that end alike are alike (thesis 3.5), so only the end is compared. */
export class LogEyes {
  readonly #entries: EntryViews;
  #firstShown = 0;
  #lastIndex = 0;
  #lastTerm = 0;
  #view: readonly EntryView[] = [];

  constructor(entries: EntryViews) {
    this.#entries = entries;
  }

  look({ log }: RaftCore): readonly EntryView[] {
    const lastIndex = log.lastIndex();
    const firstShown = Math.max(log.firstIndex(), lastIndex - LOG_ENTRIES_SHOWN + 1);
    const lastTerm = log.term(lastIndex) ?? 0;
    if (firstShown === this.#firstShown && lastIndex === this.#lastIndex && lastTerm === this.#lastTerm) {
      return this.#view;
    }
    this.#firstShown = firstShown;
    this.#lastIndex = lastIndex;
    this.#lastTerm = lastTerm;
    this.#view =
      lastIndex < firstShown
        ? []
        : log
            .slice(firstShown, lastIndex + 1, Number.POSITIVE_INFINITY)
            .map((entry) => this.#entries.view(entry));
    return this.#view;
  }

  /** A life is over: of what was shown, entries up to `index` are on its disk. */
  keepUpTo(index: number): readonly EntryView[] {
    this.#view = keptEntries(this.#view, index);
    this.#lastIndex = 0;
    return this.#view;
  }
}

function keptEntries(view: readonly EntryView[], index: number): readonly EntryView[] {
  const kept = view.filter((entry) => entry.index <= index);
  return kept.length === view.length ? view : kept;
}
