/** The links to all peers and guests: messages are encoded here, and what is lost is reported. */
import type { Message, ProposeMessage } from '../../raft/index.js';
import { assert, ByteWriter } from '../../stdx/index.js';
import { writeRaftMessage } from '../../wire/index.js';
import type { AddressBook } from './address-book.js';
import type { PeerEnvironment } from './environment.js';
import { ENCODE_BYTES_KEPT, PROPOSE_BYTES_MAX } from './limits.js';
import { isBulk, type LinkOwner, PeerLink } from './peer-link.js';
import type { PeerReceiver } from './ports.js';

export class PeerLinks implements LinkOwner {
  readonly #env: PeerEnvironment;
  readonly #book: AddressBook;
  readonly #links = new Map<bigint, PeerLink>();
  readonly #out = new ByteWriter(ENCODE_BYTES_KEPT);
  #receiver: PeerReceiver | undefined;
  #stopped = false;
  /** To be reported as unreachable once this turn is over. */
  readonly #unreachable = new Set<bigint>();
  readonly #reportUnreachable = (): void => {
    const peers = [...this.#unreachable];
    this.#unreachable.clear();
    if (this.#stopped) return;
    for (const peer of peers) this.#receiver?.unreachable(peer);
  };

  constructor(env: PeerEnvironment, book: AddressBook) {
    this.#env = env;
    this.#book = book;
  }

  start(receiver: PeerReceiver): void {
    this.#receiver = receiver;
    this.connectPeers();
  }

  /** Makes the links to the peers of the configuration that are missing. */
  connectPeers(): void {
    if (this.#receiver === undefined || this.#stopped) return;
    for (const id of this.#book.peers()) this.linkTo(id);
  }

  send(message: Message): void {
    if (this.#stopped) return;
    assert(message.kind !== 'snapshot', 'snapshots have a method of their own');
    const link = this.linkTo(message.to);
    if (link === undefined) {
      this.#drop(message.to);
      return;
    }
    const out = this.#out;
    writeRaftMessage(out, message);
    if (message.kind === 'propose' && out.len > PROPOSE_BYTES_MAX && message.entries.length > 1) {
      out.resetWithin(ENCODE_BYTES_KEPT);
      this.#sendHalves(message);
      return;
    }
    if (out.len > this.#env.messageBytesMax) {
      this.#env.log.warn(`too large ${message.to}`, 'dropped a message that is too large for a peer', {
        'remote-peer-id': message.to,
        kind: message.kind,
        bytes: out.len,
      });
      this.#drop(message.to);
    } else if (!link.send(isBulk(message), out.buf, out.len)) {
      this.#drop(message.to);
    }
    out.resetWithin(ENCODE_BYTES_KEPT);
  }

  /** A message is lost before it was sent. */
  #drop(peer: bigint): void {
    this.#env.counters.of(peer).failedSends++;
    this.onUnreachable(peer);
  }

  /** Proposals are independent of one another, so a batch that is large is two. */
  #sendHalves(message: ProposeMessage): void {
    const middle = message.entries.length >> 1;
    this.send({ ...message, entries: message.entries.slice(0, middle) });
    this.send({ ...message, entries: message.entries.slice(middle) });
  }

  /** The link to a peer, or to a guest that is to be answered; made if need be. */
  linkTo(id: bigint): PeerLink | undefined {
    const known = this.#links.get(id);
    if (known !== undefined) return known;
    if (this.#stopped || this.#book.isRemoved(id) || this.#book.urlsOf(id).length === 0) return undefined;
    const link = new PeerLink(id, this.#env, this);
    this.#links.set(id, link);
    return link;
  }

  /** Where a peer may be, the URL by which its link has found it first; none for who was removed. */
  urlsTo(id: bigint): readonly string[] {
    if (this.#book.isRemoved(id)) return [];
    const urls = this.#book.urlsOf(id);
    const found = this.#links.get(id)?.url;
    return found === undefined ? urls : [found, ...urls.filter((url) => url !== found)];
  }

  /** A member has been heard of. */
  wake(id: bigint): void {
    this.#links.get(id)?.wake();
  }

  connectedSince(id: bigint): number | undefined {
    return this.#links.get(id)?.connectedSince;
  }

  disconnect(id: bigint): void {
    const link = this.#links.get(id);
    if (link === undefined) return;
    this.#links.delete(id);
    link.stop();
  }

  stop(): void {
    this.#stopped = true;
    for (const link of this.#links.values()) link.stop();
    this.#links.clear();
  }

  isPeer(id: bigint): boolean {
    return this.#book.isPeer(id);
  }

  isVouchedFor(id: bigint, url: string): boolean {
    return this.#book.isVouchedFor(id, url);
  }

  urlsOf(peer: bigint): readonly string[] {
    return this.#book.urlsOf(peer);
  }

  onUnreachable(peer: bigint): void {
    if (this.#unreachable.size === 0) this.#env.clock.defer(this.#reportUnreachable);
    this.#unreachable.add(peer);
  }

  onIdle(link: PeerLink): void {
    if (this.#links.get(link.peer) === link) this.disconnect(link.peer);
  }

  onRemoved(): void {
    if (!this.#stopped) this.#receiver?.removed();
  }
}
