/**
 * What happened, revision by revision, as one watch over all keys told it. Everything else that clients saw is compared
 * with this, so a watch that lies, a read that is stale and a write that is lost all end in a contradiction.
 */
import { decodeLatin1 } from '../../stdx/index.js';
import { EventType, type KeyValue } from '../../wire/index.js';
import { demand } from '../violation.js';
import type { KvState, ModelEvent } from './model.js';
import type { WatchRecord } from './record.js';

export class Truth {
  /** By revision. */
  readonly states: KvState[] = [new Map(), new Map()];
  /** By revision: its changes in order. */
  readonly events: (readonly ModelEvent[])[] = [[], []];

  constructor(observer: WatchRecord) {
    for (const { events } of observer.deliveries) {
      let at = 0;
      while (at < events.length) {
        const revision = events[at]!.kv!.modRevision;
        let end = at;
        while (end < events.length && events[end]!.kv!.modRevision === revision) end++;
        this.#add(
          revision,
          events.slice(at, end).map(({ type, kv }) => ({ isDelete: type === EventType.DELETE, kv: kv! })),
        );
        at = end;
      }
    }
  }

  get revision(): number {
    return this.states.length - 1;
  }

  #add(revision: number, changes: readonly { isDelete: boolean; kv: KeyValue }[]): void {
    demand(
      revision === this.states.length,
      () => `the watch over all keys delivered revision ${revision} where ${this.states.length} was next`,
    );
    const state = new Map(this.states[revision - 1]!);
    const events: ModelEvent[] = [];
    for (const { isDelete, kv } of changes) {
      const name = decodeLatin1(kv.key);
      events.push({ isDelete, kv, prev: state.get(name) });
      if (isDelete) state.delete(name);
      else state.set(name, kv);
    }
    this.states.push(state);
    this.events.push(events);
  }
}
