/**
 * The naive twin of the store as watching sees it (an array of all changes ever made), and what every `WatchHistory`
 * must do.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteWriter, compareBytes, encodeUtf8, equalBytes, Prng } from '../../stdx/index.js';
import type { CommitListener, RevisionRecord } from '../commit-listener.js';
import type { KeyValueCursor } from '../key-value-cursor.js';
import type { WatchHistory } from './history.js';

export type Change =
  | { readonly kind: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly kind: 'delete'; readonly key: Uint8Array };

export interface NaiveRecord extends RevisionRecord {
  readonly key: Uint8Array;
}

/** A put's encoded KeyValue, or a delete's, which has key and mod_revision only (version 0). */
function encodeKeyValue(
  key: Uint8Array,
  create: number,
  mod: number,
  version: number,
  value: Uint8Array,
): Uint8Array {
  const out = new ByteWriter(64);
  out.bytesField(1, key);
  out.intField(2, create);
  out.intField(3, mod);
  out.intField(4, version);
  out.bytesField(5, value);
  return out.finish();
}

interface Life {
  create: number;
  version: number;
}

export class NaiveHistory implements WatchHistory {
  revision = 1;
  compactedRevision = -1;
  listener: CommitListener | undefined;
  readonly records: NaiveRecord[] = [];
  readonly #lives = new Map<string, Life>();

  /** Applies the changes as one transaction; deletes of absent keys change nothing. Returns the revision. */
  txn(changes: readonly Change[]): number {
    const main = this.revision + 1;
    const added: NaiveRecord[] = [];
    for (const change of changes) {
      const name = change.key.join();
      const life = this.#lives.get(name);
      if (change.kind === 'delete') {
        if (life === undefined) continue;
        this.#lives.delete(name);
        const kv = encodeKeyValue(change.key, 0, main, 0, new Uint8Array(0));
        added.push(record(main, added.length, true, change.key, kv, false));
      } else {
        const next =
          life === undefined ? { create: main, version: 1 } : { ...life, version: life.version + 1 };
        this.#lives.set(name, next);
        const kv = encodeKeyValue(change.key, next.create, main, next.version, change.value);
        added.push(record(main, added.length, false, change.key, kv, next.create === main));
      }
    }
    if (added.length === 0) return this.revision;
    this.revision = main;
    this.records.push(...added);
    this.listener?.onCommit({ revision: main, count: added.length, at: (i) => added[i]! });
    return main;
  }

  put(key: string, value: string): number {
    return this.txn([{ kind: 'put', key: encodeUtf8(key), value: encodeUtf8(value) }]);
  }

  delete(key: string): number {
    return this.txn([{ kind: 'delete', key: encodeUtf8(key) }]);
  }

  compact(revision: number): void {
    this.compactedRevision = revision;
  }

  previous(buf: Uint8Array, keyStart: number, keyEnd: number, main: number): KeyValueCursor | undefined {
    if (main - 1 < this.compactedRevision) return undefined;
    const key = buf.slice(keyStart, keyEnd);
    const last = this.records.findLast((r) => r.main < main && equalBytes(r.key, key));
    if (last === undefined || last.isDelete) return undefined;
    return {
      createRevision: 0,
      modRevision: last.main,
      version: 0,
      lease: 0n,
      buf: last.buf,
      start: last.start,
      end: last.end,
      keyStart: last.keyStart,
      keyEnd: last.keyEnd,
      valueStart: last.end,
      valueEnd: last.end,
    };
  }

  scanRevisions(
    from: number,
    to: number,
    recordsMax: number,
    bytesMax: number,
    visit: (record: RevisionRecord) => void,
  ): number {
    assert.ok(from >= this.compactedRevision, 'the caller keeps to what is readable');
    assert.ok(recordsMax > 0 && bytesMax > 0);
    let records = 0;
    let bytes = 0;
    let low = 0;
    for (let high = this.records.length; low < high; ) {
      const middle = (low + high) >>> 1;
      if (this.records[middle]!.main < from) low = middle + 1;
      else high = middle;
    }
    for (let i = low; i < this.records.length; i++) {
      const record = this.records[i]!;
      if (record.main > to) break;
      const isNewRevision = i === low || this.records[i - 1]!.main !== record.main;
      if (isNewRevision && (records >= recordsMax || bytes >= bytesMax)) return record.main;
      visit(record);
      records++;
      bytes += record.end - record.start;
    }
    return to + 1;
  }
}

