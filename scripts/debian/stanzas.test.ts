import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeUtf8 } from '../../src/stdx/index.js';
import { batchesOf, fieldOf, parseStanzas, type Stanza } from './stanzas.js';

const INDEX = [
  'Package: alpha\nVersion: 1.0-1\nDescription: först\n continued',
  'Package: beta\nVersion: 2.0',
  'Version: nameless',
  'Package: alpha\nVersion: 1.0-2',
].join('\n\n');

function stanza(name: string, bytes: number): Stanza {
  return { name, value: new Uint8Array(bytes) };
}

test('stanzas keep their order and their bytes', () => {
  for (const end of ['', '\n', '\n\n', '\n\n\n']) {
    const stanzas = parseStanzas(encodeUtf8(INDEX + end));
    assert.deepEqual(
      stanzas.map(({ name }) => name),
      ['alpha', 'beta', 'alpha'],
    );
    assert.equal(Buffer.from(stanzas[0]!.value).toString(), INDEX.slice(0, INDEX.indexOf('\n\n')));
    assert.equal(fieldOf(stanzas[2]!.value, 'Version'), '1.0-2');
  }
  assert.equal(fieldOf(encodeUtf8('Package: a'), 'Version'), undefined);
  assert.deepEqual(parseStanzas(new Uint8Array(0)), []);
});

test('a batch ends at 128 operations, at the size limit, and before a name comes again', () => {
  const lengths = (stanzas: readonly Stanza[]): number[] =>
    [...batchesOf(stanzas)].map((batch) => batch.length);
  const distinct = Array.from({ length: 300 }, (_, i) => stanza(`p${i}`, 100));
  assert.deepEqual(lengths(distinct), [128, 128, 44]);
  assert.deepEqual(lengths([stanza('a', 600_000), stanza('b', 600_000), stanza('c', 600_000)]), [2, 1]);
  assert.deepEqual(lengths([stanza('a', 1), stanza('b', 1), stanza('a', 1), stanza('a', 1)]), [2, 1, 1]);
  assert.deepEqual(lengths([stanza('huge', 5_000_000), stanza('b', 1)]), [1, 1]);
  assert.deepEqual(lengths([]), []);
  assert.deepEqual([...batchesOf(distinct)].flat(), distinct);
});
