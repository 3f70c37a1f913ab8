import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteWriter, Prng } from '../../stdx/index.js';
import { HpackDecoder } from './hpack-decoder.js';
import { HpackEncoder, type Indexing } from './hpack-encoder.js';
import { huffmanDecode, huffmanDecodedMax, huffmanEncode, huffmanEncodedLength } from './huffman.js';

function hex(text: string): Uint8Array {
  const digits = text.replaceAll(/\s/g, '');
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) =>
    Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  );
}

function decode(decoder: HpackDecoder, text: string): string[] | undefined {
  const block = hex(text);
  if (!decoder.decode(block, 0, block.length)) return undefined;
  return decoder.fields.map(({ name, value }) => `${name}: ${value}`);
}

/** A sequence of blocks on one connection: hex, fields, bytes in the dynamic table afterwards. */
function checkSequence(tableBytes: number, steps: readonly (readonly [string, string[], number])[]): void {
  const decoder = new HpackDecoder(tableBytes);
  for (const [block, fields, bytes] of steps) {
    assert.deepEqual(decode(decoder, block), fields);
    assert.equal(decoder.table.bytes, bytes);
  }
}

const GET = [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com'];
const CUSTOM = [
  ':method: GET',
  ':scheme: https',
  ':path: /index.html',
  ':authority: www.example.com',
  'custom-key: custom-value',
];
const RESPONSE = [
  ':status: 302',
  'cache-control: private',
  'date: Mon, 21 Oct 2013 20:13:21 GMT',
  'location: https://www.example.com',
];
const RESPONSE_307 = [':status: 307', ...RESPONSE.slice(1)];
const RESPONSE_COOKIE = [
  ':status: 200',
  'cache-control: private',
  'date: Mon, 21 Oct 2013 20:13:22 GMT',
  'location: https://www.example.com',
  'content-encoding: gzip',
  'set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1',
];

test('RFC 7541 C.2: single fields', () => {
  const one = (block: string) => decode(new HpackDecoder(), block);
  assert.deepEqual(one('400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572'), [
    'custom-key: custom-header',
  ]);
  assert.deepEqual(one('040c 2f73 616d 706c 652f 7061 7468'), [':path: /sample/path']);
  assert.deepEqual(one('1008 7061 7373 776f 7264 0673 6563 7265 74'), ['password: secret']);
  assert.deepEqual(one('82'), [':method: GET']);
});

test('RFC 7541 C.3: requests without Huffman', () => {
  checkSequence(4096, [
    ['8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d', GET, 57],
    ['8286 84be 5808 6e6f 2d63 6163 6865', [...GET, 'cache-control: no-cache'], 110],
    ['8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65', CUSTOM, 164],
  ]);
});

test('RFC 7541 C.4: requests with Huffman', () => {
  checkSequence(4096, [
    ['8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff', GET, 57],
    ['8286 84be 5886 a8eb 1064 9cbf', [...GET, 'cache-control: no-cache'], 110],
    ['8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf', CUSTOM, 164],
  ]);
});

test('RFC 7541 C.5: responses without Huffman, with eviction from a table of 256 bytes', () => {
  checkSequence(256, [
    [
      `4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32
       3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d`,
      RESPONSE,
      222,
    ],
    ['4803 3330 37c1 c0bf', RESPONSE_307, 222],
    [
      `88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970
       7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61
       6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31`,
      RESPONSE_COOKIE,
      215,
    ],
  ]);
});

test('RFC 7541 C.6: responses with Huffman, with eviction', () => {
  checkSequence(256, [
    [
      `4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad
       1718 63c7 8f0b 97c8 e9ae 82ae 43d3`,
      RESPONSE,
      222,
    ],
    ['4883 640e ffc1 c0bf', RESPONSE_307, 222],
    [
      `88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2
       e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07`,
      RESPONSE_COOKIE,
      215,
    ],
  ]);
});

test('malformed blocks are refused', () => {
  const bad: Record<string, string> = {
    'index 0': '80',
    'index beyond both tables': 'be',
    'name index beyond both tables': '7e 00',
    'integer without an end': 'ff ff ff ff',
    'integer too large': 'ff ff ff ff ff ff ff 7f',
    'string longer than the block': '00 03 61',
    'value missing': '00 01 61',
    'EOS inside': '00 01 61 84 ff ff ff ff',
    'padding not ones': '00 01 61 81 00',
    'padding of eight bits': '00 01 61 82 1f ff',
    'size update above the limit': '3f e2 1f',
    'size update after a field': '82 20',
    'three size updates': '20 20 20 82',
  };
  for (const [what, block] of Object.entries(bad)) {
    assert.equal(decode(new HpackDecoder(), block), undefined, what);
  }
  // Just below: 4096 is the limit, and two updates are allowed.
  assert.deepEqual(decode(new HpackDecoder(), '20 3f e1 1f 82'), [':method: GET']);
});

test('a size update evicts, and an entry larger than the table empties it', () => {
  const decoder = new HpackDecoder();
  assert.deepEqual(decode(decoder, '40 01 61 01 62'), ['a: b']);
  assert.equal(decoder.table.count, 1);
  assert.deepEqual(decode(decoder, '20 3f 21'), []);
  assert.equal(decoder.table.count, 0);
  assert.deepEqual(decode(decoder, '40 01 61 01 62'), ['a: b']);
  const long = `40 01 61 3f ${'62'.repeat(63)}`;
  assert.equal(decode(decoder, long)?.length, 1);
  assert.equal(decoder.table.count, 0);
});

test('characters that HTTP/2 does not allow mark the field', () => {
  const valid = (block: string): boolean => {
    const decoder = new HpackDecoder();
    assert.notEqual(decode(decoder, block), undefined);
    return decoder.fields[0]!.valid;
  };
  assert.equal(valid('00 01 61 01 62'), true);
  assert.equal(valid('00 01 41 01 62'), false, 'capital in a name');
  assert.equal(valid('00 00 01 62'), false, 'empty name');
  assert.equal(valid('00 01 61 01 0a'), false, 'line feed in a value');
  assert.equal(valid('00 01 61 02 20 62'), false, 'leading blank');
});

test('a list above the limit is dropped but keeps the table in step', () => {
  const decoder = new HpackDecoder(4096, 100);
  assert.equal(decode(decoder, `40 01 61 01 62 ${'be'.repeat(4)}`)?.length, 2);
  assert.equal(decoder.overflowed, true);
  assert.deepEqual(decode(decoder, 'be'), ['a: b']);
  assert.equal(decoder.overflowed, false);
});

test('Huffman code: every byte string comes back', () => {
  const prng = new Prng(1);
  for (let round = 0; round < 2000; round++) {
    const bytes = prng.bytes(prng.below(40));
    const text = String.fromCharCode(...bytes);
    const coded = new Uint8Array(huffmanEncodedLength(text));
    assert.equal(huffmanEncode(text, coded, 0), coded.length);
    const back = new Uint8Array(huffmanDecodedMax(coded.length));
    const n = huffmanDecode(coded, 0, coded.length, back);
    assert.deepEqual(back.subarray(0, n), bytes, `seed 1, round ${round}`);
  }
});

test('what the encoder writes the decoder reads, through any mix of fields and table sizes', () => {
  for (let seed = 1; seed <= 50; seed++) {
    const prng = new Prng(seed);
    const encoder = new HpackEncoder();
    const decoder = new HpackDecoder();
    const out = new ByteWriter();
    for (let round = 0; round < 60; round++) {
      if (prng.chance(0.02)) encoder.setTableBytesMax(prng.below(5000));
      out.reset();
      encoder.begin(out);
      const sent: string[] = [];
      for (let i = prng.below(8); i > 0; i--) {
        const name = prng.chance(0.3) ? ':path' : `x-${prng.below(20)}`;
        const value = prng.chance(0.5) ? `${prng.below(5)}` : 'v'.repeat(prng.below(300));
        encoder.field(out, name, value, prng.pick<Indexing>(['reuse', 'once', 'secret']));
        sent.push(`${name}: ${value}`);
      }
      assert.ok(decoder.decode(out.buf, 0, out.len), `seed ${seed}, round ${round}`);
      const got = decoder.fields.map(({ name, value }) => `${name}: ${value}`);
      assert.deepEqual(got, sent, `seed ${seed}, round ${round}`);
    }
  }
});

test('a block encoded without insertion means the same again', () => {
  const encoder = new HpackEncoder();
  const decoder = new HpackDecoder();
  const out = new ByteWriter();
  encoder.field(out, 'grpc-status', '0', 'reuse');
  const generation = encoder.generation;
  const again = new ByteWriter();
  encoder.field(again, 'grpc-status', '0', 'reuse');
  assert.equal(encoder.generation, generation);
  assert.equal(again.len, 1);
  assert.ok(decoder.decode(out.buf, 0, out.len));
  for (let i = 0; i < 3; i++) {
    assert.ok(decoder.decode(again.buf, 0, again.len));
    assert.equal(decoder.fields[0]!.name, 'grpc-status');
  }
});
