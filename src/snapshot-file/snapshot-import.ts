/**
 * Fills an empty backend from a snapshot file, etcd's or Quoin's: keys, leases, users, roles and alarms as they are; the
 * membership is the new cluster's. What says that the state is whole is written last, so an import that was cut off
 * is no state.
 */
import { type BoltCursor, type BoltFile, isBucket } from '../bolt/index.js';
import { Cluster, type Member } from '../membership/index.js';
import type { Backend, Table } from '../mvcc/index.js';
import { EMPTY_CONF_STATE } from '../raft/index.js';
import { type Identity, Persisted } from '../state-machine/index.js';
import { copyOf, decodeUtf8, encodeUtf8 } from '../stdx/index.js';
import { COPIED_BUCKETS, FINISHED_COMPACTION, OTHER_BUCKETS, SCHEDULED_COMPACTION } from './buckets.js';
import { compactionMark, KeyRecords, mainRevisionOf } from './key-records.js';
import { IMPORT_BYTES, IMPORT_RECORDS, NAME_BYTES_MAX } from './limits.js';
import { SnapshotError } from './snapshot-error.js';

export interface ImportOptions {
  readonly identity: Identity;
  /** The members of the new cluster, all voters. */
  readonly members: readonly Member[];
  /** Added to the newest revision, and everything up to the sum compacted, so that no client meets a revision again; 0: not. */
  readonly bumpRevision: number;
}

export interface Imported {
  readonly revision: number;
  /** −1: never compacted. */
  readonly compactRevision: number;
  /** What the file's newest revision was. */
  readonly revisionBefore: number;
  /** Buckets that Quoin knows nothing of. */
  readonly unknownBuckets: readonly string[];
}

type TableRecord = readonly [table: Table, key: Uint8Array, value: Uint8Array];

/** Throws CorruptBoltError or {@link SnapshotError}. Everything is durable when it resolves. */
export async function importSnapshot(
  file: BoltFile,
  backend: Backend,
  options: ImportOptions,
): Promise<Imported> {
  const batch = new Batch(backend);
  const keys = new KeyRecords();
  const marks = new Map<string, number>();
  const unknownBuckets: string[] = [];
  for (const buckets = file.buckets(); buckets.next(); ) {
    const name = decodeUtf8(buckets.buf, buckets.keyStart, buckets.keyEnd);
    if (!isBucket(buckets)) throw new SnapshotError(`${JSON.stringify(name)} is no bucket`);
    const copied = COPIED_BUCKETS.find((bucket) => bucket.name === name);
    if (copied !== undefined) {
      const accept = name === 'key' ? keys : undefined;
      await copyBucket(file.bucketAt(buckets), copied.table, copied.prefix, accept, batch);
    } else if (name === 'meta') {
      readMarks(file.bucketAt(buckets), marks);
    } else if (!OTHER_BUCKETS.includes(name)) {
      unknownBuckets.push(name);
    }
  }
  const revisionBefore = Math.max(keys.revision, marks.get(SCHEDULED_COMPACTION) ?? 0);
  if (options.bumpRevision > 0) marks.set(SCHEDULED_COMPACTION, revisionBefore + options.bumpRevision);
  const compactRevision = marks.get(SCHEDULED_COMPACTION) ?? -1;
  for (const [key, value] of keys.standIns(compactRevision)) batch.add('key', key, value);
  for (const [name, main] of marks) batch.add('meta', encodeUtf8(name), compactionMark(main));
  await batch.flush();
  await writeMembership(backend, options);
  return { revision: keys.revision, compactRevision, revisionBefore, unknownBuckets };
}

async function copyBucket(
  cursor: BoltCursor,
  table: Table,
  prefix: string,
  keys: KeyRecords | undefined,
  batch: Batch,
): Promise<void> {
  while (cursor.next()) {
    const { buf, keyStart, keyEnd, valueEnd } = cursor;
    const key = copyOf(buf, keyStart, keyEnd);
    const value = buf.subarray(keyEnd, valueEnd);
    if (isBucket(cursor)) cursor.page.fail('it holds a bucket where etcd has none');
    if (key.length > NAME_BYTES_MAX) throw new SnapshotError(`a key of table ${table} is too long for Quoin`);
    if (keys !== undefined && !keys.accept(key, value)) continue;
    batch.add(table, prefix === '' ? key : encodePrefixed(prefix, key), value);
    if (batch.isFull) await batch.flush();
  }
}

function encodePrefixed(prefix: string, key: Uint8Array): Uint8Array {
  const out = new Uint8Array(1 + key.length);
  out[0] = prefix.charCodeAt(0);
  out.set(key, 1);
  return out;
}

function readMarks(cursor: BoltCursor, marks: Map<string, number>): void {
  while (cursor.next()) {
    const name = decodeUtf8(cursor.buf, cursor.keyStart, cursor.keyEnd);
    if (name !== SCHEDULED_COMPACTION && name !== FINISHED_COMPACTION) continue;
    const main = mainRevisionOf(copyOf(cursor.buf, cursor.keyEnd, cursor.valueEnd));
    if (main === undefined) throw new SnapshotError(`bucket meta: ${name} is no revision`);
    marks.set(name, main);
  }
}

/** As if the entries that make the new members, one each, had been applied: all start from the same index. */
async function writeMembership(backend: Backend, { identity, members }: ImportOptions): Promise<void> {
  const cluster = new Cluster();
  for (const member of members) cluster.add(member);
  const persisted = new Persisted(cluster);
  persisted.identity = identity;
  persisted.confState = { ...EMPTY_CONF_STATE, voters: cluster.list().map(({ id }) => id) };
  await backend.commit((tx) => persisted.write(tx, members.length, 1));
}

/** Gathers records and commits them many at a time. */
class Batch {
  readonly #backend: Backend;
  #records: TableRecord[] = [];
  #bytes = 0;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  get isFull(): boolean {
    return this.#records.length >= IMPORT_RECORDS || this.#bytes >= IMPORT_BYTES;
  }

  add(table: Table, key: Uint8Array, value: Uint8Array): void {
    this.#records.push([table, key, value]);
    this.#bytes += key.length + value.length;
  }

  async flush(): Promise<void> {
    const records = this.#records;
    this.#records = [];
    this.#bytes = 0;
    await this.#backend.commit((tx) => {
      for (const [table, key, value] of records) tx.put(table, key, value);
    });
  }
}
