/**
 * Events with their previous KeyValue, for watchers that asked for it. They are encoded on demand, once for all the
 * watchers that get the same revision live.
 */
import { ByteWriter } from '../../stdx/index.js';
import type { EventPieces } from './event-pieces.js';
import type { EventSegment } from './event-segment.js';
import type { WatchHistory } from './history.js';

/** A scratch buffer that grew beyond this for one response is let go. */
const SCRATCH_BYTES_KEPT_MAX = 4 * 1024 * 1024;

interface Encoded {
  readonly buf: Uint8Array;
  readonly start: number;
  readonly end: number;
}

export class PreviousValues {
  readonly #history: WatchHistory;
  #scratch = new ByteWriter(4096);
  #segment: EventSegment | undefined;
  #revision = 0;
  readonly #encoded = new Map<number, Encoded>();

  constructor(history: WatchHistory) {
    this.#history = history;
  }

  /** The events pushed next are of one revision; what was encoded for it before is used again. */
  beginRevision(segment: EventSegment, revision: number): void {
    if (segment === this.#segment && revision === this.#revision) return;
    this.beginResponse();
    this.#segment = segment;
    this.#revision = revision;
  }

  /** The events pushed next are of one response; nothing is kept for another. */
  beginResponse(): void {
    this.#segment = undefined;
    this.#encoded.clear();
    if (this.#scratch.buf.length > SCRATCH_BYTES_KEPT_MAX) this.#scratch = new ByteWriter(4096);
    this.#scratch.reset();
  }

  /** Appends event `index` to `pieces`, with the previous KeyValue if the key had one that is still readable. */
  push(pieces: EventPieces, segment: EventSegment, index: number): void {
    let encoded = this.#encoded.get(index);
    if (encoded === undefined) {
      encoded = this.#encode(segment, index);
      if (this.#segment === segment) this.#encoded.set(index, encoded);
    }
    pieces.push(encoded.buf, encoded.start, encoded.end);
  }

  #encode(segment: EventSegment, index: number): Encoded {
    const prev =
      segment.creates[index] === 1
        ? undefined
        : this.#history.previous(
            segment.buf,
            segment.keyStarts[index]!,
            segment.keyEnds[index]!,
            segment.revisions[index]!,
          );
    if (prev === undefined) {
      return { buf: segment.buf, start: segment.starts[index]!, end: segment.starts[index + 1]! };
    }
    const start = this.#scratch.len;
    segment.writeWithPrevious(this.#scratch, index, prev.buf, prev.start, prev.end);
    return { buf: this.#scratch.buf, start, end: this.#scratch.len };
  }
}
