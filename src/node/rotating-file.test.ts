import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { type LogRotation, RotatingFile } from './rotating-file.js';

const root = mkdtempSync(join(tmpdir(), 'quoin-rotate-'));
after(() => rmSync(root, { recursive: true }));
let folders = 0;

const ROTATION: LogRotation = {
  bytesMax: 100,
  daysMax: 0,
  backupsMax: 0,
  isLocalTime: false,
  isCompressed: false,
};
const BEGAN = Date.parse('2026-03-04T05:06:07.089Z');
const DAY_MS = 24 * 60 * 60 * 1000;

class World {
  readonly folder = join(root, String(++folders));
  readonly path = join(this.folder, 'member.log');
  now = BEGAN;

  open(rotation: Partial<LogRotation> = {}): RotatingFile {
    return new RotatingFile(this.path, { ...ROTATION, ...rotation }, () => this.now);
  }

  get files(): string[] {
    return readdirSync(this.folder).sort();
  }

  read(file: string): string {
    return readFileSync(join(this.folder, file), 'utf8');
  }
}

const line = (text: string): string => `${text.padEnd(39)}\n`;

test('a file that would grow too large is put aside, with the time in its name', () => {
  const world = new World();
  const file = world.open();
  for (const text of ['a', 'b', 'c']) file.write(line(text));
  file.close();
  assert.deepEqual(world.files, ['member-2026-03-04T05-06-07.089.log', 'member.log']);
  assert.equal(world.read('member-2026-03-04T05-06-07.089.log'), line('a') + line('b'));
  assert.equal(world.read('member.log'), line('c'));
  assert.equal(statSync(world.path).mode & 0o777, 0o600);
});

test('what is there already counts', () => {
  const world = new World();
  world.open().close();
  writeFileSync(world.path, 'x'.repeat(90));
  const file = world.open();
  file.write(line('a'));
  file.close();
  assert.equal(world.read('member.log'), line('a'));
  assert.equal(world.files.length, 2);
});

test('a line of any length is written, and nothing is lost within a millisecond', () => {
  const world = new World();
  const file = world.open();
  const long = 'y'.repeat(500);
  for (let i = 0; i < 5; i++) file.write(`${i}${long}`);
  file.close();
  assert.equal(world.files.length, 5);
  assert.equal(world.files.map((name) => world.read(name)[0]).join(''), '01234');
});

test('a file that cannot be put aside goes on to grow', () => {
  const world = new World();
  const file = world.open();
  file.write(line('a'));
  file.write(line('b'));
  rmSync(world.path);
  file.write(line('c'));
  file.close();
  assert.deepEqual(world.files, []);
});

test('old files are removed by number', async () => {
  const world = new World();
  const file = world.open({ backupsMax: 2 });
  for (let i = 0; i < 9; i++) {
    world.now += 1000;
    file.write(line(String(i)));
  }
  await file.tended;
  file.close();
  assert.deepEqual(
    world.files.map((name) => world.read(name)[0]),
    ['4', '6', '8'],
  );
});

test('and by age; other files stay', async () => {
  const world = new World();
  const file = world.open({ daysMax: 1 });
  writeFileSync(join(world.folder, 'member-notes.log'), 'mine');
  for (let i = 0; i < 9; i++) {
    world.now += DAY_MS / 2;
    file.write(line(String(i)));
  }
  await file.tended;
  file.close();
  const kept = world.files.map((name) => world.read(name)[0]);
  assert.deepEqual(kept, ['4', '6', 'm', '8']);
});

test('they are compressed if asked for', async () => {
  const world = new World();
  const file = world.open({ isCompressed: true, backupsMax: 5 });
  for (let i = 0; i < 5; i++) {
    world.now += 1000;
    file.write(line(String(i)));
  }
  await file.tended;
  file.close();
  const compressed = world.files.filter((name) => name.endsWith('.log.gz'));
  assert.equal(compressed.length, 2);
  assert.equal(world.files.length, 3);
  const first = gunzipSync(readFileSync(join(world.folder, compressed[0]!))).toString();
  assert.equal(first, line('0') + line('1'));
});
