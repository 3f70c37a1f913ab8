/**
 * Every record of the store in revision order: the in-memory twin of the backend's `key` table.
 *
 * An entry has a sequence number, given in order and never reused; it says which key changed at which revision
 * `(main, sub)`, whether it was deleted, where the encoded record lies, and the number of the key's entry before it. So
 * a key's history is a chain from its newest entry backwards, and the history of all keys is the log from front to back.
 *
 * Chunks cover {@link CHUNK_ENTRIES} sequence numbers each. A new chunk is dense. Compaction first marks entries as
 * dropped, then purges chunk after chunk: what is left is packed, and the chunk keeps a sorted list of the slots it
 * still has. A chain that runs into a purged entry ends there.
 *
 * Entry words: 0 key id and flag, 1 and low half of 3 main (48 bits), 2 and high half of 3 number of the key's entry
 * before + 1 (48 bits), 4 sub, 5 slab, 6 offset, 7 length of the KeyValue.
 */
import { assert } from '../stdx/index.js';
import { REVISION_MAX } from './limits.js';

const CHUNK_ENTRIES_LOG2 = 11;
const CHUNK_ENTRIES = 1 << CHUNK_ENTRIES_LOG2;
const ENTRY_WORDS_LOG2 = 3;
const TWO_32 = 4294967296;
const DELETED = 0x80000000;
const DROPPED = 0x80000000;
/** The top bit of word 4 marks a dropped entry: 2^31 changes do not fit one transaction. */
const SUB_MASK = 0x7fffffff;
/** Empty chunks at the front are let go in runs of this many. */
const CHUNKS_TRIMMED = 256;

interface Chunk {
  words: Uint32Array;
  count: number;
  /** Undefined while every slot up to `count` is there; else the sorted slots of the entries. */
  slots: Uint16Array | undefined;
  dropped: number;
}

export class RevisionLog {
  #chunks: (Chunk | undefined)[] = [];
  /** Main revision of each chunk's first entry as it was appended. */
  #firstMains: number[] = [];
  #chunkBase = 0;
  #end = 0;
  #entries = 0;
  #lastMain = 0;

  /** Set by {@link seek}: the entry's chunk and its first word. */
  #words: Uint32Array = new Uint32Array(0);
  #at = 0;
  /** Where the last step in a packed chunk found its slot: walking on starts there. */
  #slotHint = 0;

  /** The sequence number of the next entry. */
  get end(): number {
    return this.#end;
  }

  /** Entries not purged, dropped ones included. */
  get entries(): number {
    return this.#entries;
  }

