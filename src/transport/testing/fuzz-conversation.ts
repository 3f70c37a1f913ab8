/** Valid conversations of one side, frame by frame, and their mutations. All randomness is from the given generator. */
import { concatBytes, type Prng } from '../../stdx/index.js';
import { Flag, FrameType } from '../http2/frame.js';
import { frame, grpcMessage, RawPeer, REQUEST_FIELDS, uint32 } from './raw-peer.js';

const PATHS = ['Unary', 'Unary', 'Size', 'Bidi', 'Later', 'Fail', 'Throw', 'Nope'];
/** Values that sit on the edges of what is allowed. */
const EDGES = [
  0, 1, 2, 9, 255, 16_383, 16_384, 65_535, 65_536, 0x7ffffffe, 0x7fffffff, 0x80000000, 0xffffffff,
];

/** Values that every setting may have, or, now and then, one on the edge. */
function setting(prng: Prng): Uint8Array {
  const id = prng.between(1, 7);
  const fit = id === 2 ? prng.below(2) : id === 5 ? prng.between(16_384, 20_000) : prng.below(100_000);
  return concatBytes([Uint8Array.of(0, id), uint32(prng.chance(0.15) ? prng.pick(EDGES) : fit)]);
}

function settings(prng: Prng): Uint8Array {
  return concatBytes(Array.from({ length: prng.below(3) }, () => setting(prng)));
}

/** A message whose first four bytes ask for an answer of moderate size. */
function payload(prng: Prng): Uint8Array {
  const size = prng.chance(0.02) ? 100_000 : prng.below(300);
  return concatBytes([uint32(size), prng.bytes(prng.chance(0.05) ? prng.below(3000) : prng.below(20))]);
}

/** The header block in one frame, or with padding, priority or CONTINUATION. */
function headers(prng: Prng, id: number, block: Uint8Array, endStream: boolean): Uint8Array[] {
  const end = endStream ? Flag.END_STREAM : 0;
  if (prng.chance(0.1)) {
    const padding = prng.below(5);
    const bytes = concatBytes([Uint8Array.of(padding), new Uint8Array(5), block, new Uint8Array(padding)]);
    return [frame(FrameType.HEADERS, end | Flag.END_HEADERS | Flag.PADDED | Flag.PRIORITY, id, bytes)];
  }
  if (prng.chance(0.1)) {
    const cut = prng.below(block.length);
    return [
      frame(FrameType.HEADERS, end, id, block.slice(0, cut)),
      frame(FrameType.CONTINUATION, Flag.END_HEADERS, id, block.slice(cut)),
    ];
  }
  return [frame(FrameType.HEADERS, end | Flag.END_HEADERS, id, block)];
}

function control(prng: Prng, id: number): Uint8Array {
  switch (prng.below(7)) {
    case 0:
      return frame(FrameType.PING, prng.below(2), 0, prng.bytes(8));
    case 1:
      return frame(FrameType.SETTINGS, 0, 0, settings(prng));
    case 2:
      return frame(FrameType.SETTINGS, Flag.ACK, 0, new Uint8Array(0));
    case 3:
      return frame(FrameType.PRIORITY, 0, id, prng.bytes(5));
    case 4:
      return frame(FrameType.RST_STREAM, 0, id, uint32(prng.below(14)));
    case 5:
      if (prng.chance(0.7)) return frame(FrameType.WINDOW_UPDATE, 0, id, uint32(prng.between(1, 3000)));
      return frame(FrameType.WINDOW_UPDATE, 0, prng.chance(0.5) ? 0 : id, uint32(prng.pick(EDGES)));
    default:
      return frame(FrameType.WINDOW_UPDATE, 0, prng.chance(0.5) ? 0 : id, uint32(prng.between(1, 100_000)));
  }
}

