import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteReader, ByteWriter, Prng } from '../stdx/index.js';
import type { CommitListener, CommittedRevision, RevisionRecord } from './commit-listener.js';
import type { HashKvRun } from './hash-kv.js';
import { KeyValueFields, leaseOf } from './key-value.js';
import type { KeyValueCursor } from './key-value-cursor.js';
import { RangePage } from './range-page.js';
import { RangeQuery, type SortOrder, type SortTarget } from './range-query.js';
import { Store } from './store.js';
import { MapBackend } from './testing/map-backend.js';
import { bytesOf, type NaiveChange, type NaiveQuery, NaiveStore } from './testing/naive-store.js';

const RUNS = Number(process.env['MVCC_RUNS'] ?? 15);
const STEPS = Number(process.env['MVCC_STEPS'] ?? 400);
const NO_BYTES = new Uint8Array(0);

function text(buf: Uint8Array, start: number, end: number): string {
  return Buffer.from(buf.buffer, buf.byteOffset + start, end - start).toString('latin1');
}

function asText(bytes: Uint8Array): string {
  return text(bytes, 0, bytes.length);
}

/** A KeyValue as an independent writer encodes it. */
function encodeKeyValue(kv: NaiveChange): Uint8Array {
  const w = new ByteWriter();
  w.bytesField(1, bytesOf(kv.key));
  if (!kv.isDelete) {
    w.intField(2, kv.create);
    w.intField(3, kv.main);
    w.intField(4, kv.version);
    w.bytesField(5, bytesOf(kv.value));
    w.int64Field(6, kv.lease);
  }
  return w.finish();
}

function encodeEvent(c: NaiveChange): Uint8Array {
  if (!c.isDelete) return encodeKeyValue(c);
  const w = new ByteWriter();
  w.bytesField(1, bytesOf(c.key));
  w.intField(3, c.main);
  return w.finish();
}

class Recorder implements CommitListener {
  readonly seen: string[] = [];
  onCommit(committed: CommittedRevision): void {
    for (let i = 0; i < committed.count; i++) {
      const r = committed.at(i);
      assert.equal(r.main, committed.revision);
      assert.equal(r.sub, i);
      this.seen.push(show(r));
    }
  }
}

function show(r: RevisionRecord): string {
  const key = text(r.buf, r.keyStart, r.keyEnd);
  return `${r.main}.${r.sub} ${r.isDelete} ${r.isCreate} ${JSON.stringify(key)} ${asText(r.buf.subarray(r.start, r.end))}`;
}

function showNaive(c: NaiveChange): string {
  const isCreate = !c.isDelete && c.create === c.main;
  return `${c.main}.${c.sub} ${c.isDelete} ${isCreate} ${JSON.stringify(c.key)} ${asText(encodeEvent(c))}`;
}

/** One random life of a store beside its oracle. */
class Life {
  readonly rng: Prng;
  naive = new NaiveStore();
  backend = new MapBackend();
  recorder = new Recorder();
  store: Store;
  /** The oracle as of each transaction handed to the backend, oldest first; the first is durable. */
  durable: NaiveStore[] = [new NaiveStore()];
  flushes: Promise<void>[] = [];
  readonly ringBytes: number;
  readonly keys: string[];
  hashing: HashKvRun | undefined;

  constructor(seed: number) {
    this.rng = new Prng(seed);
    this.ringBytes = this.rng.pick([0, 1 << 20, 8 << 20]);
    this.keys = [];
    const count = this.rng.pick([3, 12, 300]);
    const length = this.rng.pick([2, 6, 20]);
    for (let i = 0; i < count; i++) this.keys.push(this.randomKey(length));
    this.store = this.open();
  }

  open(): Store {
    return new Store(this.backend, {
      ringBytes: this.ringBytes,
      commitListener: this.recorder,
      hashSeed: this.rng.uint32(),
    });
  }

  randomKey(length: number): string {
    let key = this.rng.chance(0.5) ? '/registry/' : '';
    const n = this.rng.between(1, length);
    for (let i = 0; i < n; i++)
      key += String.fromCharCode(this.rng.pick([0, 1, 0x61, 0x62, 0x7f, 0x80, 0xff]));
    return key;
  }

  key(): string {
    return this.rng.chance(0.03) ? this.randomKey(4) : this.rng.pick(this.keys);
  }

  value(): string {
    const n = this.rng.chance(0.03) ? this.rng.between(20_000, 200_000) : this.rng.below(80);
    return this.rng.chance(0.2) ? '' : String.fromCharCode(this.rng.below(256)).repeat(n);
  }

  rangeEnd(): string {
    const at = this.rng.below(10);
    return at < 2 ? '' : at < 4 ? '\0' : this.key();
  }

