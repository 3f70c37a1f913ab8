/**
 * How much the backend may hold. What counts are the bytes in use, not the size of the file: what was deleted and
 * compacted away makes room at once, and a member leaves the alarm without a defragmentation.
 */
import type { Backend } from '../mvcc/index.js';
import type { LogSink } from '../platform/index.js';
import { QUOTA_BYTES_DEFAULT, QUOTA_BYTES_RECOMMENDED_MAX } from './limits.js';

export class Quota {
  /** As Status tells it; negative: there is none. */
  readonly bytes: number;
  readonly #backend: Pick<Backend, 'size'>;
  #usedBytes = 0;
  #isUsedKnown = false;

  /** `bytes` 0 or undefined is the default. */
  constructor(bytes: number | undefined, backend: Pick<Backend, 'size'>, sink: LogSink) {
    this.bytes = bytes === undefined || bytes === 0 ? QUOTA_BYTES_DEFAULT : bytes;
    this.#backend = backend;
    if (this.bytes < 0) {
      sink.log('info', 'disabled backend quota', { 'quota-size-bytes': this.bytes });
    } else if (this.bytes > QUOTA_BYTES_RECOMMENDED_MAX) {
      sink.log('warn', 'quota exceeds the maximum value', {
        'quota-size-bytes': this.bytes,
        'quota-maximum-size-bytes': QUOTA_BYTES_RECOMMENDED_MAX,
      });
    }
  }

  /** Whether a request of this cost fits. What costs nothing always does. */
  hasRoomFor(costBytes: number): boolean {
    if (costBytes === 0 || this.bytes < 0) return true;
    if (!this.#isUsedKnown) {
      this.#usedBytes = this.#backend.size().inUseBytes;
      this.#isUsedKnown = true;
    }
    return this.#usedBytes + costBytes < this.bytes;
  }

  /** The backend has another size now. */
  noteCommitted(): void {
    this.#isUsedKnown = false;
  }
}
