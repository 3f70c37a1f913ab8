import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeUtf8, encodeUtf8, Prng } from '../../stdx/index.js';
import { JsonSplitter, Split } from './json-splitter.js';

const SEED = Number(process.env['QUOIN_SEED'] ?? 1);
const BODIES = 10_000;

interface Cut {
  readonly values: readonly string[];
  readonly outcome: Split;
  readonly error: string;
}

/** All values of a body that comes in these pieces. */
function cut(pieces: readonly Uint8Array[], bytesMax = 1000): Cut {
  const splitter = new JsonSplitter(bytesMax);
  const values: string[] = [];
  let outcome: Split = Split.MORE;
  const drain = (): void => {
    for (;;) {
      outcome = splitter.next();
      if (outcome !== Split.VALUE) return;
      values.push(decodeUtf8(splitter.value).trim());
    }
  };
  for (const piece of pieces) {
    splitter.feed(piece);
    drain();
    if (outcome !== Split.MORE) return { values, outcome, error: splitter.error };
  }
  splitter.end();
  drain();
  return { values, outcome, error: splitter.error };
}

const whole = (text: string, bytesMax?: number): Cut => cut([encodeUtf8(text)], bytesMax);

test('values follow each other with or without white space', () => {
  assert.deepEqual(whole('{"a":"}{"}{"b":[]} \n[1,2]"x" true 5 {}').values, [
    '{"a":"}{"}',
    '{"b":[]}',
    '[1,2]',
    '"x"',
    'true',
    '5',
    '{}',
  ]);
  assert.deepEqual(whole('  \n').outcome, Split.END);
});

test('a value is there as soon as its last byte has come', () => {
  const splitter = new JsonSplitter(100);
  splitter.feed(encodeUtf8('{"a":'));
  assert.equal(splitter.next(), Split.MORE);
  splitter.feed(encodeUtf8('1}'));
  assert.equal(splitter.next(), Split.VALUE);
  assert.equal(splitter.next(), Split.MORE);
});

test('a value is bounded, a body is not', () => {
  assert.equal(whole(`"${'x'.repeat(100)}"`, 50).outcome, Split.TOO_LARGE);
  assert.equal(cut([encodeUtf8('{'), encodeUtf8(`"${'x'.repeat(100)}`)], 50).outcome, Split.TOO_LARGE);
  assert.equal(whole('{"a":1} '.repeat(100), 50).values.length, 100);
  assert.equal(
    cut(
      Array.from({ length: 100 }, () => encodeUtf8('  ')),
      50,
    ).outcome,
    Split.END,
  );
});

describe('errors in the words of etcd', () => {
  const cases: [body: string, error: string][] = [
    ['{"key":', 'unexpected EOF'],
    ['nonsense', "invalid character 'o' in literal null (expecting 'u')"],
    ['{"a":[1,2,{]}}', "invalid character ']' looking for beginning of object key string"],
    ['{"success":[],}', "invalid character '}' looking for beginning of object key string"],
    ['{key:1}', "invalid character 'k' looking for beginning of object key string"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b"', `invalid character '"' after object key:value pair`],
    ['[1 2]', "invalid character '2' after array element"],
    ['{"name":"a\tb"}', "invalid character '\\t' in string literal"],
    ['"\\x"', "invalid character 'x' in string escape code"],
    ['"\\u12g4"', "invalid character 'g' in \\u hexadecimal character escape"],
    ['-x', "invalid character 'x' in numeric literal"],
    ['1.x', "invalid character 'x' after decimal point in numeric literal"],
    ['1ex', "invalid character 'x' in exponent of numeric literal"],
    ['garbage', "invalid character 'g' looking for beginning of value"],
    ["'", "invalid character '\\'' looking for beginning of value"],
    [`${'['.repeat(10_001)}`, "invalid character '[' exceeded max depth"],
  ];
  for (const [body, error] of cases) {
    test(body.slice(0, 40), () => assert.equal(whole(body, 20_000).error, error));
  }
});

/** A body that is JSON, or was before it was damaged. */
function randomBody(prng: Prng): string {
  const value = (depth: number): string => {
    switch (prng.below(depth > 4 ? 4 : 6)) {
      case 0:
        return prng.pick(['0', '-1', '1.5', '2e3', '1E-7', '-0.0']);
      case 1:
        return prng.pick(['true', 'false', 'null']);
      case 2:
        return JSON.stringify(prng.pick(['', 'a', '"', '\\', '\n', 'ü', '𝔘']));
      case 3:
        return prng.pick(['"\\u00e9"', '"\\/\\b"', '{}', '[]']);
      case 4:
        return `[${Array.from({ length: prng.below(4) }, () => value(depth + 1)).join(' ,')}]`;
      default:
        return `{${Array.from({ length: prng.below(4) }, (_, i) => `"${i}" :${value(depth + 1)}`).join(',\n')}}`;
    }
  };
  let text = value(0);
  for (let damage = prng.below(3); damage > 0; damage--) {
    const at = prng.below(text.length + 1);
    text =
      text.slice(0, at) +
      prng.pick(['', '{', '}', '[', ']', ',', ':', '"', '\\', '1', 'e', '-', ' ', 't', '\u0001']) +
      text.slice(at + prng.below(2));
  }
  return text;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test(`${BODIES} bodies, damaged or not, are JSON here exactly if they are elsewhere, however they are cut (seed ${SEED})`, () => {
  const prng = new Prng(SEED);
  let good = 0;
  for (let i = 0; i < BODIES; i++) {
    const text = randomBody(prng);
    const bytes = encodeUtf8(text);
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; ) {
      const size = 1 + prng.below(5);
      pieces.push(bytes.subarray(at, at + size));
      at += size;
    }
    const expected = isJson(text);
    const found = cut(pieces);
    // A lone value, and nothing but white space behind it.
    const isWhole = found.outcome === Split.END && found.values.length === 1;
    assert.equal(isWhole, expected, JSON.stringify(text));
    assert.deepEqual(found, whole(text), JSON.stringify(text));
    if (expected) good++;
  }
  assert.ok(good > BODIES / 10 && good < BODIES, `${good} were good`);
});