  lease(): bigint {
    return this.rng.pick([0n, 0n, 7n, 0x1234_5678_9abcn, 0x7fff_ffff_ffff_ffffn, -1n]);
  }

  txn(): void {
    this.store.begin();
    this.naive.begin();
    const ops = this.rng.chance(0.7) ? 1 : this.rng.between(0, 5);
    for (let i = 0; i < ops; i++) {
      const k = this.key();
      const kb = bytesOf(k);
      if (this.rng.chance(0.7)) {
        const v = this.value();
        const lease = this.lease();
        const framed = bytesOf(`x${v}y`);
        this.store.put(kb, 0, kb.length, framed, 1, framed.length - 1, lease);
        this.naive.put(k, v, lease);
      } else {
        const e = this.rng.chance(0.6) ? '' : this.rangeEnd();
        const eb = bytesOf(e);
        assert.equal(
          this.store.deleteRange(kb, 0, kb.length, eb, 0, eb.length),
          this.naive.deleteRange(k, e),
        );
      }
      if (this.rng.chance(0.3)) this.range();
      if (this.rng.chance(0.3)) this.find();
    }
    const before = this.naive.changes.length;
    assert.equal(this.store.end(), this.naive.end());
    assert.equal(this.store.revision, this.naive.revision);
    assert.equal(this.recorder.seen.length <= before, true);
  }

  query(): NaiveQuery {
    const rng = this.rng;
    const some = (): number => (rng.chance(0.8) ? 0 : rng.below(this.naive.revision + 2));
    return {
      key: this.key(),
      rangeEnd: this.rangeEnd(),
      limit: rng.chance(0.5) ? 0 : rng.between(-1, 6),
      revision: rng.chance(0.5) ? rng.between(-1, 0) : rng.between(1, this.naive.revision + 1),
      sortOrder: rng.below(3),
      sortTarget: rng.chance(0.5) ? 0 : rng.below(5),
      keysOnly: rng.chance(0.2),
      countOnly: rng.chance(0.1),
      minMod: some(),
      maxMod: some(),
      minCreate: some(),
      maxCreate: some(),
    };
  }

  range(): void {
    const q = this.query();
    const query = new RangeQuery();
    query.keyBuf = bytesOf(q.key);
    query.keyEnd = query.keyBuf.length;
    query.rangeEndBuf = bytesOf(`..${q.rangeEnd}`);
    query.rangeEndStart = 2;
    query.rangeEndEnd = query.rangeEndBuf.length;
    query.limit = q.limit;
    query.revision = q.revision;
    query.sortOrder = q.sortOrder as SortOrder;
    query.sortTarget = q.sortTarget as SortTarget;
    query.keysOnly = q.keysOnly;
    query.countOnly = q.countOnly;
    query.minModRevision = q.minMod;
    query.maxModRevision = q.maxMod;
    query.minCreateRevision = q.minCreate;
    query.maxCreateRevision = q.maxCreate;
    const out = new ByteWriter(16);
    this.store.range(query, out);
    const expected = this.naive.range(q);
    assert.equal(query.status, expected.status, JSON.stringify(q));
    if (expected.status !== 'ok') {
      assert.equal(out.len, 0);
      return;
    }
    const w = new ByteWriter();
    for (const kv of expected.kvs) w.bytesFieldAlways(2, encodeKeyValue(kv));
    assert.equal(query.count, expected.count, JSON.stringify(q));
    assert.equal(asText(out.view()), asText(w.view()), JSON.stringify(q));
    assert.equal(query.more, expected.more, JSON.stringify(q));
  }

  /** A range piece by piece, with changes between the pieces that must not show. */
  pages(): void {
    const q = { ...this.query(), rangeEnd: this.rng.chance(0.5) ? '\0' : this.key(), countOnly: false };
    const expected = this.naive.range({
      ...q,
      revision: this.naive.revision,
      limit: 0,
      sortOrder: 0,
      sortTarget: 0,
      minMod: 0,
      maxMod: 0,
      minCreate: 0,
      maxCreate: 0,
    });
    if (q.rangeEnd === '') return;
    const keysMax = this.rng.chance(0.5) ? expected.count : this.rng.below(5);
    const query = new RangeQuery();
    query.keyBuf = bytesOf(q.key);
    query.keyEnd = query.keyBuf.length;
    query.rangeEndBuf = bytesOf(q.rangeEnd);
    query.rangeEndEnd = query.rangeEndBuf.length;
    query.revision = this.naive.revision;
    query.keysOnly = q.keysOnly;
    const page = new RangePage(this.rng.between(1, 200), this.rng.between(1, 40));
    const out = new ByteWriter(16);
    let count = 0;
    let appended = 0;
    for (;;) {
      page.keysMax = keysMax - appended;
      this.store.rangePage(query, page, out);
      assert.equal(query.status, 'ok');
      count += page.count;
      appended += page.appended;
      if (page.isLast) break;
      query.keyBuf = page.nextKey.finish();
      query.keyEnd = query.keyBuf.length;
      if (this.rng.chance(0.2)) this.txn();
    }
    const w = new ByteWriter();
    for (const kv of expected.kvs.slice(0, keysMax)) w.bytesFieldAlways(2, encodeKeyValue(kv));
    assert.equal(count, expected.count, JSON.stringify(q));
    assert.equal(asText(out.view()), asText(w.view()), JSON.stringify(q));
  }

