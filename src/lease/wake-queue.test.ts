import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '../stdx/index.js';
import { Lease } from './lease.js';
import { WakeQueue } from './wake-queue.js';

test('the first to wake stands first, whatever was added, moved and taken out', () => {
  for (let seed = 1; seed <= 50; seed++) {
    const prng = new Prng(seed);
    const queue = new WakeQueue();
    const inside = new Set<Lease>();
    const leases = Array.from({ length: 40 }, (_, at) => new Lease(BigInt(at + 1), 10));
    for (let step = 0; step < 400; step++) {
      const lease = prng.pick(leases);
      if (prng.chance(0.7)) {
        queue.set(lease, prng.below(100));
        inside.add(lease);
      } else {
        queue.remove(lease);
        inside.delete(lease);
      }
      queue.validate();
      assert.equal(queue.size, inside.size, `seed ${seed}`);
      const soonest = Math.min(...[...inside].map(({ wakeMs }) => wakeMs));
      assert.equal(queue.first?.wakeMs ?? Number.POSITIVE_INFINITY, soonest, `seed ${seed}`);
    }
    queue.clear();
    assert.equal(queue.first, undefined);
    for (const lease of leases) queue.set(lease, lease.wakeMs);
    queue.validate();
    assert.equal(queue.size, leases.length);
  }
});
