import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RuntimeMetrics } from './runtime-metrics.js';

test('process and runtime are told under the names that Prometheus knows, each once', async () => {
  const text = await new RuntimeMetrics().text();
  const value = (name: string): number => {
    const lines = text.split('\n').filter((line) => line.startsWith(`${name} `));
    assert.equal(lines.length, 1, name);
    return Number(lines[0]!.split(' ')[1]);
  };
  assert.ok(value('process_resident_memory_bytes') > 1e6);
  assert.ok(value('process_cpu_seconds_total') > 0);
  assert.ok(Math.abs(value('process_start_time_seconds') - Date.now() / 1000) < 3600);
  for (const name of ['os_fd_limit', 'os_fd_used', 'process_virtual_memory_max_bytes'])
    assert.ok(value(name) >= 0, name);
  assert.match(text, /^nodejs_version_info\{version="v\d+/m);
  assert.ok(value('process_network_receive_bytes_total') >= 0);
  assert.ok(text.endsWith('\n') && !text.includes('\n\n# HELP process_network_transmit'));
});
