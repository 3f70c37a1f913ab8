/**
 * Remembers what whole header blocks meant. Clients repeat a few blocks byte for byte; while the dynamic table has not
 * changed, equal bytes are the equal list, and neither HPACK nor anything after it need run again.
 */
import { copyOf } from '../../stdx/index.js';
import { CACHED_BLOCK_BYTES_MAX, CACHED_BLOCKS_MAX } from './limits.js';

interface CachedBlock<H> {
  readonly bytes: Uint8Array;
  readonly generation: number;
  readonly head: H;
}

export class BlockCache<H> {
  readonly #blocks: CachedBlock<H>[] = [];
  #oldest = 0;

  find(buf: Uint8Array, start: number, end: number, generation: number): H | undefined {
    const blocks = this.#blocks;
    for (let i = 0; i < blocks.length; i++) {
      const block = blocks[i]!;
      if (block.generation === generation && sameBytes(block.bytes, buf, start, end)) return block.head;
    }
    return undefined;
  }

  add(buf: Uint8Array, start: number, end: number, generation: number, head: H): void {
    if (end - start > CACHED_BLOCK_BYTES_MAX) return;
    const block = { bytes: copyOf(buf, start, end), generation, head };
    if (this.#blocks.length < CACHED_BLOCKS_MAX) {
      this.#blocks.push(block);
      return;
    }
    this.#blocks[this.#oldest] = block;
    this.#oldest = (this.#oldest + 1) % CACHED_BLOCKS_MAX;
  }
}

function sameBytes(block: Uint8Array, buf: Uint8Array, start: number, end: number): boolean {
  if (block.length !== end - start) return false;
  // From the back: blocks of one client differ late, in the path or the timeout.
  for (let i = block.length - 1; i >= 0; i--) if (block[i] !== buf[start + i]) return false;
  return true;
}
