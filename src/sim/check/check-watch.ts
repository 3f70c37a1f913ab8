/** etcd's promises for a watch: ordered, unique, reliable, atomic, resumable, bookmarkable; and right previous values. */
import { decodeLatin1 } from '../../stdx/index.js';
import { type Event, EventType } from '../../wire/index.js';
import { demand } from '../violation.js';
import { equalKv } from './equal.js';
import { interval, type ModelEvent } from './model.js';
import type { WatchRecord } from './record.js';
import type { Truth } from './truth.js';

interface Expected {
  readonly revision: number;
  readonly event: ModelEvent;
}

function expectedEvents(truth: Truth, record: WatchRecord): Expected[] {
  const expected: Expected[] = [];
  const isIn = interval(record.key, record.rangeEnd);
  for (let revision = record.start; revision <= truth.revision; revision++) {
    for (const event of truth.events[revision]!) {
      const isWanted = event.isDelete ? record.wantsDeletes : record.wantsPuts;
      if (isWanted && isIn(decodeLatin1(event.kv.key))) expected.push({ revision, event });
    }
  }
  return expected;
}

function isEvent(received: Event, { event }: Expected): boolean {
  if ((received.type === EventType.DELETE) !== event.isDelete) return false;
  return equalKv(received.kv!, event.kv);
}

/** A previous value is absent if there was none, or if the revision before may have been compacted. */
function hasRightPrevious(
  record: WatchRecord,
  received: Event,
  expected: Expected,
  compactedCeiling: number,
): boolean {
  const { prevKv } = received;
  const { prev } = expected.event;
  if (!record.prevKv) return prevKv === undefined;
  if (prevKv === undefined) return prev === undefined || expected.revision - 1 < compactedCeiling;
  return prev !== undefined && equalKv(prevKv, prev);
}

/** `isFinal`: the watch was open at the end, long after the last change, so that it must have everything. */
export function checkWatch(truth: Truth, record: WatchRecord, isFinal: boolean): void {
  const name = `a watch of ${JSON.stringify(decodeLatin1(record.key))} from revision ${record.start}`;
  if (record.start === 0) return;
  const expected = expectedEvents(truth, record);
  let at = 0;
  for (const { events, revision, compactedCeiling } of record.deliveries) {
    for (const received of events) {
      const wanted = expected[at++];
      demand(
        wanted !== undefined && isEvent(received, wanted),
        () =>
          `${name} got ${decodeLatin1(received.kv!.key)} at ${received.kv!.modRevision}, but revision ${wanted?.revision} was next`,
      );
      demand(
        hasRightPrevious(record, received, wanted, compactedCeiling),
        () => `${name} got a wrong previous value at revision ${wanted.revision}`,
      );
    }
    const next = expected[at];
    demand(
      events.length === 0 || next === undefined || next.revision > expected[at - 1]!.revision,
      () => `${name} got a part of revision ${next!.revision}`,
    );
    demand(
      events.length > 0 || next === undefined || next.revision > revision,
      () => `${name} was told of progress to ${revision} before revision ${next!.revision}`,
    );
  }
  if (record.compactRevision !== undefined) {
    demand(
      record.compactRevision > record.next,
      () => `${name} was ended by a compaction that did not reach it`,
    );
  } else if (isFinal) {
    demand(at === expected.length, () => `${name} never got revision ${expected[at]!.revision}`);
  }
}
