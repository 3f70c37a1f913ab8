/**
 * Debian's package index as key-value pairs: text in stanzas, a blank line after each, every stanza with a line
 * `Package: NAME` (deb-control(5)). A name may occur several times: each occurrence is a version of its key.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

export const KEY_PREFIX = '/debian/packages/';

export interface Stanza {
  readonly name: string;
  /** From `Package:` to the last line, without the blank line. */
  readonly value: Uint8Array;
}

const DUMP_BYTES_MAX = 1 << 30;

/** The index of this machine, or of a file in the same format. */
export async function readIndex(file: string | undefined): Promise<Uint8Array> {
  if (file !== undefined) return readFileSync(file);
  const { stdout } = await promisify(execFile)('apt-cache', ['dumpavail'], {
    encoding: 'buffer',
    maxBuffer: DUMP_BYTES_MAX,
  });
  return stdout;
}

/** Stanzas in the order of the index; those without a name are left out. Values are views of `index`. */
export function parseStanzas(index: Uint8Array): Stanza[] {
  const bytes = Buffer.from(index.buffer, index.byteOffset, index.byteLength);
  const stanzas: Stanza[] = [];
  for (let start = 0; start < bytes.length; ) {
    let end = bytes.indexOf('\n\n', start, 'latin1');
    if (end < 0) end = bytes.length;
    const value = bytes.subarray(start, end);
    const name = fieldOf(value, 'Package');
    if (name !== undefined)
      stanzas.push({ name, value: new Uint8Array(value.buffer, value.byteOffset, value.length) });
    start = end + 1;
    while (bytes[start] === 0x0a) start++;
  }
  return stanzas;
}

/** The one-line field of a stanza. */
export function fieldOf(stanza: Uint8Array, field: string): string | undefined {
  const text = Buffer.from(stanza.buffer, stanza.byteOffset, stanza.byteLength).toString('utf8');
  return new RegExp(`^${field}: *(.*?)\\s*$`, 'm').exec(text)?.[1];
}

export function keyOf(name: string): Uint8Array {
  return Buffer.from(KEY_PREFIX + name, 'utf8');
}

/** etcd's default limits for a transaction, with room for what the request adds to keys and values. */
const BATCH_OPS_MAX = 128;
const BATCH_BYTES_MAX = 1_400_000;
const OP_OVERHEAD_BYTES = 32;

/**
 * Cuts the stanzas into transactions, in order. A transaction may not put a key twice, so a name that occurs again
 * begins a new one.
 */
export function* batchesOf(stanzas: readonly Stanza[]): Generator<readonly Stanza[]> {
  let batch: Stanza[] = [];
  let names = new Set<string>();
  let bytes = 0;
  for (const stanza of stanzas) {
    const size = KEY_PREFIX.length + stanza.name.length + stanza.value.length + OP_OVERHEAD_BYTES;
    const full = batch.length === BATCH_OPS_MAX || bytes + size > BATCH_BYTES_MAX || names.has(stanza.name);
    if (full && batch.length > 0) {
      yield batch;
      batch = [];
      names = new Set();
      bytes = 0;
    }
    batch.push(stanza);
    names.add(stanza.name);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
