import type { Prng } from '../../src/stdx/index.js';
import type { StoreState } from './operation.js';

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

/** Few keys, so that operations meet; prefixes of one another, and the ends of the byte order. */
export const KEYS: readonly Buffer[] = [
  'a',
  'ab',
  'abc',
  'abd',
  'b',
  'b\x00',
  'b\xff',
  'c',
  'c/1',
  'c/2',
  'c/3',
  'd',
  'e',
  '\x00',
  '\x00\x00',
  '\x01',
  '\xff',
  '\xff\xff',
  'foo',
  'foo/bar',
  'zz',
].map(latin1); // prettier-ignore

const RANGE_ENDS: readonly Buffer[] = [
  ...KEYS,
  ...['\x00', 'b\x00\x00', 'c0', 'f', 'z', '\xff\xff\xff'].map(latin1),
];

const VALUES: readonly Buffer[] = ['', 'x', 'y', 'x\x00', 'value', '\xff\xfe', '10', '9'].map(latin1);

const INT64_MAX = 9223372036854775807n;
const INT64_MIN = -9223372036854775808n;

export function pickKey(prng: Prng): Buffer {
  return prng.pick(KEYS);
}

/** A key for a request: now and then empty, which is refused. */
export function requestKey(prng: Prng): Buffer | undefined {
  return prng.chance(0.02) ? undefined : pickKey(prng);
}

export function pickRangeEnd(prng: Prng, key: Buffer | undefined): Buffer | undefined {
  const roll = prng.below(100);
  if (roll < 35) return undefined;
  if (roll < 55) return latin1('\x00');
  if (roll < 70 && key !== undefined) return prefixEnd(key);
  return prng.pick(RANGE_ENDS);
}

/** The key with its last byte raised: the interval of a prefix. */
export function prefixEnd(key: Buffer): Buffer {
  for (let i = key.length - 1; i >= 0; i--) {
    if (key[i]! < 0xff) {
      const end = Buffer.from(key.subarray(0, i + 1));
      end[i]! += 1;
      return end;
    }
  }
  return latin1('\x00');
}

export function pickValue(prng: Prng): Buffer {
  const roll = prng.below(100);
  if (roll < 60) return prng.pick(VALUES);
  if (roll < 98) return Buffer.from(prng.bytes(prng.below(60)));
  return Buffer.from(prng.bytes(prng.between(1000, 40_000)));
}

/** Any revision that may mean something: now, just past, just before the compaction, nonsense. */
export function pickRevision(prng: Prng, state: StoreState): number | bigint {
  const { revision, compacted } = state;
  switch (prng.below(14)) {
    case 0:
      return revision + 1;
    case 1:
      return revision + prng.between(2, 1000);
    case 2:
      return compacted;
    case 3:
      return compacted - 1;
    case 4:
      return compacted + 1;
    case 5:
      return -prng.between(1, 5);
    case 6:
      return prng.pick([INT64_MAX, INT64_MIN, 1n, 2n, 0n, 4294967296n, 9007199254740993n]);
    case 7:
      return revision;
    case 8:
      return revision - 1;
    default:
      return prng.between(Math.max(compacted, 1), revision);
  }
}

export function pickLimit(prng: Prng): number | bigint {
  return prng.pick<number | bigint>([0, 1, 2, 3, 5, 10, 20, 1000, -1, INT64_MAX, INT64_MIN]);
}
