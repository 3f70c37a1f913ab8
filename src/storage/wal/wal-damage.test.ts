/** Damage by outside hands: every flipped bit, cut file and missing file is named, or provably harmless. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Entry } from '../../raft/index.js';
import { Prng } from '../../stdx/index.js';
import { MemoryDisk } from '../memory-disk.js';
import { CRC32C } from './checksum.js';
import { CorruptWalError } from './errors.js';
import { FRAME_HEADER_BYTES } from './frame.js';
import { type RecoveredWal, Wal } from './wal.js';

const DIR = 'wal';
const METADATA = { clusterId: 11n, memberId: 22n };
const OPTIONS = { checksum: CRC32C, segmentBytesFirst: 1024, segmentBytesMax: 1024 };

interface Image {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly entries: readonly string[];
  /** Of the last segment in use: where its last frame begins and ends. */
  readonly lastFile: string;
  readonly lastFrame: number;
  readonly end: number;
}

const describe = (entry: Entry): string => `${entry.index}/${entry.term} ${entry.data.join()}`;

/** A log of four segments and two spares. */
async function makeImage(sealed: boolean): Promise<Image> {
  const prng = new Prng(42);
  const random = { float: () => prng.float(), bytes: (length: number) => prng.bytes(length) };
  const disk = new MemoryDisk();
  const wal = await Wal.create(disk, DIR, METADATA, { ...OPTIONS, random });
  const entries: string[] = [];
  const writes: { path: string; offset: number; end: number }[] = [];
  for (let index = 1; index <= 22; index++) {
    const entry: Entry = { index, term: 3, kind: 0, data: prng.bytes(prng.between(20, 140)) };
    entries.push(describe(entry));
    const before = snapshotOf(disk);
    await new Promise<void>((resolve, reject) => {
      wal.append({ term: 3, vote: 5n, commit: index - 1 }, [entry], (error) =>
        error ? reject(error) : resolve(),
      );
    });
    writes.push(changeBetween(before, snapshotOf(disk)));
  }
  const last = writes[writes.length - 1]!;
  if (sealed) await wal.close();
  return { files: snapshotOf(disk), entries, lastFile: last.path, lastFrame: last.offset, end: last.end };
}

function snapshotOf(disk: MemoryDisk): Map<string, Uint8Array> {
  return new Map(disk.paths().map((path) => [path, disk.contentOf(path)]));
}

/** The last file that a frame was put in, and where. */
function changeBetween(
  before: ReadonlyMap<string, Uint8Array>,
  after: ReadonlyMap<string, Uint8Array>,
): { path: string; offset: number; end: number } {
  for (const [path, content] of after) {
    const old = before.get(path) ?? new Uint8Array(content.length);
    const offset = content.findIndex((byte, i) => byte !== old[i]);
    if (offset < 0 || !path.endsWith('.wal')) continue;
    const start = offset - (offset % 8);
    const view = new DataView(content.buffer, content.byteOffset);
    return { path, offset: start, end: start + FRAME_HEADER_BYTES + view.getUint32(start + 4, true) };
  }
  throw new Error('nothing was written');
}

function diskOf(
  image: Image,
  change?: { path: string; content: Uint8Array | undefined },
): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  return disk.makeDir(DIR).then(() => {
    for (const [path, content] of image.files) {
      if (change?.path !== path) disk.setContent(path, content);
      else if (change.content !== undefined) disk.setContent(path, change.content);
    }
    return disk;
  });
}

async function openDamaged(
  image: Image,
  change: { path: string; content: Uint8Array | undefined },
): Promise<RecoveredWal | CorruptWalError> {
  try {
    const { recovered, wal } = await Wal.open(await diskOf(image, change), DIR, OPTIONS);
    await wal.close();
    return recovered;
  } catch (error) {
    if (error instanceof CorruptWalError) return error;
    throw error;
  }
}

let sealed: Image;
let unsealed: Image;
before(async () => {
  sealed = await makeImage(true);
  unsealed = await makeImage(false);
});

function usedFiles(image: Image): string[] {
  return [...image.files.keys()].filter((path) => path.endsWith('.wal') && path <= image.lastFile);
}

