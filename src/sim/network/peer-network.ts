/** The simulated network as one life of a member sees it. */
import type { Message, SnapshotMessage } from '../../raft/index.js';
import type {
  LeaseForwarder,
  LeaseResponder,
  Peer,
  PeerNetwork,
  PeerReceiver,
  SnapshotReader,
  SnapshotWriter,
} from '../../server/index.js';
import { assert, ByteWriter, copyOf } from '../../stdx/index.js';
import { readRaftMessage, writeRaftMessage } from '../../wire/index.js';
import type { Machine } from './machine.js';
import type { Listener, Parcel, SimNetwork } from './sim-network.js';
import { SnapshotTransfer } from './snapshot-transfer.js';

/** Who speaks; a real transport tells this when a connection begins. */
export interface Identity {
  readonly clusterId: bigint;
  readonly memberId: bigint;
  /** Whom it may speak to before it knows the members. */
  readonly remotes: readonly Peer[];
}

/** Who listens to all that members say: the checks. */
export type Eavesdropper = (message: Message) => void;

const REPORT_MS_MAX = 50;
const CALL_TIMEOUT_MS = 2000;
/** Of a question or an answer. */
const CALL_BYTES = 100;

function isUrgent(message: Message): boolean {
  return message.kind !== 'append' && message.kind !== 'propose';
}

export class SimPeerNetwork implements PeerNetwork, Listener {
  readonly machine: Machine;
  readonly openedAt: number;
  readonly leases: LeaseForwarder = {
    renew: (leader, ids, done) => this.#call(leader, done, (there, back) => there.renewForPeer(ids, back)),
    timeToLive: (leader, id, keys, done) =>
      this.#call(leader, done, (there, back) => there.timeToLiveForPeer(id, keys, back)),
  };
  readonly #network: SimNetwork;
  readonly #eavesdrop: Eavesdropper;
  readonly #out = new ByteWriter(1024);
  readonly #peers = new Map<bigint, number>();
  /** Who has spoken here, or was named at the start: they can be answered even if the member does not know them. */
  readonly #guests = new Map<bigint, number>();
  #removed: ReadonlySet<bigint> = new Set();
  #receiver: PeerReceiver | undefined;
  #stopped = false;

  readonly #clusterId: bigint;
  readonly #memberId: bigint;

  constructor(network: SimNetwork, machine: Machine, self: Identity, eavesdrop: Eavesdropper) {
    this.#network = network;
    this.machine = machine;
    this.#clusterId = self.clusterId;
    this.#memberId = self.memberId;
    for (const peer of self.remotes) this.#enter(this.#guests, peer);
    this.openedAt = network.queue.now;
    this.#eavesdrop = eavesdrop;
  }

  start(receiver: PeerReceiver): void {
    assert(this.#receiver === undefined, 'a network is started once');
    this.#receiver = receiver;
    this.#network.listen(this.machine.address, this);
  }

  setPeers(peers: readonly Peer[]): void {
    this.#peers.clear();
    for (const peer of peers) this.#enter(this.#peers, peer);
  }

  #enter(book: Map<bigint, number>, { id, peerUrls }: Peer): void {
    const address = peerUrls.map((url) => this.#network.addressOf(url)).find((each) => each !== undefined);
    if (address !== undefined) book.set(id, address);
  }

  #addressOf(id: bigint): number | undefined {
    return this.#peers.get(id) ?? (this.#removed.has(id) ? undefined : this.#guests.get(id));
  }

  setRemoved(ids: ReadonlySet<bigint>): void {
    this.#removed = ids;
  }

