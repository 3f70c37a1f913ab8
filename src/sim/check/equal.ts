/** Whether two accounts of a key or a change say the same. */
import { equalBytes } from '../../stdx/index.js';
import type { KeyValue } from '../../wire/index.js';
import type { ModelEvent } from './model.js';

export function equalKv(a: KeyValue, b: KeyValue): boolean {
  return (
    a.modRevision === b.modRevision &&
    a.createRevision === b.createRevision &&
    a.version === b.version &&
    a.lease === b.lease &&
    equalBytes(a.key, b.key) &&
    equalBytes(a.value, b.value)
  );
}

export function equalEvents(a: readonly ModelEvent[], b: readonly ModelEvent[]): boolean {
  return (
    a.length === b.length &&
    a.every((event, i) => event.isDelete === b[i]!.isDelete && equalKv(event.kv, b[i]!.kv))
  );
}
