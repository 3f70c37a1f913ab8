/** Walks a view of a backend as etcd's buckets, in slices, as often as it is begun. */
import { Cluster } from '../membership/index.js';
import type { BackendReader } from '../mvcc/index.js';
import { Persisted } from '../state-machine/index.js';
import { copyOf, encodeUtf8 } from '../stdx/index.js';
import { COPIED_BUCKETS, type CopiedBucket, FINISHED_COMPACTION, SCHEDULED_COMPACTION } from './buckets.js';
import {
  clusterRecords,
  type EtcdRecord,
  memberRecords,
  metaRecords,
  removedMemberRecords,
} from './etcd-records.js';

/** Told of every bucket and record in order. Views are valid during the call. */
export interface BucketVisitor {
  beginBucket(name: Uint8Array): void;
  add(key: Uint8Array, value: Uint8Array): void;
  endBucket(): void;
}

type WalkedBucket = CopiedBucket | { readonly name: string; readonly records: readonly EtcdRecord[] };

export class ViewWalk {
  readonly #view: BackendReader;
  readonly #buckets: readonly WalkedBucket[];
  #index = 0;
  /** In a copied bucket that has been begun: where to go on in its table. */
  #from: Uint8Array | undefined;

  constructor(view: BackendReader) {
    this.#view = view;
    this.#buckets = bucketsOf(view);
  }

  /** Begins again from the first bucket. */
  restart(): void {
    this.#index = 0;
    this.#from = undefined;
  }

  /** Visits records of about `bytesMax` bytes, and `recordsMax` at the most; true when all have been visited. */
  step(recordsMax: number, bytesMax: number, visitor: BucketVisitor): boolean {
    let records = recordsMax;
    let bytes = bytesMax;
    while (records > 0 && bytes > 0 && this.#index < this.#buckets.length) {
      const bucket = this.#buckets[this.#index]!;
      if ('records' in bucket) {
        visitor.beginBucket(encodeUtf8(bucket.name));
        for (const [key, value] of bucket.records) visitor.add(key, value);
        visitor.endBucket();
        this.#index++;
        continue;
      }
      if (this.#from === undefined) visitor.beginBucket(encodeUtf8(bucket.name));
      let last: Uint8Array | undefined;
      this.#view.scan(bucket.table, this.#from ?? encodeUtf8(bucket.prefix), endOf(bucket), (key, value) => {
        visitor.add(bucket.prefix === '' ? key : key.subarray(1), value);
        bytes -= key.length + value.length;
        if (--records > 0 && bytes > 0) return true;
        last = copyOf(key);
        return false;
      });
      if (last === undefined) {
        visitor.endBucket();
        this.#index++;
        this.#from = undefined;
      } else {
        this.#from = successorOf(last);
      }
    }
    return this.#index === this.#buckets.length;
  }
}

/** The smallest key above `key`. */
function successorOf(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}

function endOf({ prefix }: CopiedBucket): Uint8Array | undefined {
  return prefix === '' ? undefined : Uint8Array.of(prefix.charCodeAt(0) + 1);
}

function bucketsOf(view: BackendReader): WalkedBucket[] {
  const cluster = new Cluster();
  const persisted = new Persisted(cluster);
  persisted.restore(view);
  const marks: EtcdRecord[] = [];
  // The two keys lie between `consistent_index` and `term`.
  for (const name of [FINISHED_COMPACTION, SCHEDULED_COMPACTION]) {
    const key = encodeUtf8(name);
    const value = view.get('meta', key);
    if (value !== undefined) marks.push([key, copyOf(value)]);
  }
  const meta = metaRecords(persisted.appliedIndex, persisted.appliedTerm, persisted.confState);
  meta.splice(2, 0, ...marks);
  const buckets: WalkedBucket[] = [
    ...COPIED_BUCKETS,
    { name: 'cluster', records: clusterRecords() },
    { name: 'members', records: memberRecords(cluster) },
    { name: 'members_removed', records: removedMemberRecords(cluster) },
    { name: 'meta', records: meta },
  ];
  return buckets.sort((a, b) => (a.name < b.name ? -1 : 1));
}
