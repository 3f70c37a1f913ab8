import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteReader, ByteWriter } from '../stdx/index.js';
import { revisionValue } from './compaction.js';
import { KeyValueFields } from './key-value.js';
import { RangeQuery } from './range-query.js';
import { putRevisionKey } from './revision-key.js';
import { Store } from './store.js';
import { CorruptStoreError } from './store-builder.js';
import { MapBackend } from './testing/map-backend.js';
import { bytesOf } from './testing/naive-store.js';

const NONE = new Uint8Array(0);

function put(store: Store, key: string, value: string, lease = 0n): void {
  const k = bytesOf(key);
  const v = bytesOf(value);
  store.put(k, 0, k.length, v, 0, v.length, lease);
}

function del(store: Store, key: string, rangeEnd = ''): number {
  const k = bytesOf(key);
  const e = bytesOf(rangeEnd);
  return store.deleteRange(k, 0, k.length, e, 0, e.length);
}

/** One transaction; returns the revision after it. */
function txn(store: Store, ...changes: (() => void)[]): number {
  store.begin();
  for (const change of changes) change();
  return store.end();
}

function find(store: Store, key: string) {
  const k = bytesOf(key);
  return store.find(k, 0, k.length);
}

interface Answer {
  readonly status: string;
  readonly count: number;
  readonly more: boolean;
  readonly kvs: string[];
}

function range(store: Store, key: string, rangeEnd: string, options: Partial<RangeQuery> = {}): Answer {
  const query = new RangeQuery();
  query.keyBuf = bytesOf(key);
  query.keyEnd = query.keyBuf.length;
  query.rangeEndBuf = bytesOf(rangeEnd);
  query.rangeEndEnd = query.rangeEndBuf.length;
  Object.assign(query, options);
  const out = new ByteWriter();
  store.range(query, out);
  const reader = new ByteReader(out.buf, 0, out.len);
  const fields = new KeyValueFields();
  const kvs: string[] = [];
  while (!reader.done) {
    assert.equal(reader.tag(), 0x12);
    const kv = reader.bytes();
    fields.read(new ByteReader(kv));
    const text = (start: number, end: number): string => Buffer.from(kv.slice(start, end)).toString('latin1');
    kvs.push(
      `${text(fields.keyStart, fields.keyEnd)}=${text(fields.valueStart, fields.valueEnd)}` +
        ` c${fields.createRevision} m${fields.modRevision} v${fields.version}`,
    );
  }
  return { status: query.status, count: query.count, more: query.more, kvs };
}

function compactFully(store: Store, backend: MapBackend): void {
  for (let more = true; more; ) {
    more = store.compactSome(100);
    void store.flush(() => {});
    backend.settle(backend.outstanding);
  }
}

test('an empty store is at revision 1 and the first write at 2', () => {
  const store = new Store(new MapBackend());
  assert.equal(store.revision, 1);
  assert.equal(store.compactedRevision, -1);
  assert.equal(
    txn(store, () => put(store, 'a', '1')),
    2,
  );
});

test('a transaction that changes nothing has no revision', () => {
  const store = new Store(new MapBackend());
  assert.equal(txn(store), 1);
  assert.equal(
    txn(store, () => assert.equal(del(store, 'nothing'), 0)),
    1,
  );
  assert.equal(
    txn(store, () => put(store, 'a', '')),
    2,
  );
  assert.equal(
    txn(store, () => put(store, 'a', '')),
    3,
    'an equal value is a change',
  );
});

test('create_revision and version belong to a life, which a delete ends', () => {
  const store = new Store(new MapBackend());
  for (let i = 0; i < 3; i++) txn(store, () => put(store, 'a', String(i)));
  assert.deepEqual(range(store, 'a', '').kvs, ['a=2 c2 m4 v3']);
  txn(store, () => del(store, 'a'));
  assert.equal(find(store, 'a'), undefined);
  txn(store, () => put(store, 'a', 'again'));
  assert.deepEqual(range(store, 'a', '').kvs, ['a=again c6 m6 v1']);
});

test('all changes of a transaction share a revision, and its reads see them', () => {
  const store = new Store(new MapBackend());
  store.begin();
  assert.equal(store.writeRevision, 1);
  put(store, 'a', '1');
  assert.equal(store.writeRevision, 2);
  assert.deepEqual(range(store, 'a', '').kvs, ['a=1 c2 m2 v1']);
  assert.equal(range(store, 'a', '', { revision: 1 }).count, 0, 'the revision before does not change');
  assert.equal(range(store, 'a', '', { revision: 2 }).status, 'future');
  put(store, 'b', '2');
  assert.equal(del(store, 'a', '\0'), 2);
  assert.equal(range(store, 'a', '\0').count, 0);
  put(store, 'a', '3');
  assert.deepEqual(range(store, 'a', '').kvs, ['a=3 c2 m2 v1']);
  assert.equal(store.end(), 2);
});