  send(message: Message): void {
    assert(message.kind !== 'snapshot', 'snapshots travel on streams of their own');
    this.#eavesdrop(message);
    const to = this.#addressOf(message.to);
    if (this.#stopped || to === undefined) return;
    const parcel = { clusterId: this.#clusterId, from: this.machine.address, bytes: this.#encode(message) };
    // A proposal that came twice would be carried out twice; the transport resends nothing, so that does not happen.
    const isRepeatable = message.kind !== 'propose';
    if (!this.#network.transmit(to, parcel, isUrgent(message), isRepeatable)) this.#maybeReport(message.to);
  }

  sendSnapshot(message: SnapshotMessage, body: SnapshotReader, done: (ok: boolean) => void): void {
    this.#eavesdrop(message);
    const to = this.#addressOf(message.to);
    const receiver = to === undefined ? undefined : this.#network.listenerAt(to);
    const isCut = to !== undefined && this.#network.isCut(this.machine.address, to);
    if (this.#stopped || receiver === undefined || isCut) {
      body.close();
      this.machine.later(1, 'snapshot-failed', () => done(false));
      return;
    }
    const bytes = this.#encode(message);
    new SnapshotTransfer({
      network: this.#network,
      sender: this.machine,
      receiver,
      bytes,
      body,
      done,
    }).start();
  }

  connectedSince(peer: bigint): number | undefined {
    const to = this.#peers.get(peer);
    if (to === undefined || this.#stopped) return undefined;
    const since = this.#network.connectedSince(this.machine.address, to);
    return since === undefined ? undefined : this.machine.localTime() - (this.#network.queue.now - since);
  }

  /** A question and its answer, if both arrive. */
  #call<T>(
    peer: bigint,
    done: (answer: T | undefined) => void,
    ask: (there: LeaseResponder, back: (answer: T | undefined) => void) => void,
  ): void {
    const network = this.#network;
    const from = this.machine.address;
    const to = this.#addressOf(peer);
    let isDone = false;
    const settle = (answer: T | undefined): void => {
      if (isDone || network.listenerAt(from) !== this) return;
      isDone = true;
      done(answer);
    };
    this.machine.later(CALL_TIMEOUT_MS, 'call-timeout', () => settle(undefined));
    if (this.#stopped || to === undefined) return;
    network.queue.after(network.transitMs(from, to, CALL_BYTES), 'call', () => {
      const there = network.isCut(from, to) ? undefined : network.listenerAt(to);
      there?.machine.whenAwake('call', () => {
        const responder = there.leaseResponder();
        if (responder === undefined) return;
        ask(responder, (answer) => {
          network.queue.after(network.transitMs(to, from, CALL_BYTES), 'call-answer', () => {
            if (!network.isCut(to, from)) this.machine.whenAwake('call-answer', () => settle(answer));
          });
        });
      });
    });
  }

  leaseResponder(): LeaseResponder | undefined {
    return this.#stopped ? undefined : this.#receiver?.leases;
  }

  stop(): void {
    this.#stopped = true;
    const { address } = this.machine;
    if (this.#network.listenerAt(address) === this) this.#network.listen(address, undefined);
  }

  /** A message has reached this machine. */
  arrive({ clusterId, from, bytes }: Parcel): void {
    if (clusterId !== this.#clusterId) return;
    this.machine.whenAwake('message', () => {
      // Memory of its own, as each frame of a real connection has.
      const message = readRaftMessage(copyOf(bytes));
      if (this.#stopped || message.to !== this.#memberId) return;
      if (this.#removed.has(message.from)) {
        this.#network.listenerAt(from)?.refuse(message.from);
        return;
      }
      if (!this.#peers.has(message.from)) this.#guests.set(message.from, from);
      this.#receiver?.receive(message);
    });
  }

  /** The receiver of a snapshot's stream; undefined: not now. */
  beginSnapshot(bytes: Uint8Array): SnapshotWriter | undefined {
    const message = readRaftMessage(copyOf(bytes));
    assert(message.kind === 'snapshot', 'a snapshot stream begins with its message');
    const isMine = !this.#stopped && message.to === this.#memberId && !this.#removed.has(message.from);
    return isMine ? this.#receiver?.beginSnapshot(message) : undefined;
  }

  /** Somebody refuses this member, for it was removed. */
  refuse(memberId: bigint): void {
    if (memberId !== this.#memberId) return;
    this.machine.later(1, 'removed', () => {
      if (!this.#stopped) this.#receiver?.removed();
    });
  }

  #encode(message: Message): Uint8Array {
    this.#out.reset();
    writeRaftMessage(this.#out, message);
    return copyOf(this.#out.buf, 0, this.#out.len);
  }

  #maybeReport(peer: bigint): void {
    const { prng, options } = this.#network;
    if (!prng.chance(options.reportChance)) return;
    this.machine.later(prng.float() * REPORT_MS_MAX, 'unreachable', () => {
      if (!this.#stopped) this.#receiver?.unreachable(peer);
    });
  }
}