test('the undamaged logs are whole', async () => {
  for (const image of [sealed, unsealed]) {
    const { recovered } = await Wal.open(await diskOf(image), DIR, OPTIONS);
    assert.deepEqual(recovered.entries.map(describe), image.entries);
    assert.equal(recovered.bytesCut, 0);
    assert.ok(usedFiles(image).length >= 3, 'the log has several segments');
    assert.ok(image.files.size > usedFiles(image).length, 'and a spare');
  }
});

test('a flipped bit anywhere in a sealed log is found, or hits nothing', async () => {
  const prng = new Prng(1);
  let found = 0;
  for (const [path, content] of sealed.files) {
    for (let at = 0; at < content.length; at++) {
      const flipped = content.slice();
      flipped[at]! ^= 1 << prng.below(8);
      const result = await openDamaged(sealed, { path, content: flipped });
      const where = `${path} at ${at}`;
      if (result instanceof CorruptWalError) {
        found++;
        assert.equal(result.file, path, where);
        assert.ok(result.offset <= at, `${where}: reported at ${result.offset}`);
        assert.ok(result.message.includes(path) && result.message.includes(String(result.offset)), where);
      } else {
        assert.deepEqual(result.entries.map(describe), sealed.entries, where);
        assert.equal(result.hardState.commit, 21, where);
        const inUse = path < sealed.lastFile || (path === sealed.lastFile && at < sealed.end);
        const isSlack = path !== sealed.lastFile && isPastFrames(content, at);
        assert.ok(!inUse || isSlack, `${where}: a change went unnoticed`);
      }
    }
  }
  assert.ok(found > 2000, `${found} flips were found`);
});

/** Whether `at` lies behind the last frame of a full segment. */
function isPastFrames(content: Uint8Array, at: number): boolean {
  const view = new DataView(content.buffer, content.byteOffset);
  let end = 0;
  while (end + FRAME_HEADER_BYTES <= content.length && view.getUint32(end + 28, true) !== 0) {
    end += FRAME_HEADER_BYTES + view.getUint32(end + 4, true);
  }
  return at >= end;
}

test('a flipped bit in the last frame of a log that was not sealed cuts that frame and no other', async () => {
  const content = unsealed.files.get(unsealed.lastFile)!;
  let cut = 0;
  for (let at = 0; at < content.length; at++) {
    const flipped = content.slice();
    flipped[at]! ^= 0x10;
    const result = await openDamaged(unsealed, { path: unsealed.lastFile, content: flipped });
    if (at < unsealed.lastFrame) {
      assert.ok(result instanceof CorruptWalError, `offset ${at}`);
    } else {
      assert.ok(!(result instanceof CorruptWalError), `offset ${at}: ${String(result)}`);
      const expected = at < unsealed.end ? unsealed.entries.slice(0, -1) : unsealed.entries;
      assert.deepEqual(result.entries.map(describe), expected, `offset ${at}`);
      if (at < unsealed.end && result.bytesCut > 0) cut++;
    }
  }
  assert.ok(cut > 0);
});

test('a file cut short is found at any length', async () => {
  for (const path of sealed.files.keys()) {
    const content = sealed.files.get(path)!;
    for (let length = 0; length < content.length; length += 24) {
      const result = await openDamaged(sealed, { path, content: content.slice(0, length) });
      assert.ok(result instanceof CorruptWalError, `${path} cut to ${length}`);
      assert.equal(result.file, path);
    }
  }
});

test('a missing segment is named', async () => {
  const used = usedFiles(sealed);
  for (const path of used.slice(1)) {
    const result = await openDamaged(sealed, { path, content: undefined });
    assert.ok(result instanceof CorruptWalError);
    assert.equal(result.file, path);
    assert.match(result.message, /missing/);
  }
  const first = await openDamaged(sealed, { path: used[0]!, content: undefined });
  assert.ok(first instanceof CorruptWalError);
  assert.match(first.message, /entries 1 to \d+ are missing/);
});

test('segments of another log, and segments in the wrong place, are refused', async () => {
  const used = usedFiles(sealed);
  const swapped = await openDamaged(sealed, { path: used[1]!, content: sealed.files.get(used[2]!)! });
  assert.ok(swapped instanceof CorruptWalError);
  const zeroed = await openDamaged(sealed, { path: used[1]!, content: new Uint8Array(1024) });
  assert.ok(zeroed instanceof CorruptWalError);
  assert.equal(zeroed.file, used[1]);
});

