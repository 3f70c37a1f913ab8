/**
 * Ids for leases whose client leaves the choice to the server, as etcd makes them: the low 16 bits of the member's id,
 * then 40 bits of the milliseconds at which the process started, then 8 bits of a counter that carries into them. The
 * sign bit is clear.
 */
const SUFFIX_BITS = 48n;
const SUFFIX_MASK = (1n << SUFFIX_BITS) - 1n;
const POSITIVE_MASK = (1n << 63n) - 1n;

export class LeaseIds {
  readonly #prefix: bigint;
  #suffix: bigint;

  constructor(memberId: bigint, wallTimeMs: number) {
    this.#prefix = (memberId & 0xffffn) << SUFFIX_BITS;
    this.#suffix = (BigInt(Math.floor(wallTimeMs)) << 8n) & SUFFIX_MASK;
  }

  next(): bigint {
    for (;;) {
      this.#suffix = (this.#suffix + 1n) & SUFFIX_MASK;
      const id = (this.#prefix | this.#suffix) & POSITIVE_MASK;
      if (id !== 0n) return id;
    }
  }
}