  sameKeyValue(kv: KeyValueCursor | undefined, expected: NaiveChange | undefined): void {
    assert.equal(kv === undefined, expected === undefined);
    if (kv === undefined || expected === undefined) return;
    assert.equal(kv.version, expected.version);
    assert.equal(kv.createRevision, expected.create);
    assert.equal(kv.modRevision, expected.main);
    assert.equal(kv.lease, expected.lease);
    assert.equal(text(kv.buf, kv.valueStart, kv.valueEnd), expected.value);
    assert.equal(text(kv.buf, kv.keyStart, kv.keyEnd), expected.key);
    assert.equal(asText(kv.buf.subarray(kv.start, kv.end)), asText(encodeKeyValue(expected)));
  }

  find(): void {
    const k = this.key();
    const kb = bytesOf(k);
    this.sameKeyValue(this.store.find(kb, 0, kb.length), this.naive.at(k, Number.POSITIVE_INFINITY));
    const e = this.rangeEnd();
    const eb = bytesOf(e);
    const expected = this.naive.live(k, e, Number.POSITIVE_INFINITY);
    const stopAfter = this.rng.chance(0.3) ? 1 : Number.POSITIVE_INFINITY;
    let at = 0;
    this.store.forEachInRange(kb, 0, kb.length, eb, 0, eb.length, (kv) => {
      this.sameKeyValue(kv, expected[at++]);
      return at < stopAfter;
    });
    assert.equal(at, Math.min(stopAfter, expected.length));
  }

  flush(): void {
    const state = this.naive.clone();
    this.durable.push(state);
    const applied = new Uint8Array([this.durable.length & 255]);
    this.flushes.push(this.store.flush((tx) => tx.put('meta', bytesOf('applied'), applied)));
    assert.equal(this.store.pendingCount, 0);
    assert.equal(this.store.pendingBytes, 0);
  }

  async settle(count: number): Promise<void> {
    this.backend.settle(count);
    this.durable.splice(0, count);
    await Promise.all(this.flushes.splice(0, count));
  }

  compact(): void {
    const r = this.rng.chance(0.8)
      ? this.rng.between(Math.max(0, this.naive.compacted), this.naive.revision)
      : this.rng.between(-2, this.naive.revision + 1);
    assert.equal(this.store.compact(r), this.naive.compact(r));
    assert.equal(this.store.compactedRevision, this.naive.compacted);
  }

  scan(): void {
    const isDone = !this.store.compactSome(0) && this.store.finishedCompactRevision === this.naive.compacted;
    const low = Math.max(0, isDone ? this.naive.compacted : this.naive.compacted + 1);
    let from = this.rng.between(low, this.naive.revision + 1);
    const to = this.rng.between(from, this.naive.revision + 2);
    const expected = this.naive.kept().filter((c) => c.main >= from && c.main <= to);
    const got: string[] = [];
    while (from <= Math.min(to, this.store.revision)) {
      const next = this.store.scanRevisions(
        from,
        to,
        this.rng.between(1, 9),
        this.rng.between(1, 5000),
        (r) => {
          got.push(show(r));
          assert.equal(r.main >= from, true);
          if (this.rng.chance(0.3)) {
            const key = text(r.buf, r.keyStart, r.keyEnd);
            const kb = bytesOf(key);
            const before = show(r);
            this.sameKeyValue(
              this.store.previous(kb, 0, kb.length, r.main),
              this.naive.previous(key, r.main),
            );
            assert.equal(show(r), before, 'reading the store leaves the visited record alone');
          }
        },
      );
      assert.equal(next > from, true);
      from = next;
    }
    assert.deepEqual(got, expected.map(showNaive));
  }

  previous(): void {
    const k = this.key();
    const kb = bytesOf(k);
    const main = this.rng.between(1, this.naive.revision + 1);
    this.sameKeyValue(this.store.previous(kb, 0, kb.length, main), this.naive.previous(k, main));
  }