test('the five forms of an interval', () => {
  const store = new Store(new MapBackend());
  txn(store, ...['a', 'b', 'b\0', 'c', '\xff'].map((key) => () => put(store, key, '')));
  const keys = (key: string, end: string): string[] =>
    range(store, key, end).kvs.map((kv) => kv.split('=')[0]!);
  assert.deepEqual(keys('b', ''), ['b']);
  assert.deepEqual(keys('b', 'c'), ['b', 'b\0']);
  assert.deepEqual(keys('b', 'b'), []);
  assert.deepEqual(keys('b', 'a'), []);
  assert.deepEqual(keys('b\0', '\0'), ['b\0', 'c', '\xff']);
  assert.deepEqual(keys('\0', '\0'), ['a', 'b', 'b\0', 'c', '\xff']);
});

test('the limit cuts after the count, and before a sort without an order', () => {
  const store = new Store(new MapBackend());
  for (const key of ['d', 'c', 'b', 'a']) txn(store, () => put(store, key, ''));
  const page = range(store, 'a', '\0', { limit: 2 });
  assert.deepEqual([page.kvs.length, page.count, page.more], [2, 4, true]);
  assert.equal(range(store, 'a', '\0', { limit: 4 }).more, false);
  const keys = (options: Partial<RangeQuery>): string =>
    range(store, 'a', '\0', options)
      .kvs.map((kv) => kv[0])
      .join('');
  assert.equal(keys({ sortTarget: 3 }), 'dcba');
  assert.equal(keys({ sortTarget: 3, limit: 2 }), 'cb', 'of a, b, c only');
  assert.equal(keys({ sortTarget: 3, sortOrder: 1, limit: 2 }), 'dc');
  assert.equal(keys({ sortTarget: 3, sortOrder: 2, limit: 2 }), 'ab');
  assert.equal(keys({ sortOrder: 2, limit: 3 }), 'dcb');
});

test('filters bound both ends, combine, and leave the count alone', () => {
  const store = new Store(new MapBackend());
  for (const key of ['a', 'b', 'c', 'd']) txn(store, () => put(store, key, ''));
  txn(store, () => put(store, 'a', 'new'));
  const got = range(store, 'a', '\0', { minModRevision: 3, maxModRevision: 5, minCreateRevision: 4 });
  assert.deepEqual(got.kvs, ['c= c4 m4 v1', 'd= c5 m5 v1']);
  assert.equal(got.count, 4);
  const limited = range(store, 'a', '\0', { maxCreateRevision: 4, limit: 2 });
  assert.equal(limited.more, true);
  assert.equal(range(store, 'a', '', { minModRevision: 7 }).count, 1);
  assert.deepEqual(range(store, 'a', '', { minModRevision: 7 }).kvs, []);
});

test('compaction refuses what is compacted or not there yet; 0 works once', () => {
  const store = new Store(new MapBackend());
  assert.equal(store.compact(-1), 'compacted');
  assert.equal(store.compact(2), 'future');
  assert.equal(store.compact(0), 'ok');
  assert.equal(store.compact(0), 'compacted');
  txn(store, () => put(store, 'a', '1'));
  txn(store, () => put(store, 'a', '2'));
  assert.equal(store.compact(2), 'ok');
  assert.equal(store.compact(2), 'compacted');
  assert.deepEqual(
    range(store, 'a', '', { revision: 2 }).kvs,
    ['a=1 c2 m2 v1'],
    'its own revision is readable',
  );
  assert.equal(range(store, 'a', '', { revision: 1 }).status, 'compacted');
  assert.equal(range(store, 'a', '', { revision: -1 }).status, 'ok');
});

test('a tombstone exactly at the compaction stays for watchers, an older one goes with its key', () => {
  const backend = new MapBackend();
  const store = new Store(backend);
  txn(store, () => put(store, 'old', '1'));
  txn(store, () => del(store, 'old'));
  txn(store, () => put(store, 't', '1'));
  txn(store, () => del(store, 't'));
  txn(store, () => put(store, 't', '2'));
  void store.flush(() => {});
  backend.settle(1);
  assert.equal(store.compact(5), 'ok');
  compactFully(store, backend);
  const seen: string[] = [];
  store.scanRevisions(5, 6, 100, 1e6, (r) => seen.push(`${r.main} ${r.isDelete}`));
  assert.deepEqual(seen, ['5 true', '6 false']);
  let records = 0;
  backend.scan('key', NONE, undefined, () => ++records > 0);
  assert.equal(records, 2);
  store.validate();
});

