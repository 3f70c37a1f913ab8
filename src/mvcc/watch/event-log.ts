/**
 * The newest revisions' events, in order, for all watchers together: a linked list of segments. A revision lies whole
 * in one segment. The oldest segments are dropped when the log exceeds its bytes, but never beyond what `keepFrom`
 * says is still to be handed out. Whoever reads a dropped segment may finish: it is garbage-collected afterwards.
 */
import { assert } from '../../stdx/index.js';
import type { CommittedRevision } from '../commit-listener.js';
import { EventSegment } from './event-segment.js';
import { SEGMENT_BYTES, SEGMENT_SLACK_BYTES } from './limits.js';

export class EventLog {
  readonly #bytesMax: number;
  #head: EventSegment | undefined;
  #tail: EventSegment | undefined;
  #bytes = 0;
  #lastRevision = 0;

  constructor(bytesMax: number) {
    assert(bytesMax >= SEGMENT_BYTES, 'the event log holds a segment at least');
    this.#bytesMax = bytesMax;
  }

  get head(): EventSegment | undefined {
    return this.#head;
  }

  /** Bytes of all events held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The oldest revision held; Infinity if none. */
  get firstRevision(): number {
    return this.#head === undefined ? Infinity : this.#head.revisions[0]!;
  }

  /** The newest revision appended since the log was last empty, 0 if none. */
  get lastRevision(): number {
    return this.#head === undefined ? 0 : this.#lastRevision;
  }

  /** Appends a revision; segments with nothing at or after `keepFrom` may go. Returns the bytes appended. */
  append(committed: CommittedRevision, keepFrom: number): number {
    assert(
      this.#tail === undefined || committed.revision === this.#lastRevision + 1,
      'revisions reach the event log without a gap',
    );
    const segment = this.#segmentForNext();
    const before = segment.length;
    for (let i = 0; i < committed.count; i++) segment.append(committed.at(i));
    const appended = segment.length - before;
    this.#bytes += appended;
    this.#lastRevision = committed.revision;
    this.#evict(keepFrom);
    return appended;
  }

  /** The segment that holds `revision`, which must be held. */
  segmentOf(revision: number): EventSegment {
    assert(
      revision >= this.firstRevision && revision <= this.#lastRevision,
      'the event log holds the revision',
    );
    let segment = this.#head!;
    while (segment.next !== undefined && segment.next.revisions[0]! <= revision) segment = segment.next;
    return segment;
  }

  clear(): void {
    this.#head = undefined;
    this.#tail = undefined;
    this.#bytes = 0;
  }

  #segmentForNext(): EventSegment {
    const tail = this.#tail;
    if (tail !== undefined && tail.length < SEGMENT_BYTES - SEGMENT_SLACK_BYTES) return tail;
    // Whoever fills one segment will fill the next, with events of that kind.
    const fresh =
      tail === undefined
        ? new EventSegment()
        : new EventSegment(SEGMENT_BYTES, tail.count + (tail.count >> 3) + 8);
    if (tail === undefined) this.#head = fresh;
    else tail.next = fresh;
    this.#tail = fresh;
    return fresh;
  }

  #evict(keepFrom: number): void {
    while (this.#bytes > this.#bytesMax) {
      const head = this.#head!;
      if (head === this.#tail || head.revisions[head.count - 1]! >= keepFrom) return;
      this.#bytes -= head.length;
      this.#head = head.next;
    }
  }
}
