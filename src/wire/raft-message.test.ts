import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry, EntryKind, Message, ProposedEntry } from '../raft/index.js';
import { ByteWriter, concatBytes, MalformedError, Prng } from '../stdx/index.js';
import { readRaftMessage, writeRaftMessage } from './raft-message.js';

const SEED = Number(process.env['RAFT_MESSAGE_SEED'] ?? 1);

function encode(message: Message): Uint8Array {
  const out = new ByteWriter(64);
  writeRaftMessage(out, message);
  return out.finish();
}

/** A number of any size that is a safe integer, small ones often. */
function number(prng: Prng): number {
  return prng.chance(0.5) ? prng.below(200) : Math.floor(prng.float() * Number.MAX_SAFE_INTEGER);
}

function id(prng: Prng): bigint {
  return prng.chance(0.3) ? BigInt(prng.below(5)) : (BigInt(prng.uint32()) << 32n) | BigInt(prng.uint32());
}

function proposed(prng: Prng): ProposedEntry {
  return { kind: prng.below(3) as EntryKind, data: prng.bytes(prng.chance(0.2) ? 0 : prng.below(300)) };
}

function entries(prng: Prng): Entry[] {
  const first = prng.below(1_000_000);
  return Array.from({ length: prng.below(5) }, (_, i) => ({
    index: first + i,
    term: number(prng),
    ...proposed(prng),
  }));
}

const ids = (prng: Prng): bigint[] => Array.from({ length: prng.below(4) }, () => id(prng));

function randomMessages(prng: Prng): Message[] {
  const from = id(prng);
  const to = id(prng);
  const n = (): number => number(prng);
  const flag = (): boolean => prng.chance(0.5);
  const confState = {
    voters: ids(prng),
    learners: ids(prng),
    votersOutgoing: ids(prng),
    learnersNext: ids(prng),
    autoLeave: flag(),
  };
  return [
    {
      kind: 'append',
      from,
      to,
      term: n(),
      prevIndex: n(),
      prevTerm: n(),
      commit: n(),
      entries: entries(prng),
    },
    {
      kind: 'append-response',
      from,
      to,
      term: n(),
      index: n(),
      reject: flag(),
      hintIndex: n(),
      hintTerm: n(),
    },
    { kind: 'vote', from, to, term: n(), lastIndex: n(), lastTerm: n(), transfer: flag() },
    { kind: 'pre-vote', from, to, term: n(), lastIndex: n(), lastTerm: n(), transfer: flag() },
    { kind: 'vote-response', from, to, term: n(), reject: flag(), commitIndex: n(), commitTerm: n() },
    { kind: 'pre-vote-response', from, to, term: n(), reject: flag(), commitIndex: n(), commitTerm: n() },
    { kind: 'heartbeat', from, to, term: n(), commit: n(), readRound: n() },
    { kind: 'heartbeat-response', from, to, term: n(), readRound: n() },
    {
      kind: 'snapshot',
      from,
      to,
      term: n(),
      snapshot: { index: n(), term: n(), confState, data: prng.bytes(50) },
    },
    { kind: 'timeout-now', from, to, term: n() },
    { kind: 'propose', from, to, entries: [proposed(prng), proposed(prng)] },
    { kind: 'read-index', from, to, context: id(prng) },
    { kind: 'read-index-response', from, to, context: id(prng), index: n(), reject: flag() },
    { kind: 'transfer-leader', from, to, transferee: id(prng) },
  ];
}

test(`every kind of message is read back as it was written (seed ${SEED})`, () => {
  const prng = new Prng(SEED);
  for (let round = 0; round < 300; round++) {
    for (const message of randomMessages(prng)) {
      const bytes = encode(message);
      assert.deepEqual(readRaftMessage(bytes), message);
      const framed = concatBytes([prng.bytes(7), bytes, prng.bytes(3)]);
      assert.deepEqual(readRaftMessage(framed, 7, 7 + bytes.length), message);
    }
  }
});

test(`a message that is cut short is malformed, a damaged one is malformed or another message (seed ${SEED})`, () => {
  const prng = new Prng(SEED);
  for (let round = 0; round < 40; round++) {
    for (const message of randomMessages(prng)) {
      const bytes = encode(message);
      for (let cut = 0; cut < bytes.length; cut++) {
        assert.throws(() => readRaftMessage(bytes, 0, cut), MalformedError);
      }
      for (let i = 0; i < 20; i++) {
        const damaged = bytes.slice();
        damaged[prng.below(damaged.length)]! ^= 1 << prng.below(8);
        try {
          readRaftMessage(damaged);
        } catch (error) {
          assert.ok(error instanceof MalformedError, String(error));
        }
      }
    }
  }
});

test('bytes behind a message, unknown kinds and counts beyond the bytes are refused', () => {
  const heartbeat = encode({ kind: 'heartbeat', from: 1n, to: 2n, term: 3, commit: 4, readRound: 5 });
  assert.throws(() => readRaftMessage(concatBytes([heartbeat, Uint8Array.of(0)])), /after the end/);
  assert.throws(() => readRaftMessage(Uint8Array.of(15, ...heartbeat.slice(1))), /unknown kind/);
  const empty = encode({ kind: 'propose', from: 1n, to: 2n, entries: [] });
  const claimsMany = concatBytes([empty.slice(0, -1), Uint8Array.of(0xff, 0xff, 0x03)]);
  assert.throws(() => readRaftMessage(claimsMany), /more entries than bytes/);
});
