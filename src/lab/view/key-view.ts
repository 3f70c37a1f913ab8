import type { Store } from '../../mvcc/index.js';
import { KEYS_SHOWN } from '../limits.js';
import type { KeyView } from './member-view.js';
import { keptList, keptObject } from './same.js';
import { shownText } from './text.js';

const EVERYTHING = new Uint8Array([0]);

/** The keys of a member's store, read again when its revision has changed. */
export class KeyEyes {
  #store: Store | undefined;
  #revision = -1;
  #view: readonly KeyView[] = [];

  look(store: Store): readonly KeyView[] {
    if (store === this.#store && store.revision === this.#revision) return this.#view;
    this.#store = store;
    this.#revision = store.revision;
    const before = new Map(this.#view.map((each) => [each.key, each]));
    const found: KeyView[] = [];
    store.forEachInRange(EVERYTHING, 0, 1, EVERYTHING, 0, 1, (kv) => {
      const { buf, createRevision, modRevision, version } = kv;
      const key = shownText(buf, kv.keyStart, kv.keyEnd);
      const value = shownText(buf, kv.valueStart, kv.valueEnd);
      const view = { key, value, createRevision, modRevision, version };
      found.push(keptObject(before.get(key) ?? null, view));
      return found.length < KEYS_SHOWN;
    });
    this.#view = keptList(this.#view, found);
    return this.#view;
  }
}
