import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '../stdx/index.js';
import { Lessor } from './lessor.js';

test('a grant is refused if it is too long, or its id is taken', () => {
  const lessor = new Lessor();
  assert.equal(lessor.grant(1n, 9_000_000_001), 'ttl-too-large');
  assert.equal(lessor.grant(1n, 9_000_000_000), 'ok');
  assert.equal(lessor.grant(1n, 5), 'exists');
  assert.equal(lessor.get(1n)?.ttl, 9_000_000_000);
});

test('leases and what is attached to them are as in the plain model, also after they were stored', () => {
  for (let seed = 1; seed <= 30; seed++) {
    const prng = new Prng(seed);
    let lessor = new Lessor();
    const stored = new Map<bigint, { id: bigint; ttl: number; remainingTtl: number; keptAlive: boolean }>();
    const model = new Map<bigint, { ttl: number; remaining: number; kept: boolean }>();
    const owners = new Map<number, bigint>();
    const move = (item: number, to: bigint): void => {
      lessor.move(item, owners.get(item) ?? 0n, to);
      owners.set(item, to);
    };
    for (let step = 0; step < 300; step++) {
      const id = BigInt(prng.between(1, 8));
      const action = prng.below(10);
      if (action < 2) {
        const status = lessor.grant(id, 10);
        assert.equal(status, model.has(id) ? 'exists' : 'ok', `seed ${seed}`);
        if (status === 'ok') model.set(id, { ttl: 10, remaining: 0, kept: false });
      } else if (action < 7) {
        move(prng.below(20), model.has(id) ? id : 0n);
      } else if (action < 8 && model.has(id)) {
        for (const [item, owner] of owners) if (owner === id) move(item, 0n);
        lessor.revoke(id);
        model.delete(id);
      } else if (action < 9) {
        const remaining = prng.below(11);
        lessor.checkpoint(id, remaining);
        const lease = model.get(id);
        if (lease !== undefined) model.set(id, { ttl: 10, remaining, kept: remaining === 0 });
      } else {
        for (const changed of lessor.takeChanges()) {
          const lease = lessor.get(changed);
          if (lease === undefined) stored.delete(changed);
          else {
            const { ttl, remainingTtl, keptAlive } = lease;
            stored.set(changed, { id: changed, ttl, remainingTtl, keptAlive });
          }
        }
        lessor = new Lessor();
        lessor.restore(stored.values());
        for (const [item, owner] of owners) if (owner !== 0n) lessor.move(item, 0n, owner);
      }
      const shown = [...lessor.all()].map((lease) => {
        const { id: name, ttl, remainingTtl, keptAlive, items } = lease;
        return [name, ttl, remainingTtl, keptAlive, [...items].sort((a, b) => a - b)];
      });
      const expected = [...model].map(([name, { ttl, remaining, kept }]) => {
        const items = [...owners].filter(([, owner]) => owner === name).map(([item]) => item);
        return [name, ttl, remaining, kept, items.sort((a, b) => a - b)];
      });
      const byId = (a: unknown[], b: unknown[]): number => Number((a[0] as bigint) - (b[0] as bigint));
      assert.deepEqual(shown.sort(byId), expected.sort(byId), `seed ${seed}`);
    }
  }
});

test('what is said of a lease that was granted anew for less is void', () => {
  const lessor = new Lessor();
  lessor.grant(7n, 60);
  lessor.revoke(7n);
  lessor.grant(7n, 10);
  lessor.checkpoint(7n, 30);
  assert.equal(lessor.get(7n)!.remainingTtl, 0);
  lessor.checkpoint(7n, 5);
  assert.equal(lessor.get(7n)!.remainingTtl, 5);
});
