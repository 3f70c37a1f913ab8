/**
 * What a watcher must receive, told from the log of all events. The log comes from a watcher over everything that lives from
 * revision 1 to the end of the run.
 */
import type { Message } from '../harness/index.js';
import type { ReceivedEvent } from './watch-side.js';

export interface WatcherModel {
  readonly streamIndex: number;
  readonly id: number;
  readonly request: Message;
  /** First revision of interest. */
  readonly startRevision: number;
  /** Header revision of the created response. */
  readonly createdRevision: number;
  /** The compacted revision when it was created. */
  readonly compactedAtCreation: number;
  /** It starts in compacted history, so it is canceled by the server. */
  readonly isCompacted: boolean;
  /** It starts with a part of history that is there. */
  readonly readsHistory: boolean;
  readonly createdAtMs: number;
  /** A difference was told already: what follows is its consequence. */
  isReported: boolean;
  /** Position in the log up to which `expected` counts. */
  logAt: number;
  expected: number;
  /** How many events were compared already. */
  compared: number;
}

/** Advances the count of expected events to the end of the log. */
export function countExpected(model: WatcherModel, log: readonly ReceivedEvent[]): number {
  for (; model.logAt < log.length; model.logAt++) {
    if (matches(model, log, model.logAt)) model.expected++;
  }
  return model.expected;
}

function matches(model: WatcherModel, log: readonly ReceivedEvent[], at: number): boolean {
  const event = log[at]!;
  if (model.isCompacted || event.modRevision < model.startRevision) return false;
  if (!inRange(model.request, event.key)) return false;
  const filters = (model.request['filters'] ?? []) as readonly number[];
  if (filters.includes(event.isDelete ? 1 : 0)) return false;
  // The compaction kept only the last change of a key at the compacted revision itself.
  return event.modRevision !== model.compactedAtCreation || !isSuperseded(log, at);
}

/**
 * Takes out what `superseded-at-compaction` accepts: changes at the compacted revision itself that a later change of the same
 * transaction superseded (a put, and then a deletion that covers it). Gives back how many there were.
 */
export function dropSuperseded(
  model: WatcherModel,
  log: readonly ReceivedEvent[],
  events: ReceivedEvent[],
): number {
  const revision = model.compactedAtCreation;
  if (model.startRevision !== revision) return 0;
  const before = events.length;
  for (let i = 0; i < events.length && events[i]!.modRevision === revision; ) {
    const { key, isDelete } = events[i]!;
    const last = log.findLast((event) => event.modRevision === revision && event.key.equals(key));
    if (last !== undefined && last.isDelete !== isDelete) events.splice(i, 1);
    else i++;
  }
  return before - events.length;
}

function isSuperseded(log: readonly ReceivedEvent[], at: number): boolean {
  const event = log[at]!;
  for (let i = at + 1; i < log.length && log[i]!.modRevision === event.modRevision; i++) {
    if (log[i]!.key.equals(event.key)) return true;
  }
  return false;
}

const FROM_KEY = Buffer.from([0]);

function inRange(request: Message, key: Buffer): boolean {
  const asked = (request['key'] as Buffer | undefined) ?? Buffer.alloc(0);
  const start = asked.length === 0 ? FROM_KEY : asked;
  const end = (request['range_end'] as Buffer | undefined) ?? Buffer.alloc(0);
  if (end.length === 0) return key.equals(start);
  if (key.compare(start) < 0) return false;
  return end.equals(FROM_KEY) || key.compare(end) < 0;
}
