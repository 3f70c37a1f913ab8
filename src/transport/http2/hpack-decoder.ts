/** Decoding of header blocks (RFC 7541, sections 3 and 6). */

import { DynamicTable, fieldBytes, type HeaderField, STATIC_ENTRIES, STATIC_TABLE } from './hpack-table.js';
import { huffmanDecode, huffmanDecodedMax } from './huffman.js';
import { HEADER_BLOCK_BYTES_MAX, HEADER_LIST_BYTES_MAX, HEADER_TABLE_BYTES } from './limits.js';

const LITERAL_INDEXED = 0x40;
const INTEGER_LIMIT = 0x0fffffff;

/**
 * One connection's decoder. `decode` fills `fields`; a list above the size limit is decoded to its end all the same,
 * because the dynamic table must stay in step with the peer's, but its fields are dropped and `overflowed` is set.
 */
export class HpackDecoder {
  readonly table: DynamicTable;
  fields: HeaderField[] = [];
  overflowed = false;
  readonly #tableBytesMax: number;
  readonly #listBytesMax: number;
  #listBytes = 0;
  #buf: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  #failed = false;
  #scratch: Uint8Array = new Uint8Array(256);

  constructor(tableBytesMax = HEADER_TABLE_BYTES, listBytesMax = HEADER_LIST_BYTES_MAX) {
    this.table = new DynamicTable(tableBytesMax);
    this.#tableBytesMax = tableBytesMax;
    this.#listBytesMax = listBytesMax;
  }

  /** False if the block is malformed: the connection is then lost (COMPRESSION_ERROR). */
  decode(buf: Uint8Array, start: number, end: number): boolean {
    this.fields = [];
    this.overflowed = false;
    this.#listBytes = 0;
    this.#failed = false;
    this.#buf = buf;
    this.#at = start;
    this.#end = end;
    if (!this.#sizeUpdates()) return false;
    while (this.#at < end) {
      const field = this.#field(buf[this.#at]!);
      if (field === undefined) return false;
      this.#listBytes += fieldBytes(field);
      if (this.#listBytes <= this.#listBytesMax) this.fields.push(field);
      else this.overflowed = true;
    }
    return true;
  }

  /** Table size updates stand at the head of a block, at most two (the lowest and the last: section 4.2). */
  #sizeUpdates(): boolean {
    for (let count = 0; this.#at < this.#end && (this.#buf[this.#at]! & 0xe0) === 0x20; count++) {
      const size = this.#integer(31);
      if (this.#failed || size > this.#tableBytesMax || count === 2) return false;
      this.table.resize(size);
    }
    return true;
  }

  #field(first: number): HeaderField | undefined {
    if (first >= 0x80) return this.#indexed(this.#integer(127));
    if (first >= LITERAL_INDEXED) {
      const field = this.#literal(63);
      if (field !== undefined) this.table.insert(field);
      return field;
    }
    // A size update in mid-block is an error; without indexing and never indexed read alike.
    return first >= 0x20 ? undefined : this.#literal(15);
  }

  #indexed(index: number): HeaderField | undefined {
    if (this.#failed || index === 0) return undefined;
    if (index <= STATIC_ENTRIES) return STATIC_TABLE[index];
    const distance = index - STATIC_ENTRIES - 1;
    return distance < this.table.count ? this.table.at(distance) : undefined;
  }

  #literal(prefixMax: number): HeaderField | undefined {
    const index = this.#integer(prefixMax);
    if (this.#failed) return undefined;
    let name: string;
    let valid = true;
    if (index === 0) {
      name = this.#string();
      valid = isFieldName(name);
    } else {
      const entry = this.#indexed(index);
      if (entry === undefined) return undefined;
      name = entry.name;
      valid = entry.valid || isFieldName(name);
    }
    const value = this.#string();
    if (this.#failed) return undefined;
    return { name, value, valid: valid && isFieldValue(value) };
  }

  /** An integer whose prefix is all of `prefixMax` (section 5.1). Sets `#failed` on overflow or early end. */
  #integer(prefixMax: number): number {
    if (this.#at >= this.#end) return this.#fail();
    let value = this.#buf[this.#at++]! & prefixMax;
    if (value < prefixMax) return value;
    for (let shift = 0; shift <= 28; shift += 7) {
      if (this.#at >= this.#end) return this.#fail();
      const b = this.#buf[this.#at++]!;
      value += (b & 127) * 2 ** shift;
      if (value > INTEGER_LIMIT) return this.#fail();
      if (b < 128) return value;
    }
    return this.#fail();
  }

  #string(): string {
    if (this.#at >= this.#end) {
      this.#fail();
      return '';
    }
    const huffman = this.#buf[this.#at]! >= 0x80;
    const length = this.#integer(127);
    if (this.#failed || length > this.#end - this.#at) {
      this.#fail();
      return '';
    }
    const start = this.#at;
    this.#at = start + length;
    if (!huffman) return latin1(this.#buf, start, this.#at);
    return this.#huffmanString(start, this.#at);
  }

  #huffmanString(start: number, end: number): string {
    const room = huffmanDecodedMax(end - start);
    if (room > this.#scratch.length)
      this.#scratch = new Uint8Array(huffmanDecodedMax(HEADER_BLOCK_BYTES_MAX));
    const n = huffmanDecode(this.#buf, start, end, this.#scratch);
    if (n < 0) {
      this.#fail();
      return '';
    }
    return latin1(this.#scratch, 0, n);
  }

  #fail(): number {
    this.#failed = true;
    return 0;
  }
}

/** One character a byte. */
function latin1(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]!);
  return text;
}

/** Not empty, no capitals, blanks, controls or bytes above ASCII; a colon only at the front (RFC 9113, 8.2.1). */
function isFieldName(name: string): boolean {
  if (name.length === 0) return false;
  for (let i = 0; i < name.length; i++) {
    const c = name.charCodeAt(i);
    if (c <= 0x20 || c >= 0x7f || (c >= 0x41 && c <= 0x5a) || (c === 0x3a && i > 0)) return false;
  }
  return true;
}

/** No NUL, CR or LF, and no blank at either end (RFC 9113, section 8.2.1). */
function isFieldValue(value: string): boolean {
  const n = value.length;
  if (n === 0) return true;
  for (let i = 0; i < n; i++) {
    const c = value.charCodeAt(i);
    if (c === 0 || c === 10 || c === 13) return false;
  }
  const first = value.charCodeAt(0);
  const last = value.charCodeAt(n - 1);
  return first !== 0x20 && first !== 9 && last !== 0x20 && last !== 9;
}
