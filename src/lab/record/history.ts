/** All views of a run, and what can be told of it as a whole. Unchanged parts of views are shared, so each costs little. */
import type { TraceEvent } from '../../raft/index.js';
import { assert } from '../../stdx/index.js';
import { EVENTS_FORGOTTEN_AT_ONCE, EVENTS_KEPT_MAX } from '../limits.js';
import type { LabEventCause, LabMark, MarkKind, MemberSpan } from '../view/event-view.js';
import type { MemberView } from '../view/member-view.js';
import type { LabView } from '../view/view.js';

/** A line of the core's trace, formatted when it is asked for. */
export interface TracedEvent {
  readonly member: number;
  readonly event: TraceEvent;
}

export interface EventRecord {
  readonly cause: LabEventCause;
  readonly member: number;
  readonly message: number;
  readonly action: string;
  readonly traces: readonly TracedEvent[];
}

const NO_TRACES: readonly TracedEvent[] = [];
const BEGINNING: EventRecord = { cause: 'start', member: 0, message: 0, action: '', traces: NO_TRACES };

export class History {
  /** `#views[0]` is that of event `#first`. */
  #views: LabView[] = [];
  #records: EventRecord[] = [];
  #first = 0;
  readonly spans: MemberSpan[] = [];
  readonly marks: LabMark[] = [];

  constructor(beginning: LabView) {
    this.#views.push(beginning);
    this.#records.push(BEGINNING);
    for (const member of beginning.members) this.#begin(beginning, member);
  }

  /** The oldest event whose view is still there. */
  get first(): number {
    return this.#first;
  }

  get last(): LabView {
    return this.#views[this.#views.length - 1]!;
  }

  add(view: LabView, record: EventRecord): void {
    const before = this.last;
    assert(view.event === before.event + 1, 'events are numbered without gaps');
    this.#views.push(view);
    this.#records.push(record);
    this.#compare(before, view);
    if (this.#views.length <= EVENTS_KEPT_MAX) return;
    this.#views = this.#views.slice(EVENTS_FORGOTTEN_AT_ONCE);
    this.#records = this.#records.slice(EVENTS_FORGOTTEN_AT_ONCE);
    this.#first += EVENTS_FORGOTTEN_AT_ONCE;
  }

  /** The view behind an event; the nearest there is, if that is forgotten or to come. */
  viewAt(event: number): LabView {
    return this.#views[this.#slot(event)]!;
  }

  recordAt(event: number): EventRecord {
    return this.#records[this.#slot(event)]!;
  }

  /** The last event at or before a time. */
  eventAt(ms: number): number {
    let low = 0;
    let high = this.#views.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#views[middle]!.timeMs <= ms) low = middle;
      else high = middle - 1;
    }
    return this.#first + low;
  }

  mark(view: LabView, kind: MarkKind, member: number): void {
    this.marks.push({ event: view.event, timeMs: view.timeMs, kind, member });
  }

  #slot(event: number): number {
    return Math.min(Math.max(0, Math.floor(event) - this.#first), this.#views.length - 1);
  }

  #begin(view: LabView, { id, state, role, term }: MemberView): void {
    this.spans.push({ member: id, fromMs: view.timeMs, fromEvent: view.event, state, role, term });
  }

  #compare(before: LabView, view: LabView): void {
    if (before.members !== view.members) {
      for (const member of view.members) {
        const old = before.members[member.id - 1];
        if (old === member) continue;
        if (old?.state !== member.state || old.role !== member.role || old.term !== member.term) {
          this.#begin(view, member);
        }
        if (old !== undefined) this.#markMember(view, old, member);
      }
    }
    if (before.cuts !== view.cuts) {
      this.mark(view, view.cuts.length > before.cuts.length ? 'partition' : 'heal', 0);
    }
    if (before.violations !== view.violations) this.mark(view, 'violation', 0);
  }

  #markMember(view: LabView, old: MemberView, { id, state, role, term, ...rest }: MemberView): void {
    if (old.state !== state) {
      if (state === 'paused') this.mark(view, 'pause', id);
      else if (old.state === 'paused' && state !== 'down') this.mark(view, 'resume', id);
      else if (state === 'down') this.mark(view, 'crash', id);
      else if (state === 'starting' && old.lives > 0) this.mark(view, 'restart', id);
    }
    if (role === 'candidate' && (old.role !== role || old.term !== term)) this.mark(view, 'election', id);
    if (role === 'leader' && old.role !== role) this.mark(view, 'leader', id);
    if (old.role === 'leader' && role !== 'leader' && state !== 'down') this.mark(view, 'step-down', id);
    if (role === 'leader' && old.role === role && rest.commit > old.commit) this.mark(view, 'commit', id);
    if (role === 'leader' && old.configuration !== rest.configuration && old.role === role) {
      this.mark(view, 'membership', id);
    }
  }
}