test('physical compaction is finished once its deletes are committed', async () => {
  const backend = new MapBackend();
  const store = new Store(backend);
  for (let i = 0; i < 10; i++) txn(store, () => put(store, 'a', String(i)));
  const first = store.flush(() => {});
  backend.settle(1);
  await first;
  store.compact(11);
  while (store.compactSome(1));
  assert.equal(store.finishedCompactRevision, -1);
  assert.equal(store.pendingCount > 0, true);
  const second = store.flush(() => {});
  await Promise.resolve();
  assert.equal(store.finishedCompactRevision, -1);
  backend.settle(1);
  await second;
  assert.equal(store.finishedCompactRevision, 11);
});

test('a compaction cut short by a restart goes on; no dead key comes back', async () => {
  for (let slices = 0; slices < 12; slices++) {
    const backend = new MapBackend();
    const store = new Store(backend);
    for (let i = 0; i < 4000; i++) {
      txn(store, () => put(store, `k${i % 700}`, String(i)));
      if (i % 3 === 0) txn(store, () => del(store, `k${i % 700}`));
    }
    const alive = store.keyCount;
    const flushed = store.flush(() => {});
    backend.settle(1);
    await flushed;
    store.compact(store.revision - 100);
    for (let i = 0; i < slices; i++) store.compactSome(600);
    void store.flush(() => {});
    backend.settle(1);
    const restarted = new Store(backend.crashed());
    restarted.restore();
    assert.equal(restarted.compactedRevision, store.revision - 100);
    assert.equal(restarted.keyCount, alive, `after ${slices} slices`);
    assert.equal(restarted.revision, store.revision);
    restarted.validate();
  }
});

test('what is superseded before it was flushed never reaches the backend', () => {
  const backend = new MapBackend();
  const store = new Store(backend);
  for (let i = 0; i < 5000; i++) txn(store, () => put(store, 'a', 'x'));
  store.compact(store.revision);
  while (store.compactSome(1000));
  assert.equal(store.pendingCount <= 3, true);
  void store.flush(() => {});
  backend.settle(1);
  let records = 0;
  backend.scan('key', NONE, undefined, () => ++records > 0);
  assert.equal(records, 1);
});

test('several transactions outstanding: each record is readable at every moment', async () => {
  const backend = new MapBackend();
  const store = new Store(backend, { ringBytes: 0 });
  const value = 'v'.repeat(300_000);
  const flushes: Promise<void>[] = [];
  for (let i = 0; i < 12; i++) {
    txn(store, () => put(store, `k${i}`, value + i));
    flushes.push(store.flush(() => {}));
  }
  const held = store.ringBytes;
  const check = (): void => {
    for (let i = 0; i < 12; i++) {
      const kv = find(store, `k${i}`)!;
      assert.equal(Buffer.from(kv.buf.slice(kv.valueStart, kv.valueEnd)).toString(), value + i);
    }
  };
  for (let i = 0; i < 12; i++) {
    check();
    backend.settle(1);
    await flushes[i];
  }
  check();
  assert.equal(store.ringBytes < held, true);
});

test('a key read singly after a restart is kept in the ring, within its size', () => {
  const backend = new MapBackend();
  const first = new Store(backend);
  const value = 'v'.repeat(200_000);
  for (let i = 0; i < 30; i++) txn(first, () => put(first, `k${i}`, value + i));
  void first.flush(() => {});
  backend.settle(1);
  const store = new Store(backend, { ringBytes: 2 << 20 });
  store.restore();
  assert.equal(range(store, 'k', '\0').count, 30);
  assert.equal(store.ringBytes, 0, 'a range keeps nothing');
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 30; i++) {
      assert.deepEqual(range(store, `k${i}`, '').kvs, [`k${i}=${value}${i} c${i + 2} m${i + 2} v1`]);
      assert.equal(store.ringBytes <= 3 << 20, true);
    }
  }
  const reads = backend.reads;
  assert.deepEqual(range(store, 'k29', '').kvs.length, 1);
  assert.equal(backend.reads, reads, 'the last one is there');
  range(store, 'k0', '');
  assert.equal(backend.reads, reads + 1, 'the first one has made room');
});

test('a put may take its value from the cursor of its own key', () => {
  const store = new Store(new MapBackend());
  txn(store, () => put(store, 'a', 'kept', 9n));
  store.begin();
  const kv = find(store, 'a')!;
  const key = bytesOf('a');
  store.put(key, 0, 1, kv.buf, kv.valueStart, kv.valueEnd, kv.lease);
  store.end();
  assert.deepEqual(range(store, 'a', '').kvs, ['a=kept c2 m3 v2']);
  assert.equal(find(store, 'a')!.lease, 9n);
});

