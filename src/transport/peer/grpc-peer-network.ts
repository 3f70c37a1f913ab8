/**
 * The way to the other members over our own gRPC engine: raft's messages, and snapshots.
 *
 * Each member opens streams to each other one and speaks only on those it has opened (`/quoin.Peer/Stream`): two lanes,
 * see `peer-link.ts`. One gRPC message is one raft message, encoded straight into the connection's output, which leaves
 * in one write at the end of the turn. Snapshots go on a third connection (`/quoin.Peer/Snapshot`).
 *
 * Promises: nothing is delivered from another cluster, for another member, or from a member that was removed; a lane
 * keeps the order of its messages while its connection lives; each loss of a connection, and each message dropped, is
 * reported as unreachable, at most once a turn for a peer.
 */
import type { Clock, LogSink, Random } from '../../platform/index.js';
import type { Message, ProposeMessage, SnapshotMessage } from '../../raft/index.js';
import { assert, ByteWriter } from '../../stdx/index.js';
import { writeRaftMessage } from '../../wire/index.js';
import type { MethodHandler, ServiceTable, StreamCall } from '../grpc/call.js';
import { FlushQueue } from '../http2/flush-queue.js';
import { AddressBook } from './address-book.js';
import type { PeerEnvironment } from './environment.js';
import { type Self, SNAPSHOT_PATH, STREAM_PATH } from './handshake.js';
import { type InboundOwner, InboundStreams } from './inbound-streams.js';
import { LeaseCalls, leaseHandlers } from './lease-calls.js';
import { ENCODE_BYTES_KEPT, MESSAGE_OVERHEAD_BYTES, PROPOSE_BYTES_MAX } from './limits.js';
import { PeerCalls } from './peer-calls.js';
import { isBulk, type LinkOwner, PeerLink } from './peer-link.js';
import { PeerLog } from './peer-log.js';
import type { Peer, PeerConnector, PeerReceiver, SnapshotChecksum, SnapshotReader } from './ports.js';
import { SnapshotTransfers } from './snapshot-transfers.js';

export interface PeerNetworkOptions {
  readonly self: Self;
  /** Known before any configuration is: of a member that joins, the others. */
  readonly remotes: readonly Peer[];
  readonly connect: PeerConnector;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: LogSink;
  readonly checksum: SnapshotChecksum;
  readonly electionMs: number;
  /** Largest entry that may be proposed anywhere in the cluster. */
  readonly entryBytesMax: number;
  /** One for all connections of the program; without it the network has its own. */
  readonly flushQueue?: FlushQueue;
}

export class GrpcPeerNetwork implements InboundOwner, LinkOwner {
  /** For the server connections of the peer port. */
  readonly services: ServiceTable;
  /** Asks the leader about leases. */
  readonly leases: LeaseCalls;
  readonly #calls: PeerCalls;
  readonly #env: PeerEnvironment;
  readonly #book = new AddressBook();
  readonly #links = new Map<bigint, PeerLink>();
  readonly #inbound: InboundStreams;
  readonly #snapshots: SnapshotTransfers;
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

