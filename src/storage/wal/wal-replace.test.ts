/** A snapshot replaces the log: its marker and the hard state that speaks of it come together or not at all. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry, HardState } from '../../raft/index.js';
import { Prng } from '../../stdx/index.js';
import { MemoryDisk } from '../memory-disk.js';
import { CRC32C } from './checksum.js';
import type { SnapshotMarker } from './record.js';
import { Wal } from './wal.js';

const DIR = 'data/wal';
const METADATA = { clusterId: 5n, memberId: 7n };
const OPTIONS = { checksum: CRC32C, segmentBytesFirst: 1024, segmentBytesMax: 4096 };
const OLD_STATE: HardState = { term: 2, vote: 7n, commit: 4 };
const NEW_STATE: HardState = { term: 3, vote: 9n, commit: 20 };

function run(first: number, last: number, term: number, bytes: number): Entry[] {
  return Array.from({ length: last - first + 1 }, (_, i) => ({
    index: first + i,
    term,
    kind: 0,
    data: new Uint8Array(bytes).fill(first + i),
  }));
}

function markerAt(index: number, term: number): SnapshotMarker {
  const confState = { learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false };
  return { index, term, confState: { voters: [7n, 9n], ...confState } };
}

async function create(disk: MemoryDisk): Promise<Wal> {
  const prng = new Prng(5);
  const random = { float: () => prng.float(), bytes: (length: number) => prng.bytes(length) };
  return Wal.create(disk, DIR, METADATA, { ...OPTIONS, random });
}

function append(wal: Wal, state: HardState | undefined, entries: readonly Entry[], marker?: SnapshotMarker) {
  return new Promise<void>((resolve, reject) => {
    wal.append(state, entries, (error) => (error === undefined ? resolve() : reject(error)), marker);
  });
}

test('the entries before it are gone, also those beyond its index; those after it follow on', async () => {
  const disk = new MemoryDisk();
  const wal = await create(disk);
  await append(wal, OLD_STATE, run(1, 30, 2, 20));
  await append(wal, NEW_STATE, [], markerAt(20, 3));
  await append(wal, undefined, run(21, 23, 3, 20));
  wal.releaseTo(20);
  await wal.close();
  const { recovered } = await Wal.open(disk.crashClone(new Prng(1)), DIR, OPTIONS);
  assert.deepEqual(recovered.hardState, NEW_STATE);
  assert.deepEqual(recovered.snapshotMarker, markerAt(20, 3));
  assert.deepEqual(
    recovered.entries.map(({ index, term }) => [index, term]),
    [
      [21, 3],
      [22, 3],
      [23, 3],
    ],
  );
});

test('it waits behind a marker that is being written, and an older one never comes after it', async () => {
  const disk = new MemoryDisk();
  const wal = await create(disk);
  await append(wal, OLD_STATE, run(1, 10, 2, 20));
  const told: string[] = [];
  wal.saveSnapshotMarker(markerAt(3, 2), () => told.push('first'));
  wal.saveSnapshotMarker(markerAt(4, 2), () => told.push('second'));
  await append(wal, NEW_STATE, [], markerAt(20, 3));
  assert.deepEqual(told, ['first', 'second']);
  assert.throws(() => wal.saveSnapshotMarker(markerAt(5, 2)), /advance/);
  await wal.close();
  const { recovered } = await Wal.open(disk.crashClone(new Prng(1)), DIR, OPTIONS);
  assert.equal(recovered.snapshotMarker.index, 20);
});

test('after a power failure it is there with its hard state, or the old log is as it was', async () => {
  const found = { old: 0, replaced: 0 };
  for (let seed = 1; seed <= 150; seed++) {
    const prng = new Prng(seed);
    const queue: (() => void)[] = [];
    const drain = async (steps: number): Promise<void> => {
      for (let i = 0; i < steps; i++) {
        await new Promise((resolve) => setImmediate(resolve));
        if (queue.length > 0) queue.splice(prng.below(queue.length), 1)[0]!();
      }
    };
    const disk = new MemoryDisk({ schedule: (_operation, _bytes, complete) => queue.push(complete) });
    let wal: Wal | undefined;
    void create(disk).then((made) => {
      wal = made;
    });
    while (wal === undefined) await drain(1);
    // Sizes that make some of the writes begin a new segment.
    const entries = run(1, prng.between(4, 30), 2, prng.between(1, 60));
    let isOldDurable = false;
    void append(wal, OLD_STATE, entries).then(() => {
      isOldDurable = true;
    });
    while (!isOldDurable) await drain(1);
    let isReplaced = false;
    void append(wal, NEW_STATE, [], markerAt(20, 3)).then(() => {
      isReplaced = true;
    });
    await drain(prng.between(0, 12));
    const crashed = disk.crashClone(prng);
    disk.halt();
    let opened: Awaited<ReturnType<typeof Wal.open>> | undefined;
    void Wal.open(crashed, DIR, OPTIONS).then((wal) => {
      opened = wal;
    });
    while (opened === undefined) await drain(1);
    const { recovered } = opened;
    const shown = `seed ${seed}`;
    if (recovered.snapshotMarker.index === 20) {
      found.replaced++;
      assert.deepEqual(recovered.hardState, NEW_STATE, shown);
      assert.deepEqual(recovered.entries, [], shown);
    } else {
      found.old++;
      assert.ok(!isReplaced, shown);
      assert.equal(recovered.snapshotMarker.index, 0, shown);
      assert.deepEqual(recovered.hardState, OLD_STATE, shown);
      assert.equal(recovered.entries.length, entries.length, shown);
    }
  }
  assert.ok(found.old > 10 && found.replaced > 10, JSON.stringify(found));
});
