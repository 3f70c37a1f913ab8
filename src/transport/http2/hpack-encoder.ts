/**
 * Encoding of header blocks (RFC 7541).
 *
 * The encoder inserts fields that will be repeated and never evicts: when the table is full, the rest goes as literals.
 * So an index changes only by insertions, which soon cease, and a block encoded under a `generation` in which nothing
 * was inserted can be sent again as it is. Blocks must be sent in the order in which they were encoded.
 */
import type { ByteWriter } from '../../stdx/index.js';
import { ENTRY_OVERHEAD_BYTES, STATIC_ENTRIES, STATIC_TABLE } from './hpack-table.js';
import { huffmanEncode, huffmanEncodedLength } from './huffman.js';
import { HEADER_TABLE_BYTES } from './limits.js';

/** How a field is to be treated: sent for reuse, not worth it, or secret (no one on the way may index it either). */
export type Indexing = 'reuse' | 'once' | 'secret';

/** Static index by `name` (lowest one) and by `name: value`. */
const staticByName = new Map<string, number>();
const staticByField = new Map<string, number>();
for (let i = STATIC_ENTRIES; i > 0; i--) {
  const { name, value } = STATIC_TABLE[i]!;
  staticByName.set(name, i);
  staticByField.set(`${name}: ${value}`, i);
}

export class HpackEncoder {
  /** Changes with every insertion and size update. */
  generation = 0;
  #bytesMax = HEADER_TABLE_BYTES;
  #bytes = 0;
  #inserted = 0;
  /** How many entries had been inserted when the field was, that one included. */
  readonly #positions = new Map<string, number>();
  #clearPending = false;

  /**
   * The peer's SETTINGS_HEADER_TABLE_SIZE. A size below ours empties the table for good (section 4.2 has us say so at
   * the head of the next block): such a peer saves memory and gets literals.
   */
  setTableBytesMax(bytesMax: number): void {
    if (bytesMax >= this.#bytesMax) return;
    this.#bytesMax = 0;
    this.#positions.clear();
    this.#clearPending = true;
    this.generation++;
  }

  /** Must precede the first field of each block. */
  begin(out: ByteWriter): void {
    if (!this.#clearPending) return;
    this.#clearPending = false;
    this.generation++;
    out.byte(0x20);
  }

  field(out: ByteWriter, name: string, value: string, indexing: Indexing): void {
    const key = `${name}: ${value}`;
    const known = staticByField.get(key) ?? this.#dynamicIndex(key);
    if (known !== undefined) {
      putInteger(out, 0x80, 127, known);
      return;
    }
    const size = name.length + value.length + ENTRY_OVERHEAD_BYTES;
    const insert = indexing === 'reuse' && this.#bytes + size <= this.#bytesMax;
    const nameIndex = staticByName.get(name) ?? 0;
    if (insert) putInteger(out, 0x40, 63, nameIndex);
    else putInteger(out, indexing === 'secret' ? 0x10 : 0, 15, nameIndex);
    if (nameIndex === 0) putString(out, name);
    putString(out, value);
    if (!insert) return;
    this.#bytes += size;
    this.#positions.set(key, ++this.#inserted);
    this.generation++;
  }

  #dynamicIndex(key: string): number | undefined {
    const position = this.#positions.get(key);
    return position === undefined ? undefined : STATIC_ENTRIES + 1 + this.#inserted - position;
  }
}

function putInteger(out: ByteWriter, pattern: number, prefixMax: number, value: number): void {
  if (value < prefixMax) {
    out.byte(pattern | value);
    return;
  }
  out.byte(pattern | prefixMax);
  out.varint(value - prefixMax);
}

function putString(out: ByteWriter, text: string): void {
  const coded = huffmanEncodedLength(text);
  if (coded < text.length) {
    putInteger(out, 0x80, 127, coded);
    out.reserve(coded);
    out.len = huffmanEncode(text, out.buf, out.len);
    return;
  }
  putInteger(out, 0, 127, text.length);
  out.reserve(text.length);
  for (let i = 0; i < text.length; i++) out.buf[out.len++] = text.charCodeAt(i);
}
