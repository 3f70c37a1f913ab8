/**
 * Damaged files: a member must not start on them, must say which file and where, and must not make it worse: with the file
 * put back, everything is there.
 */
import assert from 'node:assert/strict';
import {
  closeSync,
  cpSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { before, describe, type TestContext, test } from 'node:test';
import {
  get,
  MemberProcess,
  programUnderTest,
  put,
  RawClient,
  revisionNow,
  skipWithoutServer,
  sleep,
  tempDir,
} from '../harness/index.js';

const program = programUnderTest();
const skip =
  skipWithoutServer(program) || (program === 'etcd' ? 'the files of Quoin are damaged here' : false);

/** Enough for several log segments (the first has 4 MiB). */
const VALUES = 20;
const VALUE_BYTES = 300_000;

describe('damaged files', { skip }, () => {
  let pristine: string;
  let revision: number;

  before(async () => {
    pristine = tempDir('pristine');
    const member = await MemberProcess.launch(program, { dataDir: pristine });
    const client = new RawClient(member.endpoint);
    for (let i = 0; i < VALUES; i++) await put(client, `k${i}`, contentOf(i));
    revision = await revisionNow(client);
    // The backend commits within 100 ms of the last put; then a graceful stop.
    await sleep(300);
    client.close();
    await member.stop('SIGTERM');
  });

  function contentOf(i: number): string {
    return `${i} `.padEnd(VALUE_BYTES, 'x');
  }

  function copy(label: string): string {
    const folder = tempDir(label);
    cpSync(pristine, folder, { recursive: true });
    return folder;
  }

  function walFiles(folder: string): string[] {
    const wal = join(folder, 'member', 'wal');
    return readdirSync(wal)
      .filter((name) => name.endsWith('.wal'))
      .sort()
      .map((name) => join(wal, name));
  }

  /** Where the written part of a segment ends: the rest is zeros. */
  function usedBytes(path: string): number {
    const bytes = readFileSync(path);
    let end = bytes.length;
    while (end > 0 && bytes[end - 1] === 0) end--;
    return end;
  }

  /** Segments that hold something. */
  function usedWalFiles(folder: string): string[] {
    return walFiles(folder).filter((path) => usedBytes(path) > 0);
  }

  function flip(path: string, offset: number): void {
    const file = openSync(path, 'r+');
    const byte = new Uint8Array(1);
    readSync(file, byte, 0, 1, offset);
    byte[0]! ^= 0x40;
    writeSync(file, byte, 0, 1, offset);
    closeSync(file);
  }

  function cut(path: string, length: number): void {
    const file = openSync(path, 'r+');
    ftruncateSync(file, length);
    closeSync(file);
  }

  /** The member must end with 1, and its last words must name the file; gives them back. */
  async function refuses(t: TestContext, folder: string, file: string): Promise<string> {
    const member = await MemberProcess.prepare(program, { dataDir: folder });
    member.spawn();
    try {
      const exit = await member.waitExit(15_000);
      assert.equal(exit.code, 1, `exit ${exit.code} ${exit.signal}:\n${member.log}`);
      assert.doesNotMatch(member.log, /ready to serve client requests/);
      const words = member.log.split('\n').filter((line) => line.includes('"level":"fatal"'));
      assert.equal(words.length, 1, `the end is told ${words.length} times:\n${member.log}`);
      const { error } = JSON.parse(words[0]!) as { error: string };
      assert.ok(error.includes(file), `the error does not name ${file}:\n${error}`);
      assert.doesNotMatch(member.log, /AssertionError|at .*\.js:\d+/, 'a damaged file is no bug');
      t.diagnostic(error.replaceAll(folder, ''));
      return error;
    } finally {
      await member.stop('SIGKILL');
    }
  }

  async function servesEverything(folder: string): Promise<void> {
    const member = await MemberProcess.launch(program, { dataDir: folder });
    const client = new RawClient(member.endpoint);
    try {
      assert.equal(await revisionNow(client), revision);
      for (let i = 0; i < VALUES; i++) assert.equal(await get(client, `k${i}`), contentOf(i));
    } finally {
      client.close();
      await member.stop('SIGKILL');
    }
  }

  test('undamaged copies serve', async () => {
    const folder = copy('undamaged');
    assert.ok(usedWalFiles(folder).length >= 2, 'the fixture has too few log segments for these tests');
    await servesEverything(folder);
  });

  for (const where of ['first', 'last'] as const) {
    test(`a flipped bit in the middle of the ${where} log segment`, async (t) => {
      const folder = copy('flip');
      const file = usedWalFiles(folder).at(where === 'first' ? 0 : -1)!;
      const offset = Math.floor(usedBytes(file) / 2);
      flip(file, offset);
      const log = await refuses(t, folder, file);
      const told = Number(/offset (\d+)/.exec(log)?.[1]);
      assert.ok(
        told <= offset && offset - told < VALUE_BYTES + 4096,
        `told offset ${told}, damaged ${offset}\n${log}`,
      );
      flip(file, offset);
      await servesEverything(folder);
    });
  }

  test('a log segment cut in the middle, with others after it', async (t) => {
    const folder = copy('cut');
    const [file] = usedWalFiles(folder) as [string];
    const bytes = readFileSync(file);
    cut(file, Math.floor(usedBytes(file) / 2));
    const log = await refuses(t, folder, file);
    assert.match(log, /offset \d+/);
    const restored = openSync(file, 'r+');
    writeSync(restored, bytes);
    closeSync(restored);
    await servesEverything(folder);
  });

  test('the last log segment cut below what was applied', async (t) => {
    const folder = copy('cut-last');
    const file = usedWalFiles(folder).at(-1)!;
    cut(file, 100);
    await refuses(t, folder, join('member', 'wal'));
  });

  test('a missing log segment', async (t) => {
    const folder = copy('missing');
    const [first] = usedWalFiles(folder) as [string];
    rmSync(first);
    await refuses(t, folder, join('member', 'wal'));
  });

  test('the whole log removed', async (t) => {
    const folder = copy('no-log');
    rmSync(join(folder, 'member', 'wal'), { recursive: true });
    await refuses(t, folder, join('member', 'wal'));
  });

  test('the log of another member', async (t) => {
    const other = await MemberProcess.launch(program, { name: 'other' });
    const client = new RawClient(other.endpoint);
    // Longer than what was applied here: its length alone must not pass for the missing part.
    for (let i = 0; i < 2 * VALUES; i++) await put(client, 'x', `${i}`);
    client.close();
    await other.stop('SIGTERM');
    const folder = copy('foreign-log');
    rmSync(join(folder, 'member', 'wal'), { recursive: true });
    cpSync(join(other.dataDir, 'member', 'wal'), join(folder, 'member', 'wal'), { recursive: true });
    await refuses(t, folder, join('member', 'wal'));
  });

  test('the log of an earlier life of this member, shorter than what was applied', async (t) => {
    const early = tempDir('early');
    const member = await MemberProcess.launch(program, { dataDir: early });
    const client = new RawClient(member.endpoint);
    await put(client, 'a', '1');
    await member.stop('SIGTERM');
    const old = tempDir('old-log');
    cpSync(join(early, 'member', 'wal'), join(old, 'wal'), { recursive: true });
    await member.start();
    for (let i = 0; i < 20; i++) await put(client, 'a', `later ${i}`);
    await sleep(300);
    client.close();
    await member.stop('SIGTERM');
    rmSync(join(early, 'member', 'wal'), { recursive: true });
    cpSync(join(old, 'wal'), join(early, 'member', 'wal'), { recursive: true });
    await refuses(t, early, join('member', 'wal'));
  });

  test('the first pages of the database overwritten', async (t) => {
    const folder = copy('db-head');
    const db = databaseFile(folder);
    const file = openSync(db, 'r+');
    writeSync(file, Buffer.alloc(8192, 0xa5), 0, 8192, 0);
    closeSync(file);
    await refuses(t, folder, join('member', 'db'));
  });

  test('the database cut in half', async (t) => {
    const folder = copy('db-cut');
    const db = databaseFile(folder);
    cut(db, Math.floor(statSync(db).size / 8192) * 4096);
    await refuses(t, folder, join('member', 'db'));
  });

  for (const [how, damage] of [
    ['emptied', (db: string) => cut(db, 0)],
    ['removed', (db: string) => rmSync(db)],
  ] as const) {
    // The log may still hold everything: then serving all of it is right, and refusing is right, but nothing in between.
    test(`the database ${how}`, async (t) => {
      const folder = copy(`db-${how}`);
      damage(databaseFile(folder));
      const member = await MemberProcess.prepare(program, { dataDir: folder });
      const refused = await member.start().then(
        () => false,
        () => true,
      );
      await member.stop('SIGKILL');
      t.diagnostic(refused ? 'refused' : 'rebuilt from the log');
      if (!refused) await servesEverything(folder);
      else assert.ok(member.log.includes(join('member', 'db')), member.log);
    });
  }

  /** The database is a file, or a folder that holds its file. */
  function databaseFile(folder: string): string {
    const db = join(folder, 'member', 'db');
    return statSync(db).isDirectory() ? join(db, 'data.mdb') : db;
  }
});
