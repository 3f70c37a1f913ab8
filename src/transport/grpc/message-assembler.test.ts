import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes, Prng, toHex } from '../../stdx/index.js';
import { grpcMessage } from '../testing/raw-peer.js';
import { Assembly, MessageAssembler } from './message-assembler.js';

function drain(assembler: MessageAssembler, into: string[]): number {
  for (;;) {
    const result = assembler.next();
    if (result !== Assembly.MESSAGE) return result;
    into.push(`${assembler.flag} ${toHex(assembler.message.slice(assembler.start, assembler.end))}`);
  }
}

test('messages come out as they went in, however they are cut and whenever they are taken', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const prng = new Prng(seed);
    const messages = Array.from({ length: prng.between(1, 8) }, () =>
      prng.bytes(prng.pick([0, 1, prng.below(50), prng.below(5000), prng.chance(0.1) ? 150_000 : 3])),
    );
    const bytes = concatBytes(messages.map((m) => grpcMessage(m)));
    const assembler = new MessageAssembler(1 << 20);
    const got: string[] = [];
    for (let at = 0; at < bytes.length; ) {
      const n = prng.chance(0.2) ? prng.between(1, 6) : prng.between(1, 40_000);
      assembler.feed(bytes.slice(at, at + n), 0, Math.min(n, bytes.length - at));
      at += n;
      // A paused reader lets several pieces pile up.
      if (prng.chance(0.7)) drain(assembler, got);
    }
    drain(assembler, got);
    assert.deepEqual(
      got,
      messages.map((m) => `0 ${toHex(m)}`),
      `seed ${seed}`,
    );
    assert.equal(assembler.midMessage, false);
    assert.equal(assembler.heldBytes, 0);
  }
});

test('a message above the limit is told from its prefix', () => {
  const assembler = new MessageAssembler(100);
  assembler.feed(Uint8Array.of(0, 0, 0, 0, 101), 0, 5);
  assert.equal(assembler.next(), Assembly.TOO_LARGE);
  assert.equal(assembler.announcedBytes, 101);
});

test('memory follows what has come, not what was announced', () => {
  const assembler = new MessageAssembler(0x7fffffff);
  assembler.feed(Uint8Array.of(0, 0x7f, 0xff, 0xff, 0xff, 1, 2, 3), 0, 8);
  assert.equal(assembler.next(), Assembly.NONE);
  assert.ok(assembler.heldBytes <= 65_536);
  assert.equal(assembler.midMessage, true);
});

test('a reader that always lags a little does not make it keep what was read', () => {
  const assembler = new MessageAssembler(1 << 20);
  const one = grpcMessage(new Uint8Array(1000).fill(7));
  for (let i = 0; i < 5; i++) assembler.feed(one, 0, one.length);
  for (let i = 0; i < 2000; i++) {
    assembler.feed(one, 0, one.length);
    assert.equal(assembler.next(), Assembly.MESSAGE);
    assert.equal(assembler.end - assembler.start, 1000);
    assert.equal(assembler.message[assembler.start], 7);
    assert.ok(assembler.message.length < 40_000, `${assembler.message.length} bytes after ${i} messages`);
    assert.equal(assembler.unreadBytes, 5 * one.length);
  }
});
