/** The suite's own promises: enough cases, each row of errors accounted for, and no difference accepted without a row. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { REPOSITORY_ROOT } from '../../harness/index.js';
import { ACCEPTED_DIFFERENCES } from './accepted-differences.js';
import { CASES } from './cases/index.js';
import { ERROR_ROWS } from './error-rows.js';

const CASES_MIN = 400;
/** Rows of each of the five tables of errors. */
const ROWS_OF_TABLES = [19, 21, 16, 20, 6];

test(`there are at least ${CASES_MIN} cases, each with a name of its own`, () => {
  const names = CASES.map(({ name }) => name);
  const twice = names.filter((name, i) => names.indexOf(name) !== i);
  assert.deepEqual(twice, []);
  assert.ok(names.length >= CASES_MIN, `there are ${names.length}`);
});

test('every row of errors is met by a case, or says why it cannot be', () => {
  const names = new Set(CASES.map(({ name }) => name));
  const counts = ROWS_OF_TABLES.map(
    (_, i) => ERROR_ROWS.filter(({ id }) => id.startsWith(`4.${i + 1}/`)).length,
  );
  assert.deepEqual(counts, ROWS_OF_TABLES);
  for (const { id, by, unprovoked } of ERROR_ROWS) {
    assert.notEqual(by === undefined, unprovoked === undefined, id);
    if (by !== undefined) assert.ok(names.has(by), `${id}: there is no case "${by}"`);
  }
});

test('every accepted difference has its row in COMPATIBILITY.md', () => {
  const page = readFileSync(join(REPOSITORY_ROOT, 'docs', 'COMPATIBILITY.md'), 'utf8');
  const purpose = page.slice(page.indexOf('\n## Differences on purpose\n'));
  const rows = new Set(purpose.split('\n').map((line) => line.split(' | ')[0]!.replace(/^\| /, '')));
  const missing = ACCEPTED_DIFFERENCES.filter(({ row }) => !rows.has(row)).map(({ row }) => row);
  assert.deepEqual(missing, []);
});