test('previous skips the changes of the same revision and stops at the compaction', () => {
  const store = new Store(new MapBackend());
  txn(store, () => put(store, 'a', '1'));
  txn(
    store,
    () => put(store, 'a', '2'),
    () => del(store, 'a', '\0'),
  );
  const key = bytesOf('a');
  assert.equal(store.previous(key, 0, 1, 3)!.modRevision, 2);
  assert.equal(store.previous(key, 0, 1, 2), undefined);
  assert.equal(store.previous(key, 0, 1, 4), undefined, 'deleted at 3');
  store.compact(3);
  assert.equal(store.previous(key, 0, 1, 3), undefined);
});

test('a scan keeps a revision whole and says where to go on', () => {
  const store = new Store(new MapBackend());
  txn(store, ...Array.from({ length: 50 }, (_, i) => () => put(store, `k${i}`, '')));
  txn(store, () => put(store, 'x', ''));
  let seen = 0;
  assert.equal(
    store.scanRevisions(1, 10, 1, 1e9, () => seen++),
    3,
  );
  assert.equal(seen, 50);
  assert.equal(
    store.scanRevisions(3, 10, 1, 1e9, () => seen++),
    4,
  );
  assert.equal(
    store.scanRevisions(4, 10, 1, 1e9, () => seen++),
    4,
    'nothing left, up to the newest revision',
  );
  assert.equal(seen, 51);
});

test('counting looks at leaves, not at keys, and agrees', () => {
  const store = new Store(new MapBackend());
  for (let i = 0; i < 3000; i++) txn(store, () => put(store, `k${String(i).padStart(5, '0')}`, ''));
  for (let i = 0; i < 3000; i += 3) txn(store, () => del(store, `k${String(i).padStart(5, '0')}`));
  assert.equal(range(store, 'k', 'l', { countOnly: true }).count, 2000);
  assert.equal(range(store, 'k', '\0', { limit: 5 }).count, 2000);
  assert.equal(range(store, 'k00010', 'k02000', { countOnly: true }).count, 1327);
  assert.equal(range(store, 'k', 'l', { countOnly: true, revision: 3001 }).count, 3000);
  assert.equal(store.keyCount, 2000);
});

test('records that no store wrote are refused by name', () => {
  const key = new Uint8Array(17);
  putRevisionKey(key, 0, 5, 0, false);
  const w = new ByteWriter();
  w.bytesField(1, bytesOf('a'));
  w.intField(3, 6);
  w.intField(4, 1);
  const cases: [Uint8Array, Uint8Array, RegExp][] = [
    [bytesOf('no revision'), NONE, /6e6f2072.*no revision/],
    [key, bytesOf('\x0a\x7f'), /0000000000000005.*unexpected EOF/],
    [key, NONE, /no key/],
    [key, w.finish(), /another revision/],
  ];
  for (const [name, value, message] of cases) {
    const backend = new MapBackend();
    void backend.commit((tx) => tx.put('key', name, value));
    backend.settle(1);
    assert.throws(
      () => new Store(backend).restore(),
      (error) => error instanceof CorruptStoreError && message.test(error.message),
    );
  }
});

test('compaction marks that do not fit the records are refused', () => {
  const marks: [string, number, RegExp][] = [
    ['scheduledCompactRev', 2, /beyond the newest record/],
    ['finishedCompactRev', 1, /not mark as scheduled/],
  ];
  for (const [name, revision, message] of marks) {
    const backend = new MapBackend();
    void backend.commit((tx) => tx.put('meta', bytesOf(name), revisionValue(revision)));
    backend.settle(1);
    assert.throws(() => new Store(backend).restore(), message);
  }
  const backend = new MapBackend();
  void backend.commit((tx) => tx.put('meta', bytesOf('scheduledCompactRev'), bytesOf('17 bytes, no mark')));
  backend.settle(1);
  assert.throws(() => new Store(backend).restore(), /is no revision/);
});

test('misuse is a bug, not an answer', () => {
  const store = new Store(new MapBackend());
  assert.throws(() => put(store, 'a', ''), /needs a transaction/);
  assert.throws(() => store.end(), /open transaction/);
  store.begin();
  assert.throws(() => store.begin(), /one write transaction/);
  assert.throws(() => put(store, '', ''), /at least one byte/);
  assert.throws(() => store.compact(1), /between transactions/);
  assert.throws(() => store.compactSome(1), /between transactions/);
});
