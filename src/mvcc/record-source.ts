import { ByteReader, must } from '../stdx/index.js';
import type { Backend } from './backend.js';
import { putRevisionKey, REVISION_KEY_BYTES } from './revision-key.js';
import type { SlabRing } from './slab-ring.js';

/** Fetches the encoded KeyValue of a put from where it is: the ring, or the backend. The result fields are reused. */
export class RecordSource {
  readonly ring: SlabRing;
  readonly #backend: Backend;
  readonly #key = new Uint8Array(REVISION_KEY_BYTES);
  readonly reader = new ByteReader();

  /** The KeyValue is `buf[start, end)`, valid until the next fetch or write. */
  buf: Uint8Array;
  start = 0;
  end = 0;
  /** Whether frame bytes precede `start`. */
  isFramed = false;

  constructor(ring: SlabRing, backend: Backend) {
    this.ring = ring;
    this.#backend = backend;
    this.buf = this.#key;
  }

  fetch(slab: number, kvOffset: number, kvLength: number, main: number, sub: number): void {
    if (this.ring.has(slab)) {
      this.buf = this.ring.bufOf(slab);
      this.start = kvOffset;
      this.end = kvOffset + kvLength;
      this.isFramed = true;
      return;
    }
    putRevisionKey(this.#key, 0, main, sub, false);
    this.buf = must(this.#backend.get('key', this.#key), 'the backend has every record that left the ring');
    this.start = 0;
    this.end = this.buf.length;
    this.isFramed = false;
  }
}
