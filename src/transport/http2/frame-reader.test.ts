import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes, Prng, toHex } from '../../stdx/index.js';
import { frame } from '../testing/raw-peer.js';
import { FrameReader } from './frame-reader.js';

interface Recorder {
  readonly lines: string[];
  oversized: number;
  reader: FrameReader;
}

function recorder(stopAfter = Number.POSITIVE_INFINITY): Recorder {
  const lines: string[] = [];
  const self: Recorder = {
    lines,
    oversized: 0,
    reader: new FrameReader({
      onFrame(type, flags, streamId, buf, start, end) {
        lines.push(`${type}/${flags}/${streamId} ${toHex(buf.slice(start, end))}`);
        return lines.length < stopAfter;
      },
      onOversizedFrame() {
        self.oversized++;
      },
    }),
  };
  return self;
}

function randomFrames(prng: Prng): Uint8Array[] {
  return Array.from({ length: prng.between(1, 6) }, () =>
    frame(
      prng.below(12),
      prng.below(256),
      prng.below(1000),
      prng.bytes(prng.chance(0.3) ? 0 : prng.below(60)),
    ),
  );
}

test('frames are the same however the bytes are cut', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const prng = new Prng(seed);
    const bytes = concatBytes(randomFrames(prng));
    const whole = recorder();
    whole.reader.read(bytes, 0);
    const pieces = recorder();
    for (let at = 0; at < bytes.length; ) {
      const n = prng.between(1, prng.chance(0.5) ? 3 : 40);
      pieces.reader.read(bytes.slice(at, at + n), 0);
      at += n;
    }
    assert.deepEqual(pieces.lines, whole.lines, `seed ${seed}`);
  }
});

test('bytes handed on do not change afterwards', () => {
  const kept: { bytes: Uint8Array; copy: string }[] = [];
  const reader = new FrameReader({
    onFrame(_type, _flags, _id, buf, start, end) {
      const bytes = buf.subarray(start, end);
      kept.push({ bytes, copy: toHex(bytes) });
      return true;
    },
    onOversizedFrame() {},
  });
  const prng = new Prng(7);
  const bytes = concatBytes(Array.from({ length: 20 }, () => frame(0, 0, 1, prng.bytes(30))));
  for (let at = 0; at < bytes.length; at += 7) reader.read(bytes.slice(at, at + 7), 0);
  assert.equal(kept.length, 20);
  for (const { bytes: b, copy } of kept) assert.equal(toHex(b), copy);
});

test('a frame above the limit is reported from its header alone, once, and nothing follows', () => {
  for (const cut of [1, 4, 9, 100]) {
    const self = recorder();
    const bytes = concatBytes([Uint8Array.of(0, 0x40, 1, 0, 0, 0, 0, 0, 1), new Uint8Array(200)]);
    for (let at = 0; at < bytes.length; at += cut) self.reader.read(bytes.slice(at, at + cut), 0);
    assert.equal(self.oversized, 1);
    assert.deepEqual(self.lines, []);
  }
});

test('reading stops when the sink says so', () => {
  const self = recorder(2);
  self.reader.read(concatBytes([1, 2, 3].map((id) => frame(6, 0, id, new Uint8Array(8)))), 0);
  self.reader.read(frame(6, 0, 4, new Uint8Array(8)), 0);
  assert.equal(self.lines.length, 2);
});