  hash(): void {
    if (this.hashing === undefined) {
      const revision = this.rng.chance(0.5) ? 0 : this.rng.between(1, this.naive.revision + 1);
      const run = this.store.hashKv(revision);
      const isFuture = revision > this.naive.revision;
      const isCompacted = revision !== 0 && revision < this.naive.compacted;
      assert.equal(run.status, isFuture ? 'future' : isCompacted ? 'compacted' : 'ok');
      if (run.status === 'ok') this.hashing = run;
      else assert.equal(run.step(1), true);
      return;
    }
    const run = this.hashing;
    if (!run.step(this.rng.between(1, 40))) return;
    this.hashing = undefined;
    if (run.hashRevision < this.naive.compacted) {
      assert.equal(run.status, 'compacted');
      return;
    }
    assert.equal(run.status, 'ok');
    assert.equal(run.compactRevision, this.naive.compacted);
    assert.equal(run.hash, this.naive.hash(run.hashRevision, encodeKeyValue));
  }

  /** All flushed and compacted: the backend holds the kept changes and nothing else. */
  async quiesce(): Promise<void> {
    do {
      while (this.store.compactSome(this.rng.between(1, 50)) && this.rng.chance(0.9));
      this.flush();
      await this.settle(this.backend.outstanding);
    } while (this.store.compactSome(0));
    this.flush();
    await this.settle(this.backend.outstanding);
    this.store.validate();
    assert.equal(this.store.finishedCompactRevision, this.naive.compacted);
    const expected = this.naive.kept();
    const got: string[] = [];
    const reader = new ByteReader();
    const fields = new KeyValueFields();
    let bytes = 0;
    this.backend.scan('key', NO_BYTES, undefined, (key, value) => {
      reader.reset(value);
      fields.read(reader);
      bytes += key.length + value.length;
      got.push(
        `${Buffer.from(key.subarray(0, 8)).toString('hex')} ${key.length} ${asText(value)} ${leaseOf(fields.leaseLow, fields.leaseHigh)}`,
      );
      return true;
    });
    assert.deepEqual(
      got,
      expected.map((c) => {
        const main = c.main.toString(16).padStart(16, '0');
        return `${main} ${c.isDelete ? 18 : 17} ${asText(encodeKeyValue(c))} ${c.lease}`;
      }),
    );
    assert.equal(this.store.sizeBytes, bytes);
    assert.equal(this.store.keyCount, this.naive.live('\0', '\0', this.naive.revision).length);
  }

  /** A restart: what was not settled is lost, as if the log were replayed from there. */
  restart(): void {
    this.naive = this.durable[0]!.clone();
    this.durable = [this.naive.clone()];
    this.flushes = [];
    this.backend = this.backend.crashed();
    this.hashing = undefined;
    this.recorder = new Recorder();
    this.store = this.open();
    this.store.restore();
    assert.equal(this.store.revision, this.naive.revision);
    assert.equal(this.store.compactedRevision, this.naive.compacted);
    this.store.validate();
  }

  async rarely(): Promise<void> {
    const at = this.rng.below(10);
    if (at === 0) await this.quiesce();
    else if (at === 1) this.restart();
    else this.store.validate();
  }

  async step(): Promise<void> {
    const at = this.rng.below(100);
    if (at < 45) this.txn();
    else if (at < 61) this.range();
    else if (at < 65) this.pages();
    else if (at < 70) this.find();
    else if (at < 74) this.previous();
    else if (at < 78) this.scan();
    else if (at < 84) this.flush();
    else if (at < 89 && this.backend.outstanding > 0)
      await this.settle(this.rng.between(1, this.backend.outstanding));
    else if (at < 91) this.compact();
    else if (at < 95) this.store.compactSome(this.rng.between(1, 30));
    else if (at < 98) this.hash();
    else await this.rarely();
  }
}

test('a store answers every question as the plain list of changes does', async () => {
  const first = Number(process.env['MVCC_SEED'] ?? 1);
  for (let seed = first; seed < first + RUNS; seed++) {
    try {
      const life = new Life(seed);
      // A few long lives, in which log and tree grow beyond a chunk and a page.
      const steps = seed % 8 === 0 ? STEPS * 10 : STEPS;
      for (let i = 0; i < steps; i++) await life.step();
      await life.quiesce();
      life.restart();
      life.find();
      life.range();
    } catch (error) {
      console.error(`failed with MVCC_SEED=${seed} MVCC_RUNS=1`);
      throw error;
    }
  }
});

test('the commit listener hears each change once, in order', () => {
  for (let seed = 1; seed <= 5; seed++) {
    const life = new Life(seed);
    for (let i = 0; i < 100; i++) life.txn();
    assert.deepEqual(life.recorder.seen, life.naive.changes.map(showNaive), `seed ${seed}`);
  }
});
