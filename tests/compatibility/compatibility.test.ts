/**
 * docs/COMPATIBILITY.md against the code: every RPC and every flag has a row, what the page says to work is served, and
 * the tests it names exist. A page that promises more, or less, than the program does is worse than none.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { SERVER_FLAGS } from '../../src/cmd/flags/server-flags.js';
import { RPC_METHODS } from '../../src/wire/index.js';
import { REPOSITORY_ROOT } from '../harness/index.js';

const page = readFileSync(join(REPOSITORY_ROOT, 'docs', 'COMPATIBILITY.md'), 'utf8');

/** The rows of the table under a heading, as trimmed cells. */
function rowsUnder(heading: string): string[][] {
  const at = page.indexOf(`\n## ${heading}\n`);
  assert.notEqual(at, -1, `there is no heading "${heading}"`);
  const end = page.indexOf('\n## ', at + 1);
  return page
    .slice(at, end === -1 ? undefined : end)
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}

/** `` `x` `` without the quotes. */
const bare = (cell: string): string => cell.replaceAll('`', '');

/** The RPCs that some file of the API names as one it serves. */
function servedPaths(folder = join(REPOSITORY_ROOT, 'src', 'api')): Set<string> {
  const found = new Set<string>();
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) for (const each of servedPaths(path)) found.add(each);
    else if (entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts')) {
      for (const match of readFileSync(path, 'utf8').matchAll(/'(\/[\w.]+\/\w+)'/g)) found.add(match[1]!);
    }
  }
  return found;
}

test('every RPC has a row, and works exactly if the API serves it', () => {
  const served = servedPaths();
  const expected = RPC_METHODS.map(({ path }) => `${path} ${served.has(path) ? 'works' : 'not yet'}`);
  const rows = rowsUnder('RPCs').map(([path, status]) => `${bare(path!)} ${status}`);
  assert.deepEqual(rows.sort(), expected.sort());
});

test('every flag has a row with the status the program has for it', () => {
  const wording = {
    works: 'works',
    accepted: 'accepted, with a warning',
    legacy: 'ignored, as in etcd',
  };
  const expected = [...SERVER_FLAGS.values()].map(({ name, status }) => `--${name} ${wording[status]}`);
  const rows = rowsUnder('Server flags').map(([name, status]) => `${bare(name!)} ${status}`);
  assert.deepEqual(rows.sort(), expected.sort());
});

test('the tests that the page names exist, and nothing works without one', () => {
  for (const heading of ['RPCs', 'Server flags', 'HTTP endpoints', 'Clients']) {
    for (const row of rowsUnder(heading)) {
      const [name, status] = row;
      const tests = row.at(-1);
      const paths = [...(tests ?? '').matchAll(/`((?:src|tests)\/[^`]+)`/g)].map((match) => match[1]!);
      for (const path of paths) assert.ok(existsSync(join(REPOSITORY_ROOT, path)), `${path} does not exist`);
      if (status === 'works') assert.ok(paths.length > 0, `${name} works, but no test is named`);
    }
  }
});
