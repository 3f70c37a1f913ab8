/** A follower in a cluster of three whose leader is the test: it is sent what a leader would send. */
import assert from 'node:assert/strict';
import { type Entry, EntryKind, type Message, type SnapshotMessage } from '../raft/index.js';
import { readStatePoint } from '../state-machine/index.js';
import { EMPTY_BYTES, encodeUtf8, type Prng } from '../stdx/index.js';
import {
  CompactionRequest,
  DeleteRangeRequest,
  encodeReplicatedRequest,
  PutRequest,
  RequestKind,
} from '../wire/index.js';
import type { BootstrapOptions } from './bootstrap.js';
import { MemberFixture } from './member-fixture.conformance.js';
import type { PeerNetwork, PeerReceiver, SnapshotReader } from './peer-network.js';
import { SnapshotBody } from './snapshot-body.js';

export const THREE = new Map(
  ['m1', 'm2', 'm3'].map((name, i) => [name, [`http://127.0.0.1:${i + 1}`]] as const),
);
/** The term of the leader that the test is. */
const TERM = 2;

/** A network that keeps what it is given. */
export class KeptNetwork implements PeerNetwork {
  receiver: PeerReceiver | undefined;
  readonly sent: Message[] = [];
  readonly snapshots: {
    readonly message: SnapshotMessage;
    readonly body: SnapshotReader;
    readonly done: (ok: boolean) => void;
  }[] = [];

  start(receiver: PeerReceiver): void {
    this.receiver = receiver;
  }

  setPeers(): void {}

  setRemoved(): void {}

  send(message: Message): void {
    this.sent.push(message);
  }

  sendSnapshot(message: SnapshotMessage, body: SnapshotReader, done: (ok: boolean) => void): void {
    this.snapshots.push({ message, body, done });
  }

  connectedSince(): number | undefined {
    return 0;
  }

  stop(): void {}
}

function request(kind: RequestKind, body: Uint8Array): Uint8Array {
  return encodeReplicatedRequest(kind, 1, undefined, body, 0, body.length);
}

/** The entry that every run has at `index`: puts of few keys, sometimes a delete or a compaction. */
export function entryAt(index: number): Entry {
  const key = encodeUtf8(`key ${index % 17}`);
  let data: Uint8Array;
  if (index % 40 === 39) {
    data = request(
      RequestKind.COMPACTION,
      CompactionRequest.toBytes({ revision: index - 30, physical: false }),
    );
  } else if (index % 9 === 8) {
    data = request(
      RequestKind.DELETE_RANGE,
      DeleteRangeRequest.toBytes({ ...DeleteRangeRequest.decode(EMPTY_BYTES), key }),
    );
  } else {
    const value = encodeUtf8(`${index}`.padEnd(index % 23 === 0 ? 3000 : 20, '.'));
    data = request(RequestKind.PUT, PutRequest.toBytes({ ...PutRequest.decode(EMPTY_BYTES), key, value }));
  }
  return { index, term: TERM, kind: EntryKind.NORMAL, data };
}

export class FollowerFixture extends MemberFixture {
  network = new KeptNetwork();
  readonly #name: string;
  readonly #options: Partial<BootstrapOptions>;

  constructor(prng: Prng, name = 'm1', options: Partial<BootstrapOptions> = {}) {
    super(prng);
    this.#name = name;
    this.#options = options;
  }

  /** Starts on what disk and backend hold; it never serves, for nobody takes its proposals. */
  async run(): Promise<void> {
    this.network = new KeptNetwork();
    this.ports = { openNetwork: () => this.network };
    await this.open({ initialCluster: THREE, name: this.#name, ...this.#options });
    void this.member.start();
  }

  get appliedIndex(): number {
    return this.member.machine.appliedIndex;
  }

  get leader(): bigint {
    return this.member.machine.cluster.list().find(({ id }) => id !== this.member.options.memberId)!.id;
  }

  /** Appends and commits the entries up to `last`, which must follow on what the member has. */
  async feed(last: number): Promise<void> {
    while (this.appliedIndex < last) {
      const first = Math.max(this.appliedIndex, 3) + 1;
      const entries: Entry[] = [];
      for (let index = first; index <= Math.min(last, first + 9); index++) entries.push(entryAt(index));
      const until = entries[entries.length - 1]!.index;
      this.network.receiver!.receive({
        kind: 'append',
        from: this.leader,
        to: this.member.options.memberId,
        term: TERM,
        prevIndex: first - 1,
        prevTerm: first === 4 ? 1 : TERM,
        commit: until,
        entries,
      });
      await this.until(() => this.appliedIndex >= until);
    }
  }

  /** A leader's message about the state in `source`, for this member. */
  messageAbout(source: FollowerFixture): SnapshotMessage {
    const point = readStatePoint(source.backend);
    assert.ok(point !== undefined);
    return {
      kind: 'snapshot',
      from: this.leader,
      to: this.member.options.memberId,
      term: TERM,
      snapshot: { ...point, data: EMPTY_BYTES },
    };
  }

  /** Sends this member the chunks; rejects when it refuses. False if it takes none. */
  async deliver(message: SnapshotMessage, chunks: readonly Uint8Array[]): Promise<boolean> {
    const writer = this.network.receiver!.beginSnapshot(message);
    if (writer === undefined) return false;
    for (const chunk of chunks) await writer.write(chunk);
    await writer.finish();
    return true;
  }

  /** The state in the backend as it travels. */
  async chunks(): Promise<Uint8Array[]> {
    const { clusterId } = this.member.options;
    const { index, term } = readStatePoint(this.backend)!;
    const body = new SnapshotBody(this.backend.snapshot(), { clusterId, index, term }, this.clock, {
      pauseAfter: () => 0,
    });
    const chunks: Uint8Array[] = [];
    for (;;) {
      const chunk = await this.finish(body.next());
      if (chunk === undefined) break;
      chunks.push(chunk.slice());
    }
    body.close();
    return chunks;
  }

  /** Everything of the state that members must have in common, as one text. */
  digest(): string {
    const { machine } = this.member;
    const run = this.store.hashKv(0);
    while (!run.step(Number.MAX_SAFE_INTEGER));
    const members = machine.cluster
      .list()
      .map(({ id, name, peerUrls }) => `${id} ${name} ${peerUrls.join()}`);
    return [machine.appliedIndex, machine.appliedTerm, this.store.revision, run.hash, ...members].join('; ');
  }

  /** Waits until the backend has all that is applied. */
  async flushed(): Promise<void> {
    await this.until(() => readStatePoint(this.backend)?.index === this.appliedIndex);
  }
}
