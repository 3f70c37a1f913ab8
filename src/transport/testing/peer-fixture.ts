/** Members that talk over a memory web: each a network, its peer port, and a record of what it was told. */
import type { LogLevel, LogSink } from '../../platform/index.js';
import type { Entry, Message, SnapshotMessage } from '../../raft/index.js';
import { EMPTY_CONF_STATE, EntryKind } from '../../raft/index.js';
import { concatBytes, copyOf, crc32c, Prng } from '../../stdx/index.js';
import { ServerConnection } from '../grpc/server-connection.js';
import { GrpcPeerNetwork, type PeerNetworkOptions } from '../peer/grpc-peer-network.js';
import type {
  LeaseResponder,
  Peer,
  PeerReceiver,
  SnapshotChecksum,
  SnapshotReader,
  SnapshotWriter,
} from '../peer/ports.js';
import type { MemoryWeb } from './memory-web.js';

export const CLUSTER_ID = 0xc1n;
export const ELECTION_MS = 1000;

export const TEST_CHECKSUM: SnapshotChecksum = {
  id: 9,
  update: (bytes, seed, start, end) => crc32c(bytes, seed, start, end),
};

export class RecordingLog implements LogSink {
  readonly lines: { level: LogLevel; message: string; fields: Readonly<Record<string, unknown>> }[] = [];

  log(level: LogLevel, message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.lines.push({ level, message, fields });
  }

  /** How often a message with this error was logged. */
  count(message: string, error?: string): number {
    return this.lines.filter(
      (line) => line.message === message && (error === undefined || line.fields['error'] === error),
    ).length;
  }
}

/** Takes what comes; `ready` may hold back each write. */
export class RecordingWriter implements SnapshotWriter {
  readonly chunks: Uint8Array[] = [];
  outcome: 'open' | 'finished' | 'aborted' = 'open';
  ready: () => Promise<void> = () => Promise.resolve();

  async write(chunk: Uint8Array): Promise<void> {
    this.chunks.push(copyOf(chunk));
    await this.ready();
  }

  async finish(): Promise<void> {
    await this.ready();
    this.outcome = 'finished';
  }

  abort(): void {
    this.outcome = 'aborted';
  }

  get content(): Uint8Array {
    return concatBytes(this.chunks);
  }
}

/** Chunks from memory. */
export class ChunkReader implements SnapshotReader {
  closed = 0;
  taken = 0;
  readonly #chunks: readonly Uint8Array[];

  constructor(chunks: readonly Uint8Array[]) {
    this.#chunks = chunks;
  }

  next(): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.#chunks[this.taken++]);
  }

  close(): void {
    this.closed++;
  }
}

export class TestMember implements PeerReceiver {
  readonly id: bigint;
  readonly url: string;
  readonly network: GrpcPeerNetwork;
  readonly log = new RecordingLog();
  readonly received: Message[] = [];
  readonly unreachables: bigint[] = [];
  readonly snapshots: SnapshotMessage[] = [];
  removedCount = 0;
  leases: LeaseResponder = {
    renewForPeer: (_ids, done) => done(undefined),
    timeToLiveForPeer: (_id, _keys, done) => done(undefined),
  };
  /** The next snapshot goes there; without it snapshots are not taken. */
  writer: RecordingWriter | undefined;
  readonly #web: MemoryWeb;
  readonly #connections = new Set<ServerConnection>();

  constructor(web: MemoryWeb, id: bigint, options: Partial<PeerNetworkOptions> = {}) {
    this.id = id;
    this.url = `http://member-${id}:2380`;
    this.#web = web;
    this.network = new GrpcPeerNetwork({
      self: { clusterId: CLUSTER_ID, memberId: id, version: '0.0.1', peerUrls: [this.url] },
      remotes: [],
      connect: web.connect,
      clock: web.clock,
      random: randomOf(1000 * Number(id) + web.lives),
      log: this.log,
      checksum: TEST_CHECKSUM,
      electionMs: ELECTION_MS,
      entryBytesMax: 1_572_864,
      ...options,
    });
    web.listen(this.url, (stream) => {
      const connection: ServerConnection = new ServerConnection(stream, {
        services: this.network.services,
        clock: web.clock,
        maxRecvMessageBytes: this.network.messageBytesMax,
        maxConcurrentStreams: 16,
        keepalive: { minTimeMs: 0, permitWithoutStream: true, intervalMs: 5000, timeoutMs: 5000 },
        gunzip: () => undefined,
        onHandlerError: (error) => {
          throw error;
        },
        onConnectionClose: () => this.#connections.delete(connection),
      });
      this.#connections.add(connection);
    });
  }

  get asPeer(): Peer {
    return { id: this.id, peerUrls: [this.url] };
  }

  start(...others: readonly TestMember[]): this {
    this.network.start(this);
    this.network.setPeers(others.map((other) => other.asPeer));
    return this;
  }

  /** The process is gone. */
  kill(): void {
    this.#web.close(this.url);
    this.network.stop();
  }

  get kinds(): string[] {
    return this.received.map((message) => message.kind);
  }

  receive(message: Message): void {
    this.received.push(message);
  }

  beginSnapshot(message: SnapshotMessage): SnapshotWriter | undefined {
    if (this.writer !== undefined) this.snapshots.push(message);
    return this.writer;
  }

  unreachable(peer: bigint): void {
    this.unreachables.push(peer);
  }

  removed(): void {
    this.removedCount++;
  }
}

function randomOf(seed: number): PeerNetworkOptions['random'] {
  const prng = new Prng(seed);
  return { float: () => prng.float(), bytes: (length) => prng.bytes(length) };
}

/** Two members that know each other, connected. */
export function pairOf(web: MemoryWeb): [TestMember, TestMember] {
  const a = new TestMember(web, 1n);
  const b = new TestMember(web, 2n);
  a.start(b);
  b.start(a);
  web.run(20);
  return [a, b];
}

export function heartbeat(from: bigint, to: bigint, commit: number): Message {
  return { kind: 'heartbeat', from, to, term: 2, commit, readRound: 0 };
}

export function entryOf(index: number, bytes: number): Entry {
  return { index, term: 2, kind: EntryKind.NORMAL, data: new Uint8Array(bytes).fill(index & 255) };
}

export function append(from: bigint, to: bigint, index: number, bytes: number): Message {
  return {
    kind: 'append',
    from,
    to,
    term: 2,
    prevIndex: index - 1,
    prevTerm: 2,
    commit: 0,
    entries: [entryOf(index, bytes)],
  };
}

export function snapshotOf(from: bigint, to: bigint): SnapshotMessage {
  return {
    kind: 'snapshot',
    from,
    to,
    term: 2,
    snapshot: { index: 7, term: 2, confState: EMPTY_CONF_STATE, data: new Uint8Array(0) },
  };
}
