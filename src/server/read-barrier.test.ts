import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reason, type Refusal } from '../state-machine/index.js';
import { MemberCounters } from './member-counters.js';
import { ReadBarrier } from './read-barrier.js';

class Reads {
  readonly barrier = new ReadBarrier(100n);
  /** What came of each read, in order of the answers. */
  readonly outcomes: string[] = [];

  add(name: string, now = 0): void {
    this.barrier.add((refusal: Refusal | undefined) => {
      this.outcomes.push(refusal === undefined ? name : `${name}: ${refusal.message}`);
    }, now);
  }
}

test('one question serves all reads before it; what comes later waits for the next', () => {
  const reads = new Reads();
  assert.equal(reads.barrier.nextContext(0), undefined);
  reads.add('a');
  reads.add('b');
  assert.equal(reads.barrier.nextContext(0), 101n);
  reads.add('c');
  assert.equal(reads.barrier.nextContext(0), undefined, 'one question at a time');
  reads.barrier.confirm(101n, 5);
  reads.barrier.release(5);
  assert.deepEqual(reads.outcomes, ['a', 'b']);
  assert.equal(reads.barrier.nextContext(0), 102n);
  reads.barrier.confirm(102n, 5);
  reads.barrier.release(5);
  assert.deepEqual(reads.outcomes, ['a', 'b', 'c']);
  assert.ok(reads.barrier.isIdle);
});

test('a confirmed read waits until its index is applied', () => {
  const reads = new Reads();
  reads.add('a');
  reads.barrier.confirm(reads.barrier.nextContext(0)!, 7);
  reads.barrier.release(6);
  assert.deepEqual(reads.outcomes, []);
  reads.barrier.release(7);
  assert.deepEqual(reads.outcomes, ['a']);
});

test('an answer to an older question releases nobody', () => {
  const reads = new Reads();
  reads.add('a');
  const first = reads.barrier.nextContext(0)!;
  reads.barrier.drop(first);
  const second = reads.barrier.nextContext(0)!;
  assert.notEqual(first, second, 'contexts are never used twice');
  reads.barrier.confirm(first, 1);
  reads.barrier.drop(first);
  reads.barrier.release(10);
  assert.deepEqual(reads.outcomes, []);
  reads.barrier.confirm(second, 9);
  reads.barrier.release(10);
  assert.deepEqual(reads.outcomes, ['a']);
});

test('reads of a dropped question are asked for first', () => {
  const reads = new Reads();
  reads.add('a');
  const context = reads.barrier.nextContext(0)!;
  reads.add('b');
  reads.barrier.drop(context);
  reads.barrier.confirm(reads.barrier.nextContext(0)!, 1);
  reads.barrier.release(1);
  assert.deepEqual(reads.outcomes, ['a', 'b']);
});

test('a read times out by its own age, however often its question was dropped', () => {
  const reads = new Reads();
  reads.add('old', 0);
  for (let now = 0; now < 1000; now += 100) {
    reads.barrier.drop(reads.barrier.nextContext(0)!);
    if (now === 500) reads.add('young', now);
    reads.barrier.expire(now, 1000);
  }
  assert.deepEqual(reads.outcomes, []);
  reads.barrier.expire(1000, 1000);
  assert.deepEqual(reads.outcomes, [`old: ${Reason.TIMEOUT.message}`]);
  reads.barrier.expire(1500, 1000);
  assert.deepEqual(reads.outcomes.slice(1), [`young: ${Reason.TIMEOUT.message}`]);
  assert.ok(reads.barrier.isIdle);
});

test('a question that is never answered does not block those after it', () => {
  const reads = new Reads();
  reads.add('lost', 0);
  const lost = reads.barrier.nextContext(0)!;
  reads.add('next', 900);
  reads.barrier.expire(1000, 1000);
  assert.deepEqual(reads.outcomes, [`lost: ${Reason.TIMEOUT.message}`]);
  const context = reads.barrier.nextContext(0)!;
  reads.barrier.confirm(lost, 1);
  reads.barrier.release(5);
  assert.equal(reads.outcomes.length, 1);
  reads.barrier.confirm(context, 5);
  reads.barrier.release(5);
  assert.deepEqual(reads.outcomes.slice(1), ['next']);
});

test('a confirmed read expires too when the state does not get there', () => {
  const reads = new Reads();
  reads.add('a', 0);
  reads.barrier.confirm(reads.barrier.nextContext(0)!, 50);
  reads.barrier.expire(1000, 1000);
  assert.deepEqual(reads.outcomes, [`a: ${Reason.TIMEOUT.message}`]);
  reads.barrier.release(50);
  assert.equal(reads.outcomes.length, 1);
  assert.ok(reads.barrier.isIdle);
});

test('failing everything reaches reads in every state, each once', () => {
  const reads = new Reads();
  reads.add('confirmed');
  reads.barrier.confirm(reads.barrier.nextContext(0)!, 9);
  reads.add('asked');
  reads.barrier.nextContext(0);
  reads.add('waiting');
  reads.barrier.failAll(Reason.STOPPED);
  const stopped = Reason.STOPPED.message;
  assert.deepEqual(reads.outcomes, [`confirmed: ${stopped}`, `asked: ${stopped}`, `waiting: ${stopped}`]);
  reads.barrier.release(9);
  assert.equal(reads.outcomes.length, 3);
  assert.ok(reads.barrier.isIdle);
});

test('questions that were slow, and those that nobody confirmed, are counted', () => {
  const counters = new MemberCounters();
  const barrier = new ReadBarrier(0n, counters);
  barrier.add(() => {}, 0);
  barrier.nextContext(0);
  barrier.reask(-1);
  assert.deepEqual([counters.slowReadIndexes, counters.failedReadIndexes], [0, 0], 'it is not due');
  barrier.reask(0);
  assert.deepEqual([counters.slowReadIndexes, counters.failedReadIndexes], [1, 0]);
  barrier.drop(barrier.nextContext(10)!);
  assert.deepEqual([counters.slowReadIndexes, counters.failedReadIndexes], [1, 1]);
  barrier.expire(100, 100);
  assert.deepEqual([counters.slowReadIndexes, counters.failedReadIndexes], [2, 1], 'the read is too old');
});
