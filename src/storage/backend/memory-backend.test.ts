import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '../../stdx/index.js';
import { backendConformance } from './backend.conformance.js';
import { MemoryBackend } from './memory-backend.js';

backendConformance('memory backend', () => {
  const backend = new MemoryBackend();
  return Promise.resolve({
    backend,
    reopen: () => Promise.resolve(backend),
    dispose: () => backend.close(),
  });
});

test('a crash keeps whole transactions: all acknowledged ones and some prefix of the rest', async () => {
  for (let seed = 1; seed <= 200; seed++) {
    const prng = new Prng(seed);
    const waiting: (() => void)[] = [];
    const backend = new MemoryBackend({ schedule: (complete) => waiting.push(complete) });
    let acknowledged = 0;
    for (let n = 1; n <= 10; n++) {
      void backend
        .commit((tx) => {
          tx.put('key', Uint8Array.of(1), Uint8Array.of(n));
          tx.put('meta', Uint8Array.of(1), Uint8Array.of(n));
        })
        .then(() => {
          acknowledged = Math.max(acknowledged, n);
        });
    }
    for (let steps = prng.between(0, 10); steps > 0; steps--)
      waiting.splice(prng.below(waiting.length), 1)[0]!();
    await Promise.resolve();
    const survivor = backend.crashClone(prng);
    const key = survivor.get('key', Uint8Array.of(1))?.[0] ?? 0;
    assert.ok(key >= acknowledged, `seed ${seed}`);
    assert.equal(survivor.get('meta', Uint8Array.of(1))?.[0] ?? 0, key, `seed ${seed}`);
  }
});

test('bytes changed before the commit are what gets stored', async () => {
  const backend = new MemoryBackend();
  const value = Uint8Array.of(1);
  const done = backend.commit((tx) => tx.put('key', Uint8Array.of(1), value));
  value[0] = 2;
  await done;
  assert.deepEqual([...backend.get('key', Uint8Array.of(1))!], [2]);
});

test('a failed commit rejects, and so do all after it', async () => {
  const backend = new MemoryBackend();
  await backend.commit((tx) => tx.put('key', Uint8Array.of(1), Uint8Array.of(1)));
  backend.failCommits(new Error('EIO'));
  await assert.rejects(
    backend.commit((tx) => tx.put('key', Uint8Array.of(1), Uint8Array.of(2))),
    /EIO/,
  );
  await assert.rejects(
    backend.commit((tx) => tx.put('key', Uint8Array.of(2), Uint8Array.of(2))),
    /EIO/,
  );
  assert.deepEqual([...backend.get('key', Uint8Array.of(1))!], [1]);
});