/** A record whose bytes do not begin at 0, as in a slab. */
function record(
  main: number,
  sub: number,
  isDelete: boolean,
  key: Uint8Array,
  kv: Uint8Array,
  isCreate: boolean,
): NaiveRecord {
  const margin = 3;
  const buf = new Uint8Array(kv.length + 2 * margin).fill(0xee);
  buf.set(kv, margin);
  const keyStart = margin + (key.length > 127 ? 3 : 2);
  return {
    main,
    sub,
    isDelete,
    buf,
    start: margin,
    end: margin + kv.length,
    keyStart,
    keyEnd: keyStart + key.length,
    isCreate,
    key,
  };
}

/** A store with the means to change it. */
export interface HistoryUnderTest {
  readonly history: WatchHistory;
  /** As {@link NaiveHistory.txn}. */
  txn(changes: readonly Change[]): number;
  compact(revision: number): void;
  setListener(listener: CommitListener): void;
}

function copyRecord(r: RevisionRecord): unknown {
  return {
    main: r.main,
    sub: r.sub,
    isDelete: r.isDelete,
    isCreate: r.isCreate,
    kv: [...r.buf.subarray(r.start, r.end)],
    key: [...r.buf.subarray(r.keyStart, r.keyEnd)],
  };
}

export function randomChanges(prng: Prng, keys: readonly Uint8Array[], valueBytesMax: number): Change[] {
  const changes: Change[] = [];
  const used = new Set<Uint8Array>();
  for (let i = prng.between(1, prng.chance(0.2) ? 6 : 1); i > 0; i--) {
    const key = prng.pick(keys);
    if (used.has(key)) continue;
    used.add(key);
    if (prng.chance(0.25)) changes.push({ kind: 'delete', key });
    else changes.push({ kind: 'put', key, value: prng.bytes(prng.below(valueBytesMax)) });
  }
  return changes.sort((a, b) => compareBytes(a.key, b.key));
}

/** Compares a history with the naive one on the same random changes. */
export function historyConformance(name: string, make: () => HistoryUnderTest): void {
  test(`${name}: commits, scans and previous values agree with the naive history`, () => {
    for (let seed = 1; seed <= 10; seed++) {
      const prng = new Prng(seed);
      const twin = new NaiveHistory();
      const subject = make();
      const heard: unknown[] = [];
      subject.setListener({
        onCommit: (committed) => {
          for (let i = 0; i < committed.count; i++) heard.push(copyRecord(committed.at(i)));
        },
      });
      const keys = ['a', 'ab', 'b', 'c', 'c\u0000'].map((text) => encodeUtf8(text));
      for (let i = 0; i < 200; i++) {
        const changes = randomChanges(prng, keys, 40);
        assert.equal(subject.txn(changes), twin.txn(changes), `seed ${seed}`);
      }
      assert.deepEqual(heard, twin.records.map(copyRecord), `seed ${seed}: what the listener heard`);
      const collect = (history: WatchHistory, from: number, to: number, max: number): unknown[] => {
        const seen: unknown[] = [];
        const next = history.scanRevisions(from, to, max, 1 << 20, (r) => seen.push(copyRecord(r)));
        return [next, seen];
      };
      for (let i = 0; i < 50; i++) {
        const from = prng.between(2, twin.revision);
        const to = prng.between(from, twin.revision);
        const max = prng.between(1, 60);
        assert.deepEqual(
          collect(subject.history, from, to, max),
          collect(twin, from, to, max),
          `seed ${seed}: scan ${from}..${to} by ${max}`,
        );
      }
      const compacted = prng.between(2, twin.revision);
      subject.compact(compacted);
      twin.compact(compacted);
      for (let main = 2; main <= twin.revision; main++) {
        for (const key of keys) {
          const found = subject.history.previous(key, 0, key.length, main);
          const bytes = found === undefined ? undefined : [...found.buf.subarray(found.start, found.end)];
          const expected = twin.previous(key, 0, key.length, main);
          assert.deepEqual(
            bytes,
            expected === undefined ? undefined : [...expected.buf.subarray(expected.start, expected.end)],
            `seed ${seed}: previous of ${key} before ${main}, compacted ${compacted}`,
          );
        }
      }
    }
  });
}
