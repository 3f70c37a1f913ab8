import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseH2load } from './h2load.js';
import { cpuSeconds, memoryOf, parseCpuTicks } from './process-usage.js';
import { formatColumns, formatRatio, median, pairedRatio } from './samples.js';

const H2LOAD_OUTPUT = `Application protocol: h2c

finished in 834.86ms, 23956.03 req/s, 7.91MB/s
requests: 20000 total, 20000 started, 19999 done, 19990 succeeded, 9 failed, 1 errored, 0 timeout
status codes: 19990 2xx, 0 3xx, 0 4xx, 9 5xx
traffic: 6.61MB (6928890) total, 40.23KB (41200) headers (space savings 94.58%), 5.95MB (6240000) data
                     min         max         mean         sd        +/- sd
time for request:      400us    112.74ms     38.34ms     17.95ms    70.66%
`;

test("h2load's figures are read, and anything else is refused", () => {
  assert.deepEqual(parseH2load(H2LOAD_OUTPUT), {
    perSecond: 23956.03,
    done: 19999,
    failed: 9,
    answerBytes: 6240000,
  });
  assert.throws(() => parseH2load('h2load: command not found'), /h2load printed no/);
});

test('ticks are found behind a name with spaces and parentheses', () => {
  const stat = '17 (a (b) c) S 1 17 17 0 -1 4194560 100 0 0 0 1234 766 0 0 20 0 12 0 5000 0 0';
  assert.equal(parseCpuTicks(stat), 2000);
});

test('figures of this process', { skip: process.platform !== 'linux' }, () => {
  const before = cpuSeconds([process.pid]);
  const began = process.cpuUsage();
  while (process.cpuUsage(began).user < 50_000);
  const used = cpuSeconds([process.pid]) - before;
  assert.ok(used >= 0.01, `${used}`);
  const { residentBytes, anonymousBytes } = memoryOf([process.pid, process.pid]);
  assert.ok(residentBytes > 2 * 10_000_000 && anonymousBytes > 0 && anonymousBytes <= residentBytes);
});

test('medians and the ratios of pairs', () => {
  assert.equal(median([5, 1, 9]), 5);
  assert.equal(median([4, 1, 9, 2]), 3);
  assert.ok(Number.isNaN(median([])));
  const ratio = pairedRatio([10, 20, 40], [30, 30, 60]);
  assert.deepEqual(ratio, { ofMedians: 1.5, min: 1.5, max: 3 });
  assert.equal(formatRatio(ratio), '1.50x (1.50-3.00)');
  assert.equal(formatRatio({ ofMedians: 0.25, min: 0.2, max: 0.3333 }), '0.250x (0.200-0.333)');
});

test('columns are padded', () => {
  const text = formatColumns([
    ['load', 'x'],
    ['a', '10'],
  ]);
  assert.equal(text, 'load   x\n----  --\na     10\n');
});
