import { ByteWriter } from '../stdx/index.js';

/**
 * The bounds of one piece of a range that is read piece by piece, and, after {@link Store.rangePage}, its outcome. The
 * next piece begins at {@link nextKey}, at the same revision.
 */
export class RangePage {
  /** KeyValues that may be appended; keys beyond are counted only. */
  keysMax = Number.POSITIVE_INFINITY;
  /** No KeyValue is begun behind so many bytes. */
  readonly bytesMax: number;
  /** Keys looked at, dead ones included. */
  readonly visitsMax: number;

  /** KeyValues appended. */
  appended = 0;
  /** Keys of the piece that live at the revision. */
  count = 0;
  /** Whether the interval ends with this piece. */
  isLast = false;
  readonly nextKey = new ByteWriter(64);

  constructor(bytesMax: number, visitsMax: number) {
    this.bytesMax = bytesMax;
    this.visitsMax = visitsMax;
  }
}
