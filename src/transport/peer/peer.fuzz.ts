/**
 * Seeded fuzzing of the receiving half: streams opened by hand with greetings, messages and snapshot frames that are
 * right, mutated, or noise, in random order and cut anywhere.
 *
 *   node dist/src/transport/peer/peer.fuzz.js --count 100000 --seed 1
 *
 * What must hold: nothing is thrown; what is delivered is for this member and of a kind that streams carry; every
 * snapshot begun ends, and is finished only if its content is what was sent; a member beside is heard all the time; and
 * at the end nothing is left.
 */
import { pathToFileURL } from 'node:url';
import type { Message } from '../../raft/index.js';
import { assert, ByteWriter, equalBytes, Prng } from '../../stdx/index.js';
import { writeRaftMessage } from '../../wire/index.js';
import { ClientConnection } from '../grpc/client-connection.js';
import type { Metadata } from '../grpc/metadata.js';
import { ManualClock } from '../testing/manual-clock.js';
import { MemoryWeb } from '../testing/memory-web.js';
import {
  append,
  CLUSTER_ID,
  heartbeat,
  pairOf,
  RecordingWriter,
  snapshotOf,
  TEST_CHECKSUM,
  type TestMember,
} from '../testing/peer-fixture.js';
import { greetingMetadata, SNAPSHOT_PATH, STREAM_PATH } from './handshake.js';
import { SnapshotContent, writeHead } from './snapshot-frames.js';

const FROM = 5n;
const TO = 2n;

function encoded(message: Message): Uint8Array {
  const out = new ByteWriter(256);
  writeRaftMessage(out, message);
  return out.finish();
}

function messages(prng: Prng): Uint8Array[] {
  return Array.from({ length: prng.between(1, 6) }, (_, i) =>
    prng.chance(0.5)
      ? encoded(heartbeat(FROM, TO, i))
      : encoded(append(FROM, TO, i + 1, prng.pick([0, 5, 300, 40_000]))),
  );
}

function snapshotFrames(prng: Prng): { frames: Uint8Array[]; content: Uint8Array } {
  const out = new ByteWriter(256);
  const frames: Uint8Array[] = [];
  const take = (): void => {
    frames.push(out.finish());
    out.reset();
  };
  writeHead(out, snapshotOf(FROM, TO), TEST_CHECKSUM);
  take();
  const content = prng.bytes(prng.below(2000));
  const sum = new SnapshotContent(TEST_CHECKSUM);
  for (let at = 0; at < content.length; ) {
    const end = Math.min(content.length, at + prng.between(1, 900));
    sum.writeChunk(out, content, at, end);
    take();
    at = end;
  }
  sum.writeEnd(out);
  take();
  return { frames, content };
}

/** Changes bytes, cuts, drops, doubles, swaps, or adds noise. */
function mutate(prng: Prng, frames: Uint8Array[]): void {
  const at = prng.below(frames.length);
  const frame = Uint8Array.from(frames[at]!);
  switch (prng.below(6)) {
    case 0:
      if (frame.length > 0) frame[prng.below(frame.length)]! ^= 1 << prng.below(8);
      frames[at] = frame;
      return;
    case 1:
      frames[at] = frame.subarray(0, prng.below(frame.length + 1));
      return;
    case 2:
      frames.splice(at, 1, ...(frames.length > 1 ? [] : [frame, frame]));
      return;
    case 3:
      frames.splice(at, 0, frame);
      return;
    case 4:
      frames.push(frames.splice(at, 1)[0]!);
      return;
    default:
      frames.splice(at, 0, prng.bytes(prng.below(200)));
  }
}

function metadataOf(prng: Prng, lane: 'control' | 'bulk' | 'snapshot', ordinal: number): Metadata {
  const good = greetingMetadata(
    { clusterId: CLUSTER_ID, memberId: FROM, version: '1', peerUrls: ['http://fuzz:1'] },
    TO,
    lane,
    { life: 'f', ordinal },
  );
  if (!prng.chance(0.1)) return good;
  const [name] = prng.pick(good);
  return prng.chance(0.5)
    ? good.filter(([key]) => key !== name)
    : good.map(([key, value]) => [key, key === name ? prng.pick(['', 'f', '-1', 'x,y', value]) : value]);
}

async function sequence(prng: Prng, ordinal: number, web: MemoryWeb, member: TestMember): Promise<void> {
  const isSnapshot = prng.chance(0.5);
  const { frames, content } = isSnapshot
    ? snapshotFrames(prng)
    : { frames: messages(prng), content: new Uint8Array(0) };
  for (let n = prng.pick([0, 1, 1, 1, 3]); n > 0 && frames.length > 0; n--) mutate(prng, frames);
  const writer = new RecordingWriter();
  writer.ready = () => {
    if (prng.chance(0.02)) return Promise.reject(new Error('no room'));
    return prng.chance(0.7) ? Promise.resolve() : new Promise((resolve) => web.clock.defer(resolve));
  };
  member.writer = prng.chance(0.95) ? writer : undefined;
  const begun = member.snapshots.length;
  const delivered = member.received.length;
  const connection = new ClientConnection(web.connect(member.url), { clock: web.clock, authority: 'fuzz' });
  const path = isSnapshot === prng.chance(0.97) ? SNAPSHOT_PATH : STREAM_PATH;
  const lane = isSnapshot === prng.chance(0.97) ? 'snapshot' : prng.pick(['control', 'bulk'] as const);
  const stream = connection.stream(path, metadataOf(prng, lane, ordinal));
  let ends = 0;
  stream.onStatus = () => ends++;
  for (const frame of frames) {
    stream.send(frame, 0, frame.length);
    if (prng.chance(0.2)) await web.runAsync(1);
  }
  if (prng.chance(0.7)) stream.halfClose();
  await web.runAsync(10);
  const link = web.links.at(-1)!;
  link.ends[prng.below(2)]!.destroy();
  await web.runAsync(10);
  assert(ends === 1, 'the call has ended once');
  for (const message of member.received.slice(delivered)) {
    assert(message.to === TO && message.kind !== 'snapshot', 'delivered is what streams carry, to us');
  }
  member.received.length = 0;
  if (member.snapshots.length === begun) return;
  assert(writer.outcome !== 'open', 'a snapshot begun ends');
  if (writer.outcome === 'finished') assert(equalBytes(writer.content, content), 'finished is what was sent');
}

/** Runs `count` sequences from a seed on; throws with the seed of the sequence that failed. */
export async function runPeerFuzz(count: number, seed: number): Promise<void> {
  const web = new MemoryWeb(new ManualClock());
  const [witness, member] = pairOf(web);
  for (let i = 0; i < count; i++) {
    try {
      await sequence(new Prng(seed + i), i + 1, web, member);
    } catch (error) {
      throw new Error(`sequence with --seed ${seed + i} --count 1 failed`, { cause: error });
    }
    web.links.splice(4);
    witness.network.send(heartbeat(1n, 2n, i));
    web.settle();
    const heard = member.received.splice(0).filter((message) => message.from === 1n);
    assert(heard.length === 1 && witness.unreachables.length === 0, 'the member beside is heard');
  }
  witness.network.stop();
  member.network.stop();
  web.run(60_000);
  assert(web.openCount === 0 && web.clock.timerCount === 0, 'nothing is left');
}

function argument(name: string, fallback: number): number {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const count = argument('count', 20_000);
  const seed = argument('seed', 1);
  await runPeerFuzz(count, seed);
  console.log(`${count} sequences from seed ${seed}: ok`);
}
