import { formatTrace } from '../../raft/index.js';
import type { Recorder } from '../record/recorder.js';
import type { LabEvent } from '../view/event-view.js';

/** An event of a run, with the reasons of the core in words. */
export function eventView({ history, directory }: Recorder, event: number): LabEvent {
  const { timeMs, event: number } = history.viewAt(event);
  const { traces, ...record } = history.recordAt(event);
  const lines = traces.map(({ member, event: traced }) => ({
    member,
    term: traced.term,
    kind: traced.kind,
    text: directory.named(formatTrace(traced)),
  }));
  return { event: number, timeMs, ...record, lines };
}
