import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { Disk } from '../../platform/index.js';
import { diskWith, fileWith, simulate } from '../../sim/index.js';
import { SimRun } from './sim-run.js';

const MINUTES = 0.02;
const sha1 = (bytes: Uint8Array): Uint8Array => createHash('sha1').update(bytes).digest();
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a seed of the simulator ends in the same hash when it is looked at', async () => {
  for (const seed of [1, 3, 8]) {
    const expected = await simulate({ seed, minutes: MINUTES, sha1, settle });
    const run = SimRun.create({ seed, minutes: MINUTES });
    assert.equal(await run.runUntil({}), 'over');
    assert.equal(run.result!.hash, expected.hash, `seed ${seed}`);
    assert.equal(run.hash, expected.hash, `seed ${seed}`);
    assert.equal(run.result!.violation, undefined);
    assert.deepEqual(run.view().violations, []);
    assert.ok(run.eventCount > 50 && run.eventCount < expected.events, `seed ${seed}`);
  }
});

test('it is stepped, stopped and wound back like any run', async () => {
  const run = SimRun.create({ seed: 2, minutes: MINUTES });
  assert.equal(run.view().event, 0);
  assert.equal(await run.step(), true);
  assert.equal(run.eventCount, 1);
  const hasLeader = (): boolean => run.view().members.some(({ role }) => role === 'leader');
  assert.equal(await run.runUntil({ pauseWhen: hasLeader }), 'paused');
  const paused = run.eventCount;
  assert.equal(await run.runUntil({ event: paused + 50 }), 'event');
  assert.equal(run.eventCount, paused + 50);
  assert.equal(await run.runUntil({ ms: run.timeMs + 500 }), 'time');
  assert.ok(run.timeMs > run.timeOfEvent(paused));
  assert.equal(run.viewAt(paused).event, paused);
  assert.ok(run.event(paused).lines.some(({ text }) => /m\d@\d+ became leader/.test(text)));
});

test('what the simulator finds wrong is seen in the picture, at its event', async () => {
  // Acknowledges what it never writes.
  const disk = (inner: Disk, later: (fn: () => void) => void): Disk =>
    diskWith(inner, (file) => fileWith(file, { write: (_bytes, _offset, done) => later(done) }));
  const wrappers = { disk };
  const minutes = MINUTES;
  for (let seed = 1; seed <= 60; seed++) {
    const run = SimRun.create({ seed, minutes, wrappers });
    const isBroken = (): boolean => run.view().violations.length > 0;
    if ((await run.runUntil({ pauseWhen: isBroken })) !== 'paused') continue;
    const [violation] = run.view().violations;
    assert.ok(violation!.event > 0 && violation!.event <= run.eventCount, `seed ${seed}`);
    await run.runUntil({});
    const expected = await simulate({ seed, minutes, sha1, settle, wrappers });
    assert.equal(run.hash, expected.hash, `seed ${seed}`);
    assert.equal(run.result!.violation!.message, expected.violation!.message, `seed ${seed}`);
    return;
  }
  assert.fail('no seed found it');
});
