/**
 * Where members may be found. The configuration says it for its members. Guests are those it does not name: the others
 * of a cluster that this member is about to join, and whoever has connected to us, since a member that is still
 * reading old entries knows less than those it must answer. What a member has announced itself is also used for a
 * member of the configuration, after the URLs that are written there.
 */
import { GUESTS_MAX } from './limits.js';
import type { Peer } from './ports.js';

export class AddressBook {
  readonly #peers = new Map<bigint, readonly string[]>();
  readonly #announced = new Map<bigint, readonly string[]>();
  /** Of the others that the cluster has told a joiner of. */
  readonly #told = new Map<bigint, readonly string[]>();
  #removed: ReadonlySet<bigint> = new Set();

  setPeers(peers: readonly Peer[]): void {
    this.#peers.clear();
    for (const { id, peerUrls } of peers) this.#peers.set(id, peerUrls);
  }

  setRemoved(ids: ReadonlySet<bigint>): void {
    this.#removed = ids;
    for (const id of ids) this.#announced.delete(id);
  }

  isRemoved(id: bigint): boolean {
    return this.#removed.has(id);
  }

  isPeer(id: bigint): boolean {
    return this.#peers.has(id);
  }

  peers(): IterableIterator<bigint> {
    return this.#peers.keys();
  }

  /** The cluster that this member joins says who its members are. */
  setRemotes(remotes: readonly Peer[]): void {
    for (const { id, peerUrls } of remotes) {
      this.#told.set(id, peerUrls);
      this.announce(id, peerUrls);
    }
  }

  /** Whether the cluster itself says that the member is at the URL, and not only whoever has connected in its name. */
  isVouchedFor(id: bigint, url: string): boolean {
    return this.#peers.get(id)?.includes(url) === true || this.#told.get(id)?.includes(url) === true;
  }

  /** A member says itself where it is. Gives the one whose word is forgotten for it, if there are too many. */
  announce(id: bigint, urls: readonly string[]): bigint | undefined {
    if (urls.length === 0 || this.#removed.has(id)) return undefined;
    this.#announced.delete(id);
    this.#announced.set(id, urls);
    if (this.#announced.size <= GUESTS_MAX) return undefined;
    const [oldest] = this.#announced.keys();
    this.#announced.delete(oldest!);
    return oldest;
  }

  /** Best first; empty for who is not known. */
  urlsOf(id: bigint): readonly string[] {
    const written = this.#peers.get(id);
    const announced = this.#announced.get(id);
    if (announced === undefined) return written ?? [];
    if (written === undefined) return announced;
    return [...written, ...announced.filter((url) => !written.includes(url))];
  }
}
