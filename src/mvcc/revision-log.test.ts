import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '../stdx/index.js';
import { REVISION_MAX } from './limits.js';
import { RevisionLog } from './revision-log.js';

interface Entry {
  readonly seq: number;
  readonly id: number;
  readonly main: number;
}

function sequence(log: RevisionLog): number[] {
  const out: number[] = [];
  for (let seq = log.seekFrom(0); seq < log.end; seq = log.seekFrom(seq + 1)) out.push(seq);
  return out;
}

function sequenceBack(log: RevisionLog): number[] {
  const out: number[] = [];
  for (let seq = log.seekBack(log.end - 1); seq >= 0; seq = seq > 0 ? log.seekBack(seq - 1) : -1)
    out.push(seq);
  return out.reverse();
}

test('an entry gives back all it was told, up to the bounds of its fields', () => {
  const log = new RevisionLog();
  const previous = 2 ** 45;
  const seq = log.append(2 ** 31 - 2, true, REVISION_MAX, 2 ** 31 - 1, previous, 2 ** 32 - 1, 5, 2 ** 32 - 2);
  assert.equal(log.seek(seq), true);
  assert.deepEqual(
    [
      log.id,
      log.isDelete,
      log.main,
      log.sub,
      log.previous,
      log.slab,
      log.kvOffset,
      log.kvLength,
      log.isDropped,
    ],
    [2 ** 31 - 2, true, REVISION_MAX, 2 ** 31 - 1, previous, 2 ** 32 - 1, 5, 2 ** 32 - 2, false],
  );
  log.drop(seq);
  assert.equal(log.isDropped, true);
  assert.equal(log.sub, 2 ** 31 - 1);
});

test('the first of a key has no entry before it', () => {
  const log = new RevisionLog();
  log.seek(log.append(1, false, 2, 0, -1, 1, 0, 10));
  assert.equal(log.previous, -1);
});

test('revisions may not descend', () => {
  const log = new RevisionLog();
  log.append(1, false, 5, 0, -1, 1, 0, 1);
  assert.throws(() => log.append(1, false, 4, 0, 0, 1, 0, 1), /revisions ascend/);
});

test('random drops and purges leave what a list leaves', () => {
  for (let seed = 1; seed <= 8; seed++) {
    const rng = new Prng(seed);
    const log = new RevisionLog();
    let kept: Entry[] = [];
    let main = 1;
    const check = (): void => {
      const seqs = kept.map((e) => e.seq);
      assert.deepEqual(sequence(log), seqs, `seed ${seed}`);
      assert.deepEqual(sequenceBack(log), seqs, `seed ${seed}`);
      assert.equal(log.entries, kept.length);
      for (let i = 0; i < 200 && kept.length > 0; i++) {
        const entry = rng.pick(kept);
        assert.equal(log.seek(entry.seq), true);
        assert.equal(log.id, entry.id);
        assert.equal(log.main, entry.main);
        const wanted = rng.below(main + 3);
        const first = kept.find((e) => e.main >= wanted)?.seq ?? log.end;
        assert.equal(log.seekFrom(log.firstFrom(wanted)), first, `seed ${seed}, main ${wanted}`);
        const seq = rng.below(log.end);
        assert.equal(
          log.seek(seq),
          kept.some((e) => e.seq === seq),
        );
      }
    };
    for (let round = 0; round < 5; round++) {
      for (let i = rng.below(5000); i > 0; i--) {
        if (rng.chance(0.3)) main++;
        const id = rng.below(1000);
        kept.push({ seq: log.append(id, false, main, 0, -1, 0, 0, 1), id, main });
      }
      check();
      const bound = rng.below(log.end + 1);
      const share = rng.pick([0.1, 0.9, 1]);
      const left: Entry[] = [];
      for (const entry of kept) {
        if (entry.seq >= bound || !rng.chance(share)) left.push(entry);
        else {
          log.seek(entry.seq);
          log.drop(entry.seq);
        }
      }
      for (let seq = log.seekFrom(0); seq < log.end; ) {
        const next = log.chunkEnd(seq);
        log.purge(seq);
        seq = log.seekFrom(next);
      }
      kept = left;
      check();
    }
  }
});

test('a log that is emptied again and again lets its chunks go and numbers on', () => {
  const log = new RevisionLog();
  for (let i = 0; i < 700_000; i++) {
    const seq = log.append(1, false, i + 2, 0, i - 1, 0, 0, 1);
    assert.equal(seq, i);
    if (i % 2048 !== 2047) continue;
    for (let s = log.seekFrom(0); s < i; s = log.seekFrom(s + 1)) log.drop(s);
    for (let s = log.seekFrom(0); s < log.end; ) {
      const next = log.chunkEnd(s);
      log.purge(s);
      s = log.seekFrom(next);
    }
    assert.equal(log.entries, 1);
  }
});
