/** A whole member on a disk, a backend and a clock in memory, moved step by step: what the tests of a member share. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Store } from '../mvcc/index.js';
import type { LogSink } from '../platform/index.js';
import { decodeLatin1, encodeUtf8, type Prng } from '../stdx/index.js';
import { CRC32C, MemoryBackend, MemoryDisk, type Wal } from '../storage/index.js';
import { ManualClock } from '../transport/testing/manual-clock.js';
import { CompactionRequest, PutRequest, PutResponse, RequestKind } from '../wire/index.js';
import { type BootstrapOptions, type BootstrapPorts, bootstrapMember } from './bootstrap.js';
import type { Member } from './member.js';
import type { Waiter } from './waiter.js';

export const sha1 = (bytes: Uint8Array): Uint8Array => createHash('sha1').update(bytes).digest();

export const MEMBER_OPTIONS: BootstrapOptions = {
  name: 'm1',
  clientUrls: ['http://127.0.0.1:2379'],
  walDir: 'data/wal',
  initialCluster: new Map([['m1', ['http://127.0.0.1:2380']]]),
  initialClusterState: 'new',
  initialClusterToken: 'test',
  preVote: true,
  heartbeatMs: 100,
  electionMs: 1000,
  maxRequestBytes: 1_572_864,
  snapshotCount: 40,
  snapshotCatchupEntries: 5000,
  backendBatchMs: 100,
  backendBatchLimit: 25,
  compactionBatchLimit: 10,
  compactionSleepMs: 10,
  strictReconfigCheck: true,
  maxLearners: 1,
};

/** What came of one request. */
export class Outcome implements Waiter {
  readonly answers: Uint8Array[] = [];
  readonly refusals: string[] = [];

  reply(message: Uint8Array, start: number, end: number): void {
    this.answers.push(message.slice(start, end));
  }

  finish(_code: number, message: string): void {
    this.refusals.push(message);
  }

  get isPending(): boolean {
    return this.answers.length + this.refusals.length === 0;
  }

  /** Revision in the header of the one answer. */
  get revision(): number {
    assert.equal(this.answers.length, 1);
    return PutResponse.decode(this.answers[0]!).header!.revision;
  }
}

export class MemberFixture {
  clock = new ManualClock();
  disk: MemoryDisk;
  backend: MemoryBackend;
  store!: Store;
  member!: Member;
  wal!: Wal;
  readonly fatal: Error[] = [];
  readonly lines: string[] = [];
  /** The way to others, for the tests that have any. */
  ports: Pick<BootstrapPorts, 'http' | 'openNetwork'> = {};
  readonly #prng: Prng;
  /** Work of disk and backend that is not told as done yet, in order. */
  #completions: (() => void)[] = [];

  constructor(prng: Prng) {
    this.#prng = prng;
    const later = (complete: () => void): void => void this.#completions.push(complete);
    this.disk = new MemoryDisk({ schedule: (_operation, _bytes, complete) => later(complete) });
    this.backend = new MemoryBackend({ schedule: later });
  }

  /** Bootstraps on what disk and backend hold. */
  async open(options: Partial<BootstrapOptions> = {}): Promise<void> {
    this.store = new Store(this.backend, { hashSeed: this.#prng.uint32() });
    this.store.restore();
    const sink: LogSink = { log: (level, message) => void this.lines.push(`${level}: ${message}`) };
    const bootstrapping = bootstrapMember(
      { ...MEMBER_OPTIONS, ...options },
      {
        disk: this.disk,
        backend: this.backend,
        store: this.store,
        checksum: CRC32C,
        sha1,
        clock: this.clock,
        random: this.#prng,
        sink,
        ...this.ports,
      },
    );
    const { member, wal } = await this.finish(bootstrapping);
    this.member = member;
    this.wal = wal;
    member.onFatal = (error) => void this.fatal.push(error);
  }

  /** {@link open}, then until it serves. */
  async start(options: Partial<BootstrapOptions> = {}): Promise<void> {
    await this.open(options);
    await this.finish(this.member.start());
  }

  /** One piece of work: what is deferred, then one completion, and what follows from them. False if nothing was there. */
  async step(): Promise<boolean> {
    const deferred = this.clock.runDeferred();
    const complete = this.#completions.shift();
    complete?.();
    await new Promise((resolve) => setImmediate(resolve));
    return deferred || complete !== undefined;
  }

  /** Steps until `done`, moving time when nothing else is left. */
  async until(done: () => boolean): Promise<void> {
    for (let steps = 0; !done(); steps++) {
      assert.ok(steps < 5000, 'it comes to an end');
      if (!(await this.step())) this.clock.advance(10);
    }
  }

  async finish<T>(work: Promise<T>): Promise<T> {
    let settled = false;
    const note = (): void => {
      settled = true;
    };
    work.then(note, note);
    await this.until(() => settled);
    return work;
  }

  async settle(...outcomes: readonly Outcome[]): Promise<void> {
    await this.until(() => outcomes.every((outcome) => !outcome.isPending));
  }

  put(key: string, value: string): Outcome {
    const request = {
      ...PutRequest.decode(new Uint8Array(0)),
      key: encodeUtf8(key),
      value: encodeUtf8(value),
    };
    return this.propose(RequestKind.PUT, PutRequest.toBytes(request));
  }

  compact(revision: number): Outcome {
    return this.propose(RequestKind.COMPACTION, CompactionRequest.toBytes({ revision, physical: false }));
  }

  propose(kind: RequestKind, body: Uint8Array): Outcome {
    const outcome = new Outcome();
    this.member.propose(kind, body, 0, body.length, outcome);
    return outcome;
  }

  /** Value and revision of a key. */
  get(key: string): { value: string; modRevision: number } | undefined {
    const name = encodeUtf8(key);
    const kv = this.store.find(name, 0, name.length);
    if (kv === undefined) return undefined;
    return {
      value: decodeLatin1(kv.buf.subarray(kv.valueStart, kv.valueEnd)),
      modRevision: kv.modRevision,
    };
  }

  async close(): Promise<void> {
    await this.finish(this.member.stop());
    await this.finish(this.wal.close());
    await this.finish(this.backend.close());
  }

  /** The power fails: disk and backend are what may be left of them, everything that ran is gone. */
  crash(): void {
    const disk = this.disk.crashClone(this.#prng);
    const backend = this.backend.crashClone(this.#prng);
    this.disk.halt();
    this.disk = disk;
    this.#reset(backend);
  }

  /** After {@link close}: the same files, opened again. */
  reopen(): void {
    this.disk = this.disk.killClone();
    this.#reset(this.backend.crashClone(this.#prng));
  }

  #reset(backend: MemoryBackend): void {
    this.backend = backend;
    this.#completions = [];
    this.clock = new ManualClock();
    this.lines.length = 0;
  }
}
