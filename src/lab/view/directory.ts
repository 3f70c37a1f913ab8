/** Which number a raft id belongs to: the Lab numbers machines from 1, raft knows members by hashes. */
import type { SimNetwork } from '../../sim/index.js';

/** What a member list says. */
interface ListedMember {
  readonly id: bigint;
  readonly peerUrls: readonly string[];
}

export class Directory {
  readonly #numbers = new Map<bigint, number>();

  /** A machine that joins a second time gets a new id. */
  learn(raftId: bigint, member: number): void {
    this.#numbers.set(raftId, member);
  }

  /** Members are known by their addresses before they have started. */
  learnFrom(members: readonly ListedMember[], network: SimNetwork): void {
    for (const { id, peerUrls } of members) {
      if (this.#numbers.has(id)) continue;
      const addresses = peerUrls.map((url) => network.addressOf(url));
      const address = addresses.find((each) => each !== undefined);
      if (address !== undefined) this.learn(id, address + 1);
    }
  }

  /** 0 for nobody, and for who is not known. */
  numberOf(raftId: bigint): number {
    return this.#numbers.get(raftId) ?? 0;
  }

  /** A text in which ids stand as hexadecimal digits, with numbers in their place. */
  named(text: string): string {
    let out = text;
    for (const [id, member] of this.#numbers) out = out.replaceAll(id.toString(16), `m${member}`);
    return out;
  }
}
