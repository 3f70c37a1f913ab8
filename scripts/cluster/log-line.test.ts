import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readLogLine } from './log-line.js';

test('a log line becomes short, and tells of roles and of serving', () => {
  const role = readLogLine(
    '{"level":"info","ts":"2026-01-02T03:04:05.678000Z","msg":"raft role changed","role":"leader","term":2,"urls":["a","b"]}',
  );
  assert.equal(role.text, '03:04:05.678 raft role changed role=leader term=2 urls=a,b');
  assert.deepEqual([role.role, role.serves, role.level], ['leader', false, 'info']);
  const ready = readLogLine(
    '{"level":"warn","ts":"2026-01-02T03:04:05.678000Z","msg":"ready to serve client requests"}',
  );
  assert.deepEqual([ready.text, ready.serves], ['03:04:05.678 warn ready to serve client requests', true]);
});

test('what is no log line comes out as it is', () => {
  for (const line of ['Error: oh', '', '7', 'null', '{"level":']) assert.equal(readLogLine(line).text, line);
});