  /** Appends an entry and returns its sequence number; `previous` is −1 for the first of its key. */
  append(
    id: number,
    deleted: boolean,
    main: number,
    sub: number,
    previous: number,
    slab: number,
    kvOffset: number,
    kvLength: number,
  ): number {
    assert(main >= this.#lastMain && main <= REVISION_MAX, 'revisions ascend within their bound');
    assert(sub <= SUB_MASK, 'a transaction has fewer than 2^31 changes');
    const seq = this.#end++;
    const slot = seq & (CHUNK_ENTRIES - 1);
    if (slot === 0) this.#addChunk(main);
    const chunk = this.#chunks[this.#chunks.length - 1]!;
    if (chunk.slots !== undefined) chunk.slots[chunk.count] = slot;
    const at = chunk.count++ << ENTRY_WORDS_LOG2;
    const words = chunk.words;
    const link = previous + 1;
    words[at] = deleted ? (id | DELETED) >>> 0 : id;
    words[at + 1] = main;
    words[at + 2] = link;
    words[at + 3] = Math.floor(main / TWO_32) | (Math.floor(link / TWO_32) << 16);
    words[at + 4] = sub;
    words[at + 5] = slab;
    words[at + 6] = kvOffset;
    words[at + 7] = kvLength;
    this.#entries++;
    this.#lastMain = main;
    return seq;
  }

  /** Makes `seq` the current entry; false if it is purged. */
  seek(seq: number): boolean {
    assert(seq >= 0 && seq < this.#end, 'the entry was appended');
    const chunk = this.#chunks[this.#chunkOf(seq)];
    if (chunk === undefined) return false;
    const slot = seq & (CHUNK_ENTRIES - 1);
    this.#words = chunk.words;
    if (chunk.slots === undefined) {
      this.#at = slot << ENTRY_WORDS_LOG2;
      return true;
    }
    const index = lowerBound(chunk.slots, chunk.count, slot);
    this.#at = index << ENTRY_WORDS_LOG2;
    return index < chunk.count && chunk.slots[index] === slot;
  }

  // The current entry.
  get id(): number {
    return this.#words[this.#at]! & 0x7fffffff;
  }
  get isDelete(): boolean {
    return this.#words[this.#at]! >= DELETED;
  }
  get main(): number {
    return this.#words[this.#at + 1]! + (this.#words[this.#at + 3]! & 0xffff) * TWO_32;
  }
  get sub(): number {
    return this.#words[this.#at + 4]! & SUB_MASK;
  }
  get isDropped(): boolean {
    return this.#words[this.#at + 4]! >= DROPPED;
  }
  /** The key's entry before this one, −1 if there was none; it may be purged. */
  get previous(): number {
    return this.#words[this.#at + 2]! + (this.#words[this.#at + 3]! >>> 16) * TWO_32 - 1;
  }
  get slab(): number {
    return this.#words[this.#at + 5]!;
  }
  get kvOffset(): number {
    return this.#words[this.#at + 6]!;
  }
  get kvLength(): number {
    return this.#words[this.#at + 7]!;
  }

  /** Makes the first entry from `seq` on the current one and returns its number; {@link end} if there is none. */
  seekFrom(seq: number): number {
    if (seq >= this.#end) return this.#end;
    const first = this.#chunkBase << CHUNK_ENTRIES_LOG2;
    let index = seq < first ? 0 : this.#chunkOf(seq);
    let slot = seq < first ? 0 : seq & (CHUNK_ENTRIES - 1);
    for (; index < this.#chunks.length; index++, slot = 0) {
      const chunk = this.#chunks[index];
      if (chunk === undefined) continue;
      let at = slot;
      if (chunk.slots !== undefined) {
        at = this.#slotFrom(chunk.slots, chunk.count, slot);
        this.#slotHint = at;
      }
      if (at >= chunk.count) continue;
      this.#words = chunk.words;
      this.#at = at << ENTRY_WORDS_LOG2;
      return (this.#chunkBase + index) * CHUNK_ENTRIES + (chunk.slots === undefined ? at : chunk.slots[at]!);
    }
    return this.#end;
  }

  /** Makes the last entry up to `seq` the current one and returns its number; −1 if there is none. */
  seekBack(seq: number): number {
    let index = Math.min(this.#chunkOf(seq), this.#chunks.length - 1);
    let slot = seq >= this.#end ? CHUNK_ENTRIES - 1 : seq & (CHUNK_ENTRIES - 1);
    for (; index >= 0; index--, slot = CHUNK_ENTRIES - 1) {
      const chunk = this.#chunks[index];
      if (chunk === undefined) continue;
      let at = Math.min(slot, chunk.count - 1);
      if (chunk.slots !== undefined) {
        at = lowerBound(chunk.slots, chunk.count, slot + 1) - 1;
      }
      if (at < 0) continue;
      this.#words = chunk.words;
      this.#at = at << ENTRY_WORDS_LOG2;
      return (this.#chunkBase + index) * CHUNK_ENTRIES + (chunk.slots === undefined ? at : chunk.slots[at]!);
    }
    return -1;
  }

  /** The number of the first entry whose main revision is at least `main`; it need not be there any more. */
  firstFrom(main: number): number {
    // The last chunk that begins below `main` has it, or the next one begins with it.
    let low = 0;
    let high = this.#firstMains.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#firstMains[middle]! < main) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return this.#chunkBase * CHUNK_ENTRIES;
    const chunk = this.#chunks[low - 1];
    const base = (this.#chunkBase + low - 1) * CHUNK_ENTRIES;
    if (chunk === undefined) return Math.min(base + CHUNK_ENTRIES, this.#end);
    let from = 0;
    let to = chunk.count;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (mainAt(chunk.words, middle) < main) from = middle + 1;
      else to = middle;
    }
    if (from === chunk.count) return Math.min(base + CHUNK_ENTRIES, this.#end);
    return base + (chunk.slots === undefined ? from : chunk.slots[from]!);
  }

  /** Marks the current entry as one that compaction removes. */
  drop(seq: number): void {
    assert(!this.isDropped, 'an entry is dropped once');
    this.#words[this.#at + 4] = (this.#words[this.#at + 4]! | DROPPED) >>> 0;
    this.#chunks[this.#chunkOf(seq)]!.dropped++;
  }

  /** The first number behind the chunk of `seq`. */
  chunkEnd(seq: number): number {
    return (Math.floor(seq / CHUNK_ENTRIES) + 1) * CHUNK_ENTRIES;
  }

  /** Dropped entries in the chunk of `seq`. */
  droppedInChunk(seq: number): number {
    return this.#chunks[this.#chunkOf(seq)]?.dropped ?? 0;
  }

  /** Takes the dropped entries out of the chunk of `seq`. */
  purge(seq: number): void {
    const index = this.#chunkOf(seq);
    const chunk = this.#chunks[index];
    if (chunk === undefined || chunk.dropped === 0) return;
    const isOpen = index === this.#chunks.length - 1 && (this.#end & (CHUNK_ENTRIES - 1)) !== 0;
    const kept = chunk.count - chunk.dropped;
    this.#entries -= chunk.dropped;
    if (kept === 0 && !isOpen) {
      this.#chunks[index] = undefined;
      this.#trim();
      return;
    }
    const room = isOpen ? kept + CHUNK_ENTRIES - (this.#end & (CHUNK_ENTRIES - 1)) : kept;
    const words = new Uint32Array(room << ENTRY_WORDS_LOG2);
    const slots = new Uint16Array(room);
    let to = 0;
    for (let from = 0; from < chunk.count; from++) {
      const at = from << ENTRY_WORDS_LOG2;
      if (chunk.words[at + 4]! >= DROPPED) continue;
      for (let i = 0; i < 8; i++) words[(to << ENTRY_WORDS_LOG2) + i] = chunk.words[at + i]!;
      slots[to++] = chunk.slots === undefined ? from : chunk.slots[from]!;
    }
    assert(to === kept, 'a chunk counts its dropped entries');
    this.#chunks[index] = { words, count: kept, slots, dropped: 0 };
  }

  #addChunk(main: number): void {
    this.#chunks.push({
      words: new Uint32Array(CHUNK_ENTRIES << ENTRY_WORDS_LOG2),
      count: 0,
      slots: undefined,
      dropped: 0,
    });
    this.#firstMains.push(main);
  }

  #chunkOf(seq: number): number {
    return Math.floor(seq / CHUNK_ENTRIES) - this.#chunkBase;
  }

  #slotFrom(slots: Uint16Array, count: number, slot: number): number {
    const hint = this.#slotHint;
    if (hint < count && slots[hint]! < slot && (hint + 1 >= count || slots[hint + 1]! >= slot))
      return hint + 1;
    return lowerBound(slots, count, slot);
  }

  /** Lets go of the empty chunks at the front, whose numbers no chain reaches any more. */
  #trim(): void {
    let empty = 0;
    while (empty < this.#chunks.length && this.#chunks[empty] === undefined) empty++;
    if (empty < CHUNKS_TRIMMED && empty < this.#chunks.length) return;
    this.#chunks.splice(0, empty);
    this.#firstMains.splice(0, empty);
    this.#chunkBase += empty;
  }
}

function lowerBound(slots: Uint16Array, count: number, slot: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (slots[middle]! < slot) low = middle + 1;
    else high = middle;
  }
  return low;
}

function mainAt(words: Uint32Array, index: number): number {
  const at = index << ENTRY_WORDS_LOG2;
  return words[at + 1]! + (words[at + 3]! & 0xffff) * TWO_32;
}
