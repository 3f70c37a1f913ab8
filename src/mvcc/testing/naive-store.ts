/** The store's oracle: the plain list of all changes, and each question answered by looking through it. */
import { crc32c } from '../../stdx/index.js';
import { putRevisionKey } from '../revision-key.js';

/** Keys and values are strings of bytes (code units up to 255), which compare as the bytes do. */
export interface NaiveChange {
  readonly main: number;
  readonly sub: number;
  readonly key: string;
  readonly isDelete: boolean;
  readonly create: number;
  readonly version: number;
  readonly value: string;
  readonly lease: bigint;
}

export interface NaiveQuery {
  readonly key: string;
  readonly rangeEnd: string;
  readonly limit: number;
  readonly revision: number;
  readonly sortOrder: number;
  readonly sortTarget: number;
  readonly keysOnly: boolean;
  readonly countOnly: boolean;
  readonly minMod: number;
  readonly maxMod: number;
  readonly minCreate: number;
  readonly maxCreate: number;
}

export interface NaiveAnswer {
  readonly status: 'ok' | 'compacted' | 'future';
  readonly kvs: readonly NaiveChange[];
  readonly count: number;
  readonly more: boolean;
}

export function isInRange(key: string, from: string, rangeEnd: string): boolean {
  if (rangeEnd === '') return key === from;
  if (rangeEnd === '\0') return key >= from;
  return key >= from && key < rangeEnd;
}

export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}

export class NaiveStore {
  changes: NaiveChange[] = [];
  revision = 1;
  compacted = -1;
  #sub = 0;

  clone(): NaiveStore {
    const copy = new NaiveStore();
    copy.changes = [...this.changes];
    copy.revision = this.revision;
    copy.compacted = this.compacted;
    return copy;
  }

  begin(): void {
    this.#sub = 0;
  }

  end(): number {
    if (this.#sub > 0) this.revision++;
    this.#sub = 0;
    return this.revision;
  }

  put(key: string, value: string, lease: bigint): void {
    const main = this.revision + 1;
    const old = this.at(key, main);
    const create = old?.create ?? main;
    const version = (old?.version ?? 0) + 1;
    this.changes.push({ main, sub: this.#sub++, key, isDelete: false, create, version, value, lease });
  }

  deleteRange(from: string, rangeEnd: string): number {
    const main = this.revision + 1;
    const victims = this.live(from, rangeEnd, main);
    for (const { key } of victims) {
      this.changes.push({
        main,
        sub: this.#sub++,
        key,
        isDelete: true,
        create: 0,
        version: 0,
        value: '',
        lease: 0n,
      });
    }
    return victims.length;
  }

  /** The put that shows `key` at a revision. */
  at(key: string, revision: number): NaiveChange | undefined {
    for (let i = this.changes.length - 1; i >= 0; i--) {
      const change = this.changes[i]!;
      if (change.key === key && change.main <= revision) return change.isDelete ? undefined : change;
    }
    return undefined;
  }

  live(from: string, rangeEnd: string, revision: number): NaiveChange[] {
    const newest = new Map<string, NaiveChange>();
    for (const change of this.changes) {
      if (change.main <= revision && isInRange(change.key, from, rangeEnd)) newest.set(change.key, change);
    }
    const out = [...newest.values()].filter((c) => !c.isDelete);
    return out.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  range(q: NaiveQuery): NaiveAnswer {
    if (q.revision > this.revision) return { status: 'future', kvs: [], count: 0, more: false };
    if (q.revision > 0 && q.revision < this.compacted) {
      return { status: 'compacted', kvs: [], count: 0, more: false };
    }
    const all = this.live(q.key, q.rangeEnd, q.revision <= 0 ? Number.POSITIVE_INFINITY : q.revision);
    const count = all.length;
    if (q.countOnly) return { status: 'ok', kvs: [], count, more: false };
    const filters = q.minMod !== 0 || q.maxMod !== 0 || q.minCreate !== 0 || q.maxCreate !== 0;
    const fetchesAll = q.limit <= 0 || filters || q.sortOrder !== 0;
    let kvs = fetchesAll ? all : all.slice(0, q.limit + 1);
    if (q.minMod !== 0) kvs = kvs.filter((kv) => kv.main >= q.minMod);
    if (q.maxMod !== 0) kvs = kvs.filter((kv) => kv.main <= q.maxMod);
    if (q.minCreate !== 0) kvs = kvs.filter((kv) => kv.create >= q.minCreate);
    if (q.maxCreate !== 0) kvs = kvs.filter((kv) => kv.create <= q.maxCreate);
    kvs = sorted(kvs, q);
    const more = q.limit > 0 && kvs.length > q.limit;
    if (more) kvs = kvs.slice(0, q.limit);
    if (q.keysOnly) {
      kvs = kvs.map((kv) => ({ ...kv, value: '', lease: q.sortTarget === 4 ? kv.lease : 0n }));
    }
    return { status: 'ok', kvs, count, more };
  }

  compact(revision: number): 'ok' | 'compacted' | 'future' {
    if (revision <= this.compacted) return 'compacted';
    if (revision > this.revision) return 'future';
    this.compacted = revision;
    return 'ok';
  }

  /** The changes that stay once compaction is through. */
  kept(): NaiveChange[] {
    const newest = new Map<string, NaiveChange>();
    for (const change of this.changes) {
      if (change.main <= this.compacted) newest.set(change.key, change);
    }
    return this.changes.filter((c) => {
      if (c.main > this.compacted) return true;
      return newest.get(c.key) === c && (!c.isDelete || c.main === this.compacted);
    });
  }

  previous(key: string, main: number): NaiveChange | undefined {
    return main - 1 < this.compacted ? undefined : this.at(key, main - 1);
  }

  /** `encode` gives a put's KeyValue bytes. */
  hash(revision: number, encode: (change: NaiveChange) => Uint8Array): number {
    let crc = crc32c(bytesOf('key'));
    const live = new Set(this.live('\0', '\0', revision));
    for (const c of this.kept()) {
      if (c.main > revision) continue;
      if (c.main <= this.compacted && live.size > 0 && !live.has(c)) continue;
      const key = new Uint8Array(18);
      const end = putRevisionKey(key, 0, c.main, c.sub, c.isDelete);
      crc = crc32c(encode(c), crc32c(key, crc, 0, end));
    }
    return crc;
  }
}

function sorted(kvs: readonly NaiveChange[], q: NaiveQuery): NaiveChange[] {
  const target = (kv: NaiveChange): string | number =>
    [kv.key, kv.version, kv.create, kv.main, kv.value][q.sortTarget]!;
  const sign = q.sortOrder === 2 ? -1 : 1;
  return [...kvs].sort((a, b) => {
    const x = target(a);
    const y = target(b);
    return x === y ? 0 : x < y ? -sign : sign;
  });
}