  constructor(options: PeerNetworkOptions) {
    this.#env = {
      ...options,
      log: new PeerLog(options.clock, options.log),
      flushQueue: options.flushQueue ?? new FlushQueue(options.clock),
      messageBytesMax: options.entryBytesMax + MESSAGE_OVERHEAD_BYTES,
    };
    for (const { id, peerUrls } of options.remotes) this.#book.announce(id, peerUrls);
    this.#inbound = new InboundStreams(this.#env, this);
    this.#snapshots = new SnapshotTransfers(this.#env, this);
    this.#calls = new PeerCalls(this.#env, (peer) => (this.isRemoved(peer) ? [] : this.urlsOf(peer)));
    this.leases = new LeaseCalls(this.#env, this.#calls);
    this.services = new Map<string, MethodHandler>([
      [STREAM_PATH, { kind: 'stream', handle: (call: StreamCall) => this.#inbound.open(call) }],
      [SNAPSHOT_PATH, { kind: 'stream', handle: (call: StreamCall) => this.#snapshots.open(call) }],
      ...leaseHandlers(this.#env, this, () => (this.#stopped ? undefined : this.#receiver?.leases)),
    ]);
  }

  /** What the server connections of the peer port must let in. */
  get messageBytesMax(): number {
    return this.#env.messageBytesMax;
  }

  start(receiver: PeerReceiver): void {
    assert(this.#receiver === undefined, 'a network is started once');
    this.#receiver = receiver;
    this.#inbound.start();
    this.#snapshots.start(receiver);
    this.#connectPeers();
  }

  setPeers(peers: readonly Peer[]): void {
    const before = new Set(this.#book.peers());
    this.#book.setPeers(peers);
    for (const id of before) if (!this.#book.isPeer(id)) this.#disconnect(id);
    if (this.#receiver !== undefined) this.#connectPeers();
  }

  setRemoved(ids: ReadonlySet<bigint>): void {
    this.#book.setRemoved(ids);
    for (const id of ids) this.#disconnect(id);
    this.#inbound.endRemoved();
    this.#snapshots.endRemoved();
  }

  send(message: Message): void {
    if (this.#stopped) return;
    const link = this.#linkTo(message.to);
    if (link === undefined) {
      this.onUnreachable(message.to);
      return;
    }
    assert(message.kind !== 'snapshot', 'snapshots have a method of their own');
    const out = this.#out;
    writeRaftMessage(out, message);
    if (message.kind === 'propose' && out.len > PROPOSE_BYTES_MAX && message.entries.length > 1) {
      this.#out.resetWithin(ENCODE_BYTES_KEPT);
      this.#sendHalves(message);
      return;
    }
    if (out.len > this.#env.messageBytesMax) {
      this.#env.log.warn(`too large ${message.to}`, 'dropped a message that is too large for a peer', {
        'remote-peer-id': message.to,
        kind: message.kind,
        bytes: out.len,
      });
      this.onUnreachable(message.to);
    } else if (!link.send(isBulk(message), out.buf, out.len)) {
      this.onUnreachable(message.to);
    }
    out.resetWithin(ENCODE_BYTES_KEPT);
  }

  /** Proposals are independent of one another, so a batch that is large is two. */
  #sendHalves(message: ProposeMessage): void {
    const middle = message.entries.length >> 1;
    this.send({ ...message, entries: message.entries.slice(0, middle) });
    this.send({ ...message, entries: message.entries.slice(middle) });
  }

  sendSnapshot(message: SnapshotMessage, body: SnapshotReader, done: (ok: boolean) => void): void {
    const url = this.#stopped ? undefined : this.#linkTo(message.to)?.url;
    this.#snapshots.send(message, body, url, done);
  }

  connectedSince(peer: bigint): number | undefined {
    return this.#links.get(peer)?.connectedSince;
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#snapshots.stop();
    this.#calls.stop();
    this.#inbound.stop();
    for (const link of this.#links.values()) link.stop();
    this.#links.clear();
  }

  // --- what the parts tell -----------------------------------------------------------------------------------------

  isRemoved(id: bigint): boolean {
    return this.#book.isRemoved(id);
  }

  isPeer(id: bigint): boolean {
    return this.#book.isPeer(id);
  }

  urlsOf(peer: bigint): readonly string[] {
    return this.#book.urlsOf(peer);
  }

  onHeardOf(id: bigint, peerUrls: readonly string[]): void {
    this.#book.announce(id, peerUrls);
    this.#links.get(id)?.wake();
  }

  onMessage(message: Message): void {
    if (!this.#stopped) this.#receiver?.receive(message);
  }

  onUnreachable(peer: bigint): void {
    if (this.#unreachable.size === 0) this.#env.clock.defer(this.#reportUnreachable);
    this.#unreachable.add(peer);
  }

  onIdle(link: PeerLink): void {
    if (this.#links.get(link.peer) === link) this.#disconnect(link.peer);
  }

  onRemoved(): void {
    if (!this.#stopped) this.#receiver?.removed();
  }

  // --- links -------------------------------------------------------------------------------------------------------

  #connectPeers(): void {
    for (const id of this.#book.peers()) this.#linkTo(id);
  }

  /** The link to a peer, or to a guest that is to be answered; made if need be. */
  #linkTo(id: bigint): PeerLink | undefined {
    const known = this.#links.get(id);
    if (known !== undefined) return known;
    if (this.#book.isRemoved(id) || this.#book.urlsOf(id).length === 0) return undefined;
    const link = new PeerLink(id, this.#env, this);
    this.#links.set(id, link);
    return link;
  }

  #disconnect(id: bigint): void {
    this.#calls.forget(id);
    const link = this.#links.get(id);
    if (link === undefined) return;
    this.#links.delete(id);
    link.stop();
  }
}