test('a frame that was written to the wrong place is found', async () => {
  const prng = new Prng(4);
  const random = { float: () => prng.float(), bytes: (length: number) => prng.bytes(length) };
  const disk = new MemoryDisk();
  const wal = await Wal.create(disk, DIR, METADATA, { checksum: CRC32C, random, segmentBytesFirst: 8192 });
  const path = disk.paths().find((each) => each.endsWith('0001.wal'))!;
  const contents = [disk.contentOf(path)];
  for (let index = 1; index <= 6; index++) {
    const entry: Entry = { index, term: 1, kind: 0, data: prng.bytes(100) };
    await new Promise<void>((resolve) => wal.append(undefined, [entry], () => resolve()));
    contents.push(disk.contentOf(path));
  }
  const whole = contents[6]!;
  const view = new DataView(whole.buffer);
  const start = FRAME_HEADER_BYTES + view.getUint32(4, true);
  const size = FRAME_HEADER_BYTES + view.getUint32(start + 4, true);
  const frames: ReadonlyMap<string, Uint8Array> = new Map([[path, whole]]);
  const image: Image = { files: frames, entries: [], lastFile: path, lastFrame: 0, end: 0 };
  for (const from of [0, 1, 4, 5]) {
    for (const to of [2, 3]) {
      const misdirected = whole.slice();
      misdirected.copyWithin(start + to * size, start + from * size, start + (from + 1) * size);
      const result = await openDamaged(image, { path, content: misdirected });
      assert.ok(result instanceof CorruptWalError, `frame ${from} in the place of frame ${to}`);
      assert.equal(result.offset, start + to * size);
      // The same in a log that ends there.
      misdirected.fill(0, start + (to + 1) * size);
      assert.ok((await openDamaged(image, { path, content: misdirected })) instanceof CorruptWalError);
    }
  }
});

test('a log written with another checksum is refused with a reason', async () => {
  const disk = await diskOf(sealed);
  const other = { id: 1, update: () => 0 };
  await assert.rejects(Wal.open(disk, DIR, { ...OPTIONS, checksum: other }), /checksum 2/);
});

test('a value that looks like a frame does not turn an unfinished write into damage', async () => {
  const prng = new Prng(9);
  const random = { float: () => prng.float(), bytes: (length: number) => prng.bytes(length) };
  const disk = new MemoryDisk();
  const wal = await Wal.create(disk, DIR, METADATA, { checksum: CRC32C, random, segmentBytesFirst: 16_384 });
  // All a client can know or guess: the layout, the segment, the next sequence; not the salt.
  const fake = new Uint8Array(512);
  const view = new DataView(fake.buffer);
  for (let at = 0; at < 512; at += 64) {
    view.setUint32(at + 4, 32, true);
    view.setUint32(at + 12, 1, true);
    view.setUint32(at + 16, 4, true);
    view.setUint32(at + 24, CRC32C.id, true);
    view.setUint32(at, CRC32C.update(fake, 0, at + 4, at + 64), true);
  }
  for (let shift = 0; shift < 8; shift++) {
    const data = new Uint8Array(520);
    data.set(fake, shift);
    await new Promise<void>((resolve) =>
      wal.append(undefined, [{ index: shift + 1, term: 1, kind: 0, data }], () => resolve()),
    );
  }
  const path = disk.paths().find((each) => each.endsWith('0001.wal'))!;
  const content = disk.contentOf(path);
  const frames: number[] = [];
  for (let at = 0; at + 32 <= content.length && content[at + 28] !== 0; ) {
    frames.push(at);
    at += FRAME_HEADER_BYTES + new DataView(content.buffer).getUint32(at + 4, true);
  }
  content[frames[frames.length - 1]! + 40]! ^= 1;
  disk.setContent(path, content);
  const { recovered } = await Wal.open(disk, DIR, OPTIONS);
  assert.ok(recovered.bytesCut > 0);
  assert.ok(recovered.entries.length > 0);
});
