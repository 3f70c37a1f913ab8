import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LeaseDeadlines } from './deadlines.js';
import { Lessor } from './lessor.js';

const EXTENSION_MS = 1000;

class Fixture {
  readonly lessor = new Lessor();
  nowMs = 0;
  readonly deadlines = new LeaseDeadlines(this.lessor, EXTENSION_MS, () => this.nowMs);

  constructor() {
    this.lessor.listener = this.deadlines;
  }

  grant(id: bigint, ttl: number): void {
    assert.equal(this.lessor.grant(id, ttl), 'ok');
  }

  /** Ids of what has ended, and `id:seconds` of what is to be told. */
  due(leasesMax = 100, itemsMax = 100): string[] {
    const { ended, toCheckpoint } = this.deadlines.takeDue(leasesMax, itemsMax);
    const told = toCheckpoint.map((lease) => `${lease.id}:${this.deadlines.remainingMs(lease) / 1000}`);
    return [...ended.map(({ id }) => `${id}`), ...told];
  }

  remaining(id: bigint): number {
    return this.deadlines.remainingMs(this.lessor.get(id)!) / 1000;
  }
}

test('a lease ends when its time is up, and is given out again until it is revoked', () => {
  const f = new Fixture();
  f.deadlines.promote();
  f.grant(1n, 5);
  f.grant(2n, 7);
  f.nowMs = 4999;
  assert.deepEqual(f.due(), []);
  f.nowMs = 5000;
  assert.deepEqual(f.due(), ['1']);
  assert.deepEqual(f.due(), []);
  f.nowMs = 7000;
  assert.deepEqual(f.due(), ['2']);
  f.nowMs = 8000;
  assert.deepEqual(f.due(), ['1']);
  f.lessor.revoke(1n);
  f.lessor.revoke(2n);
  f.nowMs = 100_000;
  assert.deepEqual(f.due(), []);
});

test('a renewal counts from now, but not once the lease has ended', () => {
  const f = new Fixture();
  f.deadlines.promote();
  f.grant(1n, 5);
  f.lessor.checkpoint(1n, 0);
  for (f.nowMs = 3000; f.nowMs < 30_000; f.nowMs += 3000) {
    assert.equal(f.deadlines.renew(1n), 'renewed');
    assert.deepEqual(f.due(), []);
  }
  f.nowMs = 31_999;
  assert.equal(f.remaining(1n), 0.001);
  f.nowMs = 32_000;
  assert.equal(f.deadlines.renew(1n), 'ended');
  assert.deepEqual(f.due(), ['1']);
  assert.equal(f.deadlines.renew(1n), 'ended');
  f.lessor.revoke(1n);
  assert.equal(f.deadlines.renew(1n), 'unknown');
});

test('the first renewal is told before the client hears of it, later ones are not', () => {
  const f = new Fixture();
  f.deadlines.promote();
  f.grant(1n, 5);
  assert.equal(f.deadlines.renew(1n), 'untold');
  f.lessor.checkpoint(1n, 0);
  assert.equal(f.deadlines.renew(1n), 'renewed');
  assert.equal(f.deadlines.renew(1n), 'renewed');
});

test('half of what the others believe is told, and half of that; a renewal behind it is told again', () => {
  const f = new Fixture();
  f.deadlines.promote();
  f.grant(1n, 60);
  f.nowMs = 29_999;
  assert.deepEqual(f.due(), []);
  f.nowMs = 30_000;
  assert.deepEqual(f.due(), ['1:30']);
  // The entry is under way: what is renewed now must come behind it.
  assert.deepEqual(f.due(), []);
  f.lessor.checkpoint(1n, 30);
  f.nowMs = 45_000;
  assert.deepEqual(f.due(), ['1:15']);
  assert.equal(f.deadlines.renew(1n), 'untold');
  f.lessor.checkpoint(1n, 15);
  assert.equal(f.deadlines.renew(1n), 'untold');
  f.lessor.checkpoint(1n, 0);
  assert.equal(f.deadlines.renew(1n), 'renewed');
  assert.equal(f.remaining(1n), 60);
});

test('who renews after a third of the time causes no more entries', () => {
  const f = new Fixture();
  f.deadlines.promote();
  f.grant(1n, 60);
  f.lessor.checkpoint(1n, 0);
  for (f.nowMs = 0; f.nowMs < 3_600_000; f.nowMs += 500) {
    if (f.nowMs % 20_000 === 0) assert.equal(f.deadlines.renew(1n), 'renewed');
    assert.deepEqual(f.due(), []);
  }
});

test('no checkpoint while a renewal is being told', () => {
  const f = new Fixture();
  f.deadlines.promote();
  f.grant(1n, 60);
  assert.equal(f.deadlines.renew(1n), 'untold');
  f.deadlines.noteTelling(1n);
  f.nowMs = 40_000;
  assert.deepEqual(f.due(), []);
  f.lessor.checkpoint(1n, 0);
  assert.deepEqual(f.due(), ['1:20']);
});

test('a new leader counts on from what every member knows', () => {
  const f = new Fixture();
  f.grant(1n, 60);
  f.grant(2n, 60);
  f.grant(3n, 60);
  f.nowMs = 10_000;
  f.lessor.checkpoint(2n, 40);
  f.lessor.checkpoint(3n, 0);
  f.nowMs = 20_000;
  f.deadlines.promote();
  assert.deepEqual([f.remaining(1n), f.remaining(2n), f.remaining(3n)], [41, 31, 61]);
  assert.deepEqual(
    f.deadlines.byDeadline().map(({ id }) => id),
    [2n, 1n, 3n],
  );
  f.deadlines.demote();
  assert.equal(f.remaining(1n), Number.POSITIVE_INFINITY);
  assert.deepEqual(f.due(), []);
});

test('what was restored counts from then', () => {
  const f = new Fixture();
  f.nowMs = 5000;
  f.lessor.restore([{ id: 1n, ttl: 60, remainingTtl: 20, keptAlive: false }]);
  f.nowMs = 8000;
  f.deadlines.promote();
  assert.equal(f.remaining(1n), 18);
});

test('so many leases and keys at once, the rest follows', () => {
  const f = new Fixture();
  f.deadlines.promote();
  for (let id = 1n; id <= 5n; id++) {
    f.grant(id, 5);
    for (let item = 0; item < 4; item++) f.lessor.move(Number(id) * 10 + item, 0n, id);
  }
  f.nowMs = 6000;
  assert.equal(f.due(100, 8).length, 2);
  assert.equal(f.due(100, 1).length, 1);
  assert.equal(f.due(1, 100).length, 1);
  assert.equal(f.due().length, 1);
  assert.equal(f.due().length, 0);
});

test('after a change of leader many leases do not end at once', () => {
  const f = new Fixture();
  for (let id = 1n; id <= 20_000n; id++) f.grant(id, 5);
  f.deadlines.promote();
  for (f.nowMs = 0; f.nowMs < 6000; f.nowMs += 100) assert.deepEqual(f.due(), []);
  let ended = 0;
  for (f.nowMs = 6000; f.nowMs <= 10_000; f.nowMs += 100) {
    const now = f.deadlines.takeDue(100_000, 100_000).ended;
    assert.ok(now.length <= 501, `${now.length} at once`);
    for (const { id } of now) f.lessor.revoke(id);
    ended += now.length;
  }
  assert.equal(ended, 20_000);
});
