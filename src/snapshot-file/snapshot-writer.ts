/**
 * Writes a view of the backend as a snapshot file of etcd's, front to back, in slices: one pass over the view to learn the
 * sizes, one to write. The SHA-256 that etcd puts behind the file is the caller's.
 *
 * Memory: about a hundredth of the file for the first pass, and the page at hand for the second.
 */
import { BoltLayout, BoltWriter, type PageSink } from '../bolt/index.js';
import type { BackendReader } from '../mvcc/index.js';
import { type BucketVisitor, ViewWalk } from './view-walk.js';

export class SnapshotFileWriter {
  readonly #walk: ViewWalk;
  readonly #layout = new BoltLayout();
  readonly #measuring: BucketVisitor = {
    beginBucket: (name) => this.#layout.beginBucket(name),
    add: (key, value) => this.#layout.add(key, value.length),
    endBucket: () => this.#layout.endBucket(),
  };
  #writer: BoltWriter | undefined;

  /** The view stays open, and unchanged, until the file is written. */
  constructor(view: BackendReader) {
    this.#walk = new ViewWalk(view);
  }

  /** The first pass: looks at `recordsMax` records; true when it is through. */
  measure(recordsMax: number): boolean {
    if (!this.#walk.step(recordsMax, Infinity, this.#measuring)) return false;
    this.#layout.finish();
    this.#walk.restart();
    return true;
  }

  /** Bytes of the file; known after the first pass. */
  get fileBytes(): number {
    return this.#layout.fileBytes;
  }

  /**
   * The second pass: writes about `bytesMax` bytes, more only if a single record is larger; true when the file is complete.
   * It is always the same sink, whose
   * views are valid during its call.
   */
  write(recordsMax: number, bytesMax: number, sink: PageSink): boolean {
    this.#writer ??= new BoltWriter(this.#layout, sink);
    if (!this.#walk.step(recordsMax, bytesMax, this.#writer)) return false;
    this.#writer.finish();
    return true;
  }
}
