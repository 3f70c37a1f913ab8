/**
 * Seeded mutation fuzzing of both halves of the engine: valid conversations, mutated, in random pieces.
 *
 *   node dist/src/transport/http2.fuzz.js --count 1000000 --seed 1
 *
 * Each sequence has a seed of its own (`--seed N --count 1` replays one). What must hold: nothing is thrown out of the
 * engine, what it sends is well-formed, what it keeps is bounded, and when the connection is gone every call has ended
 * and no timer is left. A second connection beside it is served all the time.
 */
import { pathToFileURL } from 'node:url';
import { assert, concatBytes, Prng } from '../stdx/index.js';
import { ClientConnection } from './grpc/client-connection.js';
import { clientConversation, mutate, serverConversation } from './testing/fuzz-conversation.js';
import { ManualClock } from './testing/manual-clock.js';
import { MemoryStream } from './testing/memory-stream.js';
import { RawPeer } from './testing/raw-peer.js';
import { ServerFixture } from './testing/server-fixture.js';

const HELLO = Uint8Array.of(104, 105);
const UNREAD_BYTES_MAX = 40_000_000;
/** Of the whole process: no sequence may make it large. */
const RSS_MIB_MAX = 700;

function runDeferred(clock: ManualClock): void {
  let turns = 0;
  while (clock.runDeferred()) assert(++turns < 100, 'deferred work comes to an end');
}

/** Feeds bytes in random pieces, with answers taken and time passing now and then. */
function feed(
  prng: Prng,
  bytes: Uint8Array,
  end: MemoryStream,
  clock: ManualClock,
  answered: () => void,
): void {
  const small = prng.chance(0.2);
  for (let at = 0; at < bytes.length && !end.closed; ) {
    const n = small ? prng.between(1, 30) : prng.between(1, bytes.length);
    end.handlers.onData(bytes.slice(at, at + n));
    at += n;
    if (prng.chance(0.5)) runDeferred(clock);
    if (prng.chance(0.3)) answered();
    if (prng.chance(0.1)) clock.advance(prng.below(300));
    assert(end.bufferedBytes < UNREAD_BYTES_MAX, 'unread output is bounded');
  }
  runDeferred(clock);
  answered();
}

function serverSequence(prng: Prng): void {
  const clock = new ManualClock();
  let closings = 0;
  const f = new ServerFixture({ onConnectionClose: () => closings++ }, clock);
  const end = f.serverEnd;
  feed(prng, concatBytes(mutate(prng, clientConversation(prng))), end, clock, () => {
    for (const call of f.log.later) if (prng.chance(0.5)) call.reply(HELLO, 0, 2);
    f.frames();
  });
  clock.advance(60_000);
  f.frames();
  if (!end.closed) end.destroy();
  runDeferred(clock);
  assert(f.server.closed && closings === 1, 'the connection ends once');
  assert(f.server.streamCount === 0, 'no stream is left');
  assert(
    f.log.later.every((call) => call.finished),
    'every call has ended',
  );
  assert(clock.timerCount === 0, 'no timer is left');
}

function clientSequence(prng: Prng): void {
  const clock = new ManualClock();
  const [end, wire] = MemoryStream.pair();
  const client = new ClientConnection(end, { clock, authority: 'fuzz' });
  const calls = prng.between(1, 5);
  let ended = 0;
  let expected = 0;
  const call = (): void => {
    expected++;
    client.unary('/a/b', HELLO, undefined, () => ended++, prng.chance(0.3) ? prng.below(500) : undefined);
  };
  const stream = (): void => {
    expected++;
    const s = client.stream('/a/c');
    s.onStatus = () => ended++;
    s.onMessage = (buf, start, stop) => {
      if (prng.chance(0.2)) s.pause();
      s.send(buf, start, stop);
      if (prng.chance(0.3)) s.resume();
    };
    if (prng.chance(0.5)) s.halfClose();
  };
  for (let i = 0; i < calls; i++) prng.chance(0.6) ? call() : stream();
  runDeferred(clock);
  const peer = new RawPeer();
  feed(prng, concatBytes(mutate(prng, serverConversation(prng, calls))), end, clock, () => {
    peer.read(end.take());
    if (prng.chance(0.2)) call();
  });
  clock.advance(60_000);
  wire.destroy();
  runDeferred(clock);
  assert(client.closed, 'the connection has ended');
  assert(ended === expected && client.callCount === 0, 'every call has ended once');
  assert(clock.timerCount === 0, 'no timer is left');
}

/** Runs `count` sequences from a seed on; throws with the seed of the sequence that failed. */
export function runFuzz(count: number, seed: number, progress?: (done: number) => void): void {
  const witness = new ServerFixture().open();
  for (let i = 0; i < count; i++) {
    const prng = new Prng(seed + i);
    try {
      if (prng.chance(0.7)) serverSequence(prng);
      else clientSequence(prng);
    } catch (error) {
      throw new Error(`sequence with --seed ${seed + i} --count 1 failed`, { cause: error });
    }
    if (i % 1000 !== 0) continue;
    assert(witness.send(witness.peer.call(2 * i + 1, HELLO)).length === 3, 'others are served');
    progress?.(i);
  }
}

function argument(name: string, fallback: number): number {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const count = argument('count', 100_000);
  const seed = argument('seed', 1);
  const startedAt = performance.now();
  runFuzz(count, seed, (done) => {
    const mib = Math.round(process.memoryUsage.rss() / 1_048_576);
    assert(mib < RSS_MIB_MAX, () => `resident set of ${mib} MiB near seed ${seed + done}`);
    if (done > 0 && done % 50_000 === 0) {
      console.log(
        `${done} sequences, ${Math.round((performance.now() - startedAt) / 1000)} s, rss ${mib} MiB`,
      );
    }
  });
  console.log(`${count} sequences from seed ${seed}: ok, ${Math.round(performance.now() - startedAt)} ms`);
}
