/**
 * Crashes at arbitrary points: whatever was acknowledged is there afterwards, nothing is invented, and at most the one
 * append under way is there in addition. Runs many lives of one log over recycled segments.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DiskOperation } from '../../platform/index.js';
import type { Entry, HardState } from '../../raft/index.js';
import { Prng } from '../../stdx/index.js';
import { MemoryDisk } from '../memory-disk.js';
import { CRC32C } from './checksum.js';
import type { SnapshotMarker } from './record.js';
import { type RecoveredWal, Wal } from './wal.js';

const DIR = 'data/wal';
const SEEDS = Number(process.env['QUOIN_WAL_SEEDS'] ?? 40);
const FIRST_SEED = Number(process.env['QUOIN_WAL_FIRST_SEED'] ?? 1);
const LIVES = 12;
const METADATA = { clusterId: 0xcdf818194e3a8c32n, memberId: 0x8e9e05c52164694dn };
const OPTIONS = { checksum: CRC32C, segmentBytesFirst: 1024, segmentBytesMax: 8192 };

interface State {
  hardState: HardState;
  marker: SnapshotMarker;
  /** By index; slot 0 is unused. */
  log: (Entry | undefined)[];
}

function markerAt(index: number, term: number): SnapshotMarker {
  return {
    index,
    term,
    confState: {
      voters: [1n, 2n ** 63n + 5n],
      learners: [7n],
      votersOutgoing: [],
      learnersNext: [],
      autoLeave: true,
    },
  };
}

function applyBatch(state: State, hardState: HardState | undefined, entries: readonly Entry[]): State {
  const log = [...state.log];
  for (const entry of entries) {
    log.length = entry.index;
    log[entry.index] = entry;
  }
  return { ...state, hardState: hardState ?? state.hardState, log };
}

/** Completions wait in a queue that the test drains step by step, in an order of its choice. */
class Steps {
  readonly #queue: { operation: DiskOperation; complete: () => void }[] = [];

  schedule = (operation: DiskOperation, _bytes: number, complete: () => void): void => {
    this.#queue.push({ operation, complete });
  };

  get waiting(): number {
    return this.#queue.length;
  }

  run(prng: Prng): void {
    const at = prng.below(this.#queue.length);
    this.#queue.splice(at, 1)[0]!.complete();
  }
}

const microtasks = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function drive<T>(work: Promise<T>, steps: Steps, prng: Prng): Promise<T> {
  let settled = false;
  const finished = work.finally(() => {
    settled = true;
  });
  finished.catch(() => undefined);
  for (;;) {
    await microtasks();
    if (settled) return finished;
    assert.ok(steps.waiting > 0, 'the log waits for something, but nothing is under way');
    steps.run(prng);
  }
}

class Life {
  readonly #prng: Prng;
  readonly #wal: Wal;
  acked: State;
  /** What the append under way would make of it. */
  next: State | undefined;
  readonly markersIssued: SnapshotMarker[];

  constructor(prng: Prng, wal: Wal, state: State) {
    this.#prng = prng;
    this.#wal = wal;
    this.acked = state;
    this.markersIssued = [state.marker];
  }

  act(): void {
    const choice = this.#prng.below(10);
    if (choice < 6) this.#append();
    else if (choice === 6) this.#mark();
    else if (choice === 7) this.#wal.releaseTo(this.#prng.between(0, this.acked.marker.index));
    else if (choice === 8) this.#wal.seal();
  }

