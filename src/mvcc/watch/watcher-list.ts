import { assert } from '../../stdx/index.js';
import type { Matches } from './matches.js';
import type { Watcher } from './watcher.js';

/** The watchers of one key or one range, in no order. A watcher is in one list at a time. */
export class WatcherList {
  readonly watchers: Watcher[] = [];

  get empty(): boolean {
    return this.watchers.length === 0;
  }

  add(watcher: Watcher): void {
    assert(watcher.slot === -1, 'a watcher is in one list at a time');
    watcher.slot = this.watchers.length;
    this.watchers.push(watcher);
  }

  remove(watcher: Watcher): void {
    assert(this.watchers[watcher.slot] === watcher, 'a watcher is removed from the list that holds it');
    const last = this.watchers.pop()!;
    if (last !== watcher) {
      this.watchers[watcher.slot] = last;
      last.slot = watcher.slot;
    }
    watcher.slot = -1;
  }

  appendTo(out: Matches): void {
    for (const watcher of this.watchers) out.push(watcher);
  }
}
