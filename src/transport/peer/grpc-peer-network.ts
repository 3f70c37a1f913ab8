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
import type { Message, SnapshotMessage } from '../../raft/index.js';
import { assert, toHex } from '../../stdx/index.js';
import type { MethodHandler, ServiceTable, StreamCall } from '../grpc/call.js';
import { FlushQueue } from '../http2/flush-queue.js';
import { AddressBook } from './address-book.js';
import { careful, type PeerEnvironment } from './environment.js';
import { type Self, SNAPSHOT_PATH, STREAM_PATH } from './handshake.js';
import { type InboundOwner, InboundStreams } from './inbound-streams.js';
import { LeaseCalls, leaseHandlers } from './lease-calls.js';
import { LIFE_BYTES, MESSAGE_BYTES_FLOOR, MESSAGE_OVERHEAD_BYTES } from './limits.js';
import { PeerCalls } from './peer-calls.js';
import { PeerCounterTable } from './peer-counters.js';
import { PeerLinks } from './peer-links.js';
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

export class GrpcPeerNetwork {
  /** For the server connections of the peer port. */
  readonly services: ServiceTable;
  /** What the server connections of the peer port must let in. */
  readonly messageBytesMax: number;
  readonly counters = new PeerCounterTable();
  /** Asks the leader about leases. */
  readonly leases: LeaseCalls;
  readonly #book = new AddressBook();
  readonly #links: PeerLinks;
  readonly #inbound: InboundStreams;
  readonly #calls: PeerCalls;
  readonly #snapshots: SnapshotTransfers;
  #receiver: PeerReceiver | undefined;
  #stopped = false;

  constructor(options: PeerNetworkOptions) {
    const life = toHex(options.random.bytes(LIFE_BYTES));
    let streams = 0;
    const log = new PeerLog(options.clock, options.log);
    const env: PeerEnvironment = {
      ...options,
      nextStream: () => ({ life, ordinal: ++streams }),
      connect: careful(options.connect, log),
      log,
      counters: this.counters,
      flushQueue: options.flushQueue ?? new FlushQueue(options.clock),
      messageBytesMax: Math.max(MESSAGE_BYTES_FLOOR, options.entryBytesMax + MESSAGE_OVERHEAD_BYTES),
    };
    const book = this.#book;
    book.setRemotes(options.remotes);
    const owner: InboundOwner = {
      isRemoved: (id) => book.isRemoved(id),
      onHeardOf: (id, peerUrls) => {
        const forgotten = book.announce(id, peerUrls);
        if (forgotten !== undefined && book.urlsOf(forgotten).length === 0) this.#disconnect(forgotten);
        this.#links.wake(id);
      },
      onMessage: (message) => {
        if (!this.#stopped) this.#receiver?.receive(message);
      },
    };
    this.messageBytesMax = env.messageBytesMax;
    this.#links = new PeerLinks(env, book);
    this.#inbound = new InboundStreams(env, owner);
    this.#snapshots = new SnapshotTransfers(env, owner);
    this.#calls = new PeerCalls(env, (peer) => this.#links.urlsTo(peer));
    this.leases = new LeaseCalls(env, this.#calls);
    this.services = new Map<string, MethodHandler>([
      [STREAM_PATH, { kind: 'stream', handle: (call: StreamCall) => this.#inbound.open(call) }],
      [SNAPSHOT_PATH, { kind: 'stream', handle: (call: StreamCall) => this.#snapshots.open(call) }],
      ...leaseHandlers(env, owner, () => (this.#stopped ? undefined : this.#receiver?.leases)),
    ]);
  }

  start(receiver: PeerReceiver): void {
    assert(this.#receiver === undefined, 'a network is started once');
    this.#receiver = receiver;
    this.#inbound.start();
    this.#snapshots.start(receiver);
    this.#links.start(receiver);
  }

  setPeers(peers: readonly Peer[]): void {
    const before = new Set(this.#book.peers());
    this.#book.setPeers(peers);
    for (const id of before) if (!this.#book.isPeer(id)) this.#disconnect(id);
    this.#links.connectPeers();
  }

  setRemoved(ids: ReadonlySet<bigint>): void {
    this.#book.setRemoved(ids);
    for (const id of ids) this.#disconnect(id);
    this.#inbound.endRemoved();
    this.#snapshots.endRemoved();
  }

  send(message: Message): void {
    this.#links.send(message);
  }

  sendSnapshot(message: SnapshotMessage, body: SnapshotReader, done: (ok: boolean) => void): void {
    this.#snapshots.send(message, body, this.#links.linkTo(message.to)?.url, done);
  }

  connectedSince(peer: bigint): number | undefined {
    return this.#links.connectedSince(peer);
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#snapshots.stop();
    this.#calls.stop();
    this.#inbound.stop();
    this.#links.stop();
  }

  #disconnect(id: bigint): void {
    this.#calls.forget(id);
    this.#links.disconnect(id);
  }
}