  #append(): void {
    if (this.next !== undefined) return;
    const prng = this.#prng;
    const { acked } = this;
    const last = Math.max(acked.log.length - 1, acked.marker.index);
    let hardState = acked.hardState;
    let from = last + 1;
    const committed = Math.max(acked.hardState.commit, ...this.markersIssued.map((marker) => marker.index));
    if (prng.chance(0.15)) {
      hardState = { ...hardState, term: hardState.term + 1, vote: BigInt(prng.uint32()) << 32n };
      from = prng.between(Math.min(committed, last) + 1, last + 1);
    }
    const entries: Entry[] = [];
    const count = prng.chance(0.1) ? 0 : prng.between(1, 6);
    for (let i = 0; i < count; i++) {
      const bytes = prng.chance(0.03) ? prng.between(0, 12_000) : prng.between(0, 200);
      const kind = prng.below(3) as 0 | 1 | 2;
      entries.push({ index: from + i, term: Math.max(1, hardState.term), kind, data: prng.bytes(bytes) });
    }
    const end = count > 0 ? from + count - 1 : last;
    if (prng.chance(0.6)) hardState = { ...hardState, commit: prng.between(Math.min(committed, end), end) };
    const given = prng.chance(0.8) || hardState.term !== acked.hardState.term ? hardState : undefined;
    this.next = applyBatch(acked, given, entries);
    this.#wal.append(given, entries, (error) => {
      assert.equal(error, undefined);
      this.acked = { ...this.next!, marker: this.acked.marker };
      this.next = undefined;
    });
  }

  #mark(): void {
    const low = this.markersIssued[this.markersIssued.length - 1]!.index;
    const high = this.acked.hardState.commit;
    if (high <= low) return;
    const index = this.#prng.between(low + 1, high);
    const marker = markerAt(index, this.acked.log[index]?.term ?? 1);
    this.markersIssued.push(marker);
    this.#wal.saveSnapshotMarker(marker, (error) => {
      assert.equal(error, undefined);
      if (marker.index > this.acked.marker.index) this.acked = { ...this.acked, marker };
    });
  }

  /** Returns the state the log came back with, which must be one of those that were possible. */
  check(recovered: RecoveredWal): State {
    assert.deepEqual(recovered.metadata, METADATA);
    const marker = this.markersIssued.find((each) => each.index === recovered.snapshotMarker.index);
    assert.ok(marker !== undefined, 'a marker that was never saved');
    assert.deepEqual(recovered.snapshotMarker, marker);
    assert.ok(marker.index >= this.acked.marker.index, 'an acknowledged marker was lost');
    const failures: unknown[] = [];
    for (const state of [this.acked, this.next]) {
      if (state === undefined) continue;
      try {
        assert.deepEqual(recovered.hardState, state.hardState);
        const expected = state.log.slice(marker.index + 1);
        assert.equal(recovered.entries.length, expected.length);
        recovered.entries.forEach((entry, i) => {
          assert.deepEqual(
            { ...entry, data: [...entry.data] },
            { ...expected[i]!, data: [...expected[i]!.data] },
          );
        });
        return { ...state, marker };
      } catch (failure) {
        failures.push(failure);
      }
    }
    throw failures[0];
  }
}

async function runSeed(seed: number): Promise<{ segmentsMax: number; cuts: number; recycled: boolean }> {
  const prng = new Prng(seed);
  const random = { float: () => prng.float(), bytes: (length: number) => prng.bytes(length) };
  const steps = new Steps();
  let disk = new MemoryDisk({ schedule: steps.schedule });
  let wal = await drive(Wal.create(disk, DIR, METADATA, { ...OPTIONS, random }), steps, prng);
  let state: State = {
    hardState: { term: 0, vote: 0n, commit: 0 },
    marker: markerAt(0, 0),
    log: [undefined],
  };
  state.marker = {
    index: 0,
    term: 0,
    confState: { voters: [], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false },
  };
  const seen = { segmentsMax: 0, cuts: 0, recycled: false };
  for (let life = 0; life < LIVES; life++) {
    const current = new Life(prng, wal, state);
    for (let step = prng.between(1, 120); step > 0; step--) {
      if (steps.waiting > 0 && prng.chance(0.6)) steps.run(prng);
      else current.act();
      await microtasks();
    }
    disk.halt();
    disk = prng.chance(0.8) ? disk.crashClone(prng) : disk.killClone();
    if (prng.chance(0.1)) {
      // A crash during recovery changes nothing.
      const halfway = disk;
      disk = halfway.crashClone(prng);
      if (prng.chance(0.5)) await drive(Wal.open(halfway, DIR, OPTIONS), steps, prng);
      disk = halfway.crashClone(prng);
    }
    const opened = await drive(Wal.open(disk, DIR, OPTIONS), steps, prng);
    state = current.check(opened.recovered);
    wal = opened.wal;
    seen.segmentsMax = Math.max(seen.segmentsMax, opened.recovered.segments);
    if (opened.recovered.bytesCut > 0) seen.cuts++;
    if (!disk.paths().includes(`${DIR}/0000000000000001.wal`)) seen.recycled = true;
  }
  return seen;
}

test(`acknowledged appends survive crashes (${SEEDS} seeds)`, async () => {
  let cuts = 0;
  let recycled = 0;
  let segmentsMax = 0;
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
    try {
      const seen = await runSeed(seed);
      cuts += seen.cuts;
      recycled += seen.recycled ? 1 : 0;
      segmentsMax = Math.max(segmentsMax, seen.segmentsMax);
    } catch (error) {
      throw new Error(`seed ${seed} (QUOIN_WAL_FIRST_SEED=${seed} QUOIN_WAL_SEEDS=1)`, { cause: error });
    }
  }
  // The run is worth something only if it met what it is about.
  assert.ok(cuts > 0, 'no unfinished write was ever cut');
  assert.ok(recycled > 0, 'no segment was ever released');
  assert.ok(segmentsMax > 2, 'the log never had several segments');
});
