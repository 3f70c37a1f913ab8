import type { Watcher } from './watcher.js';

/** Watchers found for one key. The array is used again and again: emptying one would free its memory each time. */
export class Matches {
  readonly watchers: Watcher[] = [];
  count = 0;

  push(watcher: Watcher): void {
    this.watchers[this.count++] = watcher;
  }

  /** Lets go of everything. */
  clear(): void {
    this.watchers.length = 0;
    this.count = 0;
  }
}
