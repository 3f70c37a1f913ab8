import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { JsonLog, type LogOptions } from './json-log.js';

const dir = mkdtempSync(join(tmpdir(), 'quoin-log-'));
after(() => rmSync(dir, { recursive: true }));

/** The lines that `write` leaves in a file of its own. */
function linesOf(name: string, options: Partial<LogOptions>, write: (log: JsonLog) => void): string[] {
  const path = join(dir, name);
  const log = new JsonLog({ level: 'info', format: 'json', outputs: [path], ...options });
  write(log);
  log.close();
  return readFileSync(path, 'utf8').split('\n').slice(0, -1);
}

test("a line is etcd's: level, time, message, then the fields in order", () => {
  const lines = linesOf('json', {}, (log) => {
    log.log('info', 'a "quoted" message', {
      'member-id': 0xf00dn,
      count: 3,
      urls: ['x'],
      error: new Error('no'),
    });
    log.log('warn', 'bare');
  });
  assert.match(
    lines[0]!,
    /^\{"level":"info","ts":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z","msg":"a \\"quoted\\" message","member-id":"f00d","count":3,"urls":\["x"\],"error":"no"\}$/,
  );
  assert.deepEqual(Object.keys(JSON.parse(lines[1]!)), ['level', 'ts', 'msg']);
});

test('what is below the level is left out', () => {
  const lines = linesOf('level', { level: 'warn' }, (log) => {
    for (const level of ['debug', 'info', 'warn', 'error', 'fatal'] as const) log.log(level, level);
  });
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).msg),
    ['warn', 'error', 'fatal'],
  );
});

test('the console format is for people', () => {
  const [line] = linesOf('console', { format: 'console' }, (log) => log.log('error', 'broken', { code: 5 }));
  assert.match(line!, /^\S+Z\terror\tbroken\t\{"code":5\}$/);
});

test("every output gets every line; files are the owner's and are appended to", () => {
  const paths = [join(dir, 'one'), join(dir, 'two')];
  for (let i = 0; i < 2; i++) {
    const log = new JsonLog({ level: 'info', format: 'json', outputs: paths });
    log.log('info', `line ${i}`);
    log.close();
  }
  for (const path of paths) {
    assert.equal(readFileSync(path, 'utf8').split('\n').length, 3);
    assert.equal(statSync(path).mode & 0o077, 0);
  }
});

test('a log that cannot be written stops nothing', () => {
  const log = new JsonLog({ level: 'info', format: 'json', outputs: [join(dir, 'closed')] });
  log.close();
  log.close();
  log.log('info', 'nowhere');
  if (!existsSync('/dev/full')) return;
  const full = new JsonLog({ level: 'info', format: 'json', outputs: ['/dev/full'] });
  full.log('info', 'no room');
  full.close();
});
