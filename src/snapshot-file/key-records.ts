/**
 * Looks over the records of the bucket `key` on their way into a store, and says what must be put beside them.
 *
 * A store takes its revision from its newest record. Two things of etcd's leave none there: a compaction at a revision
 * whose only record was a tombstone, which etcd 3.5 removes, and `--bump-revision`, which writes an empty record. In both
 * cases a tombstone of a key that never was stands in: at a compacted revision it counts in no hash and shows in no read.
 */
import { ByteReader, ByteWriter, MalformedError, toHex } from '../stdx/index.js';
import { SnapshotError } from './snapshot-error.js';

const REVISION_KEY_BYTES = 17;
const TOMBSTONE_KEY_BYTES = 18;
const SEPARATOR = 0x5f;
const TOMBSTONE_MARK = 0x74;
/** Tag of a KeyValue's first field, the key. */
const KEY_FIELD_TAG = 0x0a;

/** Where revisions end that a store can hold, and changes within one. */
const REVISION_MAX = 2 ** 48 - 1;
const SUB_REVISION_MAX = 2 ** 31 - 1;

function readUint64(buf: Uint8Array, at: number): number {
  let value = 0;
  for (let i = at; i < at + 8; i++) value = value * 256 + buf[i]!;
  return value;
}

/** The main revision that a key of the bucket, or a compaction mark, stands for; undefined if it is none. */
export function mainRevisionOf(key: Uint8Array): number | undefined {
  const isTombstone = key.length === TOMBSTONE_KEY_BYTES && key[17] === TOMBSTONE_MARK;
  if ((key.length !== REVISION_KEY_BYTES && !isTombstone) || key[8] !== SEPARATOR) return undefined;
  const main = readUint64(key, 0);
  return main <= REVISION_MAX && readUint64(key, 9) <= SUB_REVISION_MAX ? main : undefined;
}

/** The mark of a compaction at `main`. */
export function compactionMark(main: number): Uint8Array {
  const mark = new Uint8Array(REVISION_KEY_BYTES);
  let rest = main;
  for (let i = 7; i >= 0; i--, rest = Math.floor(rest / 256)) mark[i] = rest % 256;
  mark[8] = SEPARATOR;
  return mark;
}

export class KeyRecords {
  readonly #reader = new ByteReader();
  /** Lengths of the keys that are all zeros: another one is used by nobody. */
  readonly #zeroKeyBytes = new Set<number>();
  /** Revisions whose record is empty. */
  readonly #emptyRevisions: number[] = [];
  /** Main revision of the newest record; 1, an empty store's, if there is none. */
  revision = 1;

  /** Whether the store takes the record. Throws SnapshotError if it is none of etcd's. */
  accept(key: Uint8Array, value: Uint8Array): boolean {
    const main = mainRevisionOf(key);
    if (main === undefined) throw new SnapshotError(`bucket key: ${toHex(key)} is no revision`);
    this.revision = main;
    if (value.length === 0 && key.length === REVISION_KEY_BYTES) {
      this.#emptyRevisions.push(main);
      return false;
    }
    try {
      this.#noteKey(value);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      throw new SnapshotError(`bucket key: the record of revision ${main} is damaged: ${error.message}`);
    }
    return true;
  }

  /** The records that stand in, once all others were accepted, for a store compacted at `compacted` (−1: never). */
  standIns(compacted: number): (readonly [key: Uint8Array, value: Uint8Array])[] {
    const revisions = [...this.#emptyRevisions];
    if (compacted > this.revision) revisions.push(compacted);
    this.revision = Math.max(this.revision, compacted);
    let keyBytes = 1;
    while (this.#zeroKeyBytes.has(keyBytes)) keyBytes++;
    const value = new ByteWriter(64);
    value.bytesField(1, new Uint8Array(keyBytes));
    return revisions.map((main) => {
      const key = new Uint8Array(TOMBSTONE_KEY_BYTES);
      key.set(compactionMark(main));
      key[17] = TOMBSTONE_MARK;
      return [key, value.finish()] as const;
    });
  }

  #noteKey(value: Uint8Array): void {
    const reader = this.#reader;
    reader.reset(value);
    if (reader.byte() !== KEY_FIELD_TAG) throw new MalformedError('it does not begin with a key');
    const length = reader.length();
    for (let at = reader.pos; at < reader.pos + length; at++) if (value[at] !== 0) return;
    this.#zeroKeyBytes.add(length);
  }
}