/** What a client sends: the preface, SETTINGS, calls, and control frames between them. */
export function clientConversation(prng: Prng): Uint8Array[] {
  const peer = new RawPeer();
  const frames = [peer.opening(settings(prng))];
  const calls = prng.between(1, 5);
  for (let i = 0; i < calls; i++) {
    const id = 2 * i + 1;
    const path = `/test.Echo/${prng.pick(PATHS)}`;
    const fields: (readonly [string, string])[] = REQUEST_FIELDS.map(([n, v]) => [
      n,
      n === ':path' ? path : v,
    ]);
    if (prng.chance(0.2)) fields.push(['grpc-timeout', `${prng.below(500)}m`]);
    if (prng.chance(0.1)) fields.push(['grpc-encoding', prng.pick(['gzip', 'identity', 'snappy'])]);
    if (prng.chance(0.1)) fields.push([`x-${prng.below(9)}`, 'v'.repeat(prng.below(200))]);
    frames.push(...headers(prng, id, peer.block(fields, prng.pick(['reuse', 'once'])), false));
    const messages = prng.chance(0.8) ? 1 : prng.below(4);
    for (let m = 0; m < messages; m++) {
      const bytes = grpcMessage(payload(prng), prng.chance(0.03) ? prng.below(3) : 0);
      const last = m === messages - 1 && prng.chance(0.8);
      frames.push(frame(FrameType.DATA, last ? Flag.END_STREAM : 0, id, bytes));
    }
    if (prng.chance(0.3)) frames.push(control(prng, id));
  }
  return frames;
}

/** What a server sends a client that has made calls 1, 3, 5 ... */
export function serverConversation(prng: Prng, calls: number): Uint8Array[] {
  const peer = new RawPeer();
  const frames = [frame(FrameType.SETTINGS, 0, 0, settings(prng))];
  const head = [
    [':status', '200'],
    ['content-type', 'application/grpc'],
  ] as const;
  for (let i = 0; i < calls; i++) {
    const id = 2 * i + 1;
    const trailersOnly = prng.chance(0.2);
    const status = [['grpc-status', String(prng.below(18))]] as const;
    if (trailersOnly) {
      frames.push(...headers(prng, id, peer.block([...head, ...status]), true));
    } else {
      frames.push(...headers(prng, id, peer.block(head), false));
      for (let m = prng.below(3); m >= 0; m--) {
        frames.push(frame(FrameType.DATA, 0, id, grpcMessage(payload(prng))));
      }
      frames.push(...headers(prng, id, peer.block([...status, ['grpc-message', 'no%20way']]), true));
    }
    if (prng.chance(0.3)) frames.push(control(prng, id));
    if (prng.chance(0.05))
      frames.push(frame(FrameType.GOAWAY, 0, 0, uint32(prng.pick(EDGES), prng.below(14))));
  }
  return frames;
}

/** Half of the time one that could stand there, else anything. */
function randomFrame(prng: Prng): Uint8Array {
  if (prng.chance(0.5)) return control(prng, 2 * prng.below(4) + 1);
  const bytes = prng.bytes(prng.chance(0.2) ? prng.below(300) : prng.below(12));
  const id = prng.chance(0.7) ? prng.below(12) : prng.uint32();
  return frame(prng.chance(0.9) ? prng.below(10) : prng.below(256), prng.below(256), id, bytes);
}

/** Flips a bit, or sets a byte to an edge; anywhere, or in the frame header. */
function damage(prng: Prng, bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0) return bytes;
  const copy = bytes.slice();
  const at = prng.chance(0.5) ? prng.below(Math.min(9, copy.length)) : prng.below(copy.length);
  if (prng.chance(0.6)) copy[at] = copy[at]! ^ (1 << prng.below(8));
  else copy[at] = prng.pick([0, 1, 0x7f, 0x80, 0xff]);
  return copy;
}

/** One to four mutations of a list of frames: flips, cuts, repeats, reorders, drops, random frames. */
export function mutate(prng: Prng, frames: Uint8Array[]): Uint8Array[] {
  const out = [...frames];
  for (let i = prng.chance(0.6) ? 1 : prng.between(2, 4); i > 0 && out.length > 0; i--) {
    const at = prng.below(out.length);
    switch (prng.below(8)) {
      case 0:
      case 1:
        out[at] = damage(prng, out[at]!);
        break;
      case 2:
        out[at] = out[at]!.slice(0, prng.below(out[at]!.length + 1));
        break;
      case 3:
        for (let n = prng.chance(0.05) ? prng.between(50, 300) : 1; n > 0; n--) out.splice(at, 0, out[at]!);
        break;
      case 4: {
        const other = prng.below(out.length);
        const swapped = out[at]!;
        out[at] = out[other]!;
        out[other] = swapped;
        break;
      }
      case 5:
        out.splice(at, 1);
        break;
      default:
        out.splice(at, 0, randomFrame(prng));
    }
  }
  return out;
}
