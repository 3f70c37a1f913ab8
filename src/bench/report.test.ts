import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Measurement } from './measurement.js';
import { formatReport, toJsonReport } from './report.js';

function measure(latenciesMs: readonly number[], elapsedMs: number): Measurement {
  const measurement = new Measurement();
  measurement.start(1000);
  for (const ms of latenciesMs) measurement.latencies.record(ms);
  measurement.end(1000 + elapsedMs);
  return measurement;
}

test('the report has the shape that etcd prints', () => {
  const report = formatReport(measure([0.2, 0.5, 0.5, 0.5, 1.2], 2), { precise: false });
  assert.equal(
    report,
    [
      '',
      'Summary:',
      '  Total:\t0.0020 secs.',
      '  Slowest:\t0.0012 secs.',
      '  Fastest:\t0.0002 secs.',
      '  Average:\t0.0006 secs.',
      '  Stddev:\t0.0003 secs.',
      '  Requests/sec:\t2500.0000',
      '',
      'Response time histogram:',
      '  0.0002 [1]\t|∎∎∎∎∎∎∎∎∎∎∎∎∎',
      '  0.0003 [0]\t|',
      '  0.0004 [0]\t|',
      '  0.0005 [3]\t|∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎',
      '  0.0006 [0]\t|',
      '  0.0007 [0]\t|',
      '  0.0008 [0]\t|',
      '  0.0009 [0]\t|',
      '  0.0010 [0]\t|',
      '  0.0011 [0]\t|',
      '  0.0012 [1]\t|∎∎∎∎∎∎∎∎∎∎∎∎∎',
      '',
      'Latency distribution:',
      '  10% in 0.0005 secs.',
      '  25% in 0.0005 secs.',
      '  50% in 0.0005 secs.',
      '  75% in 0.0012 secs.',
      '  90% in 0.0012 secs.',
      '  95% in 0.0012 secs.',
      '  99% in 0.0012 secs.',
      '  99.9% in 0.0012 secs.',
      '',
    ].join('\n'),
  );
});

test('without a success only the errors are told', () => {
  const measurement = measure([], 5);
  measurement.recordError('etcdserver: no leader');
  measurement.recordError('etcdserver: no leader');
  assert.equal(
    formatReport(measurement, { precise: false }),
    '\nError distribution:\n  [2]\tetcdserver: no leader\n',
  );
  assert.equal(measurement.errorCount, 2);
});

test('endless different errors are summed up in one line', () => {
  const measurement = measure([], 5);
  for (let i = 0; i < 1000; i++) measurement.recordError(`error ${i}`);
  assert.equal(measurement.errorCount, 1000);
  assert.ok(measurement.errors.size <= 65);
  assert.ok((measurement.errors.get('(other errors)') ?? 0) > 900);
});

test('JSON carries the same figures in milliseconds', () => {
  const report = toJsonReport(measure([1, 2, 3, 4], 10));
  assert.equal(report.requests, 4);
  assert.equal(report.requestsPerSecond, 400);
  assert.equal(report.seconds, 0.01);
  assert.equal(report.latencyMs['fastest'], 1);
  assert.equal(report.latencyMs['average'], 2.5);
  assert.equal(report.latencyMs['slowest'], 4);
  assert.ok(Math.abs(report.latencyMs['p50']! - 3) < 0.01);
  assert.deepEqual(JSON.parse(JSON.stringify(report)), report);
});
