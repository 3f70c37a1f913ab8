import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogSink } from '../platform/index.js';
import { Reason } from '../state-machine/index.js';
import { ManualClock } from '../transport/testing/manual-clock.js';
import { CompactionRequest } from '../wire/index.js';
import { type AutoCompaction, AutoCompactor, type Compactable } from './auto-compactor.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const silent: LogSink = { log: () => {} };

class FakeMember {
  isLeader = true;
  readonly machine = { store: { revision: 1 } };
  readonly compacted: number[] = [];
  answer: 'ok' | 'compacted' | 'failed' = 'ok';

  readonly propose: Compactable['propose'] = (_kind, body, start, end, waiter) => {
    this.compacted.push(CompactionRequest.decode(body, start, end).revision);
    if (this.answer === 'ok') waiter.reply(body, 0, 0);
    else if (this.answer === 'compacted') waiter.finish(Reason.COMPACTED.code, Reason.COMPACTED.message);
    else waiter.finish(Reason.TIMEOUT.code, Reason.TIMEOUT.message);
  };
}

/** Lets time pass in minutes, `perMinute` revisions in each. */
function run(clock: ManualClock, member: FakeMember, minutes: number, perMinute: number): void {
  for (let i = 0; i < minutes; i++) {
    member.machine.store.revision += perMinute;
    clock.advance(MINUTE_MS);
  }
}

function begin(policy: AutoCompaction): { clock: ManualClock; member: FakeMember; compactor: AutoCompactor } {
  const clock = new ManualClock();
  const member = new FakeMember();
  const compactor = new AutoCompactor(member, clock, silent, policy);
  compactor.start();
  return { clock, member, compactor };
}

test('periodic: nothing before a period has passed, then once per period when it is short', () => {
  const { clock, member } = begin({ mode: 'periodic', periodMs: 10 * MINUTE_MS });
  run(clock, member, 9, 10);
  assert.deepEqual(member.compacted, []);
  run(clock, member, 3, 10);
  assert.equal(member.compacted.length, 1);
  run(clock, member, 10, 10);
  assert.equal(member.compacted.length, 2);
});

test('periodic: what is compacted was current at least a period ago', () => {
  const { clock, member } = begin({ mode: 'periodic', periodMs: 3 * HOUR_MS });
  const revisionAt: number[] = [];
  for (let minute = 0; minute < 10 * 60; minute++) {
    revisionAt.push(member.machine.store.revision);
    const before = member.compacted.length;
    run(clock, member, 1, 7);
    if (member.compacted.length > before) {
      const target = member.compacted.at(-1)!;
      const current = revisionAt.findLastIndex((revision) => revision <= target);
      assert.ok(minute + 1 - current >= 3 * 60, `at minute ${minute} the revision of minute ${current} went`);
      assert.ok(
        minute + 1 - current <= 3 * 60 + 12,
        `at minute ${minute} only that of minute ${current} went`,
      );
    }
  }
  // The first after three hours, then one an hour.
  assert.ok(
    member.compacted.length >= 6 && member.compacted.length <= 8,
    `${member.compacted.length} compactions`,
  );
});

test('periodic: an idle store is compacted once, and only by a leader', () => {
  const { clock, member } = begin({ mode: 'periodic', periodMs: 10 * MINUTE_MS });
  member.isLeader = false;
  run(clock, member, 60, 10);
  assert.deepEqual(member.compacted, []);
  member.isLeader = true;
  run(clock, member, 200, 0);
  assert.equal(member.compacted.at(-1), member.machine.store.revision);
  const count = member.compacted.length;
  run(clock, member, 200, 0);
  assert.equal(member.compacted.length, count);
});

test('periodic: a failed compaction is tried again at the next step, one that was overtaken is not', () => {
  const { clock, member } = begin({ mode: 'periodic', periodMs: 10 * MINUTE_MS });
  member.answer = 'failed';
  run(clock, member, 14, 10);
  assert.ok(member.compacted.length >= 3);
  member.answer = 'compacted';
  run(clock, member, 1, 10);
  const count = member.compacted.length;
  run(clock, member, 5, 10);
  assert.equal(member.compacted.length, count);
});

test('revision: every five minutes all but the newest', () => {
  const { clock, member, compactor } = begin({ mode: 'revision', revisions: 100 });
  run(clock, member, 5, 10);
  assert.deepEqual(member.compacted, []);
  run(clock, member, 10, 10);
  assert.deepEqual(member.compacted, [1, 51]);
  run(clock, member, 10, 0);
  assert.deepEqual(member.compacted, [1, 51]);
  compactor.stop();
  run(clock, member, 30, 10);
  assert.deepEqual(member.compacted, [1, 51]);
});
