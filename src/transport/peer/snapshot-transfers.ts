/** The snapshots under way, in and out. */
import type { SnapshotMessage } from '../../raft/index.js';
import type { StreamCall } from '../grpc/call.js';
import { Status } from '../grpc/status.js';
import type { PeerEnvironment } from './environment.js';
import { REMOVED } from './handshake.js';
import { admit, type InboundOwner } from './inbound-streams.js';
import { IncomingSnapshot, type IncomingSnapshotOwner } from './incoming-snapshot.js';
import { OutgoingSnapshot } from './outgoing-snapshot.js';
import type { SnapshotCounters } from './peer-counters.js';
import type { PeerReceiver, SnapshotReader, SnapshotWriter } from './ports.js';

export class SnapshotTransfers implements IncomingSnapshotOwner {
  readonly #env: PeerEnvironment;
  readonly #owner: InboundOwner;
  readonly #outgoing = new Set<OutgoingSnapshot>();
  readonly #incoming = new Set<IncomingSnapshot>();
  #receiver: PeerReceiver | undefined;

  constructor(env: PeerEnvironment, owner: InboundOwner) {
    this.#env = env;
    this.#owner = owner;
  }

  start(receiver: PeerReceiver): void {
    this.#receiver = receiver;
  }

  /** Sends one; `url` is undefined if nobody knows where the peer is. */
  send(
    message: SnapshotMessage,
    body: SnapshotReader,
    url: string | undefined,
    done: (ok: boolean) => void,
  ): void {
    const counters = this.#env.counters.of(message.to).sentSnapshots;
    const wire = url === undefined ? undefined : this.#env.connect(url);
    if (url === undefined || wire === undefined) {
      counters.failed++;
      body.close();
      this.#env.clock.defer(() => done(false));
      return;
    }
    const began = this.#env.clock.now();
    counters.underWay++;
    const snapshot = new OutgoingSnapshot(message, body, wire, url, this.#env, (ok, reason) => {
      this.#outgoing.delete(snapshot);
      noteEnd(counters, ok, this.#env.clock.now() - began);
      if (!ok) {
        this.#env.log.warn(`snapshot to ${message.to}: ${reason}`, 'failed to send a snapshot', {
          'remote-peer-id': message.to,
          'snapshot-index': message.snapshot.index,
          error: reason,
        });
      }
      done(ok);
    });
    this.#outgoing.add(snapshot);
  }

  /** A member begins to send one to us. */
  open(call: StreamCall): void {
    const owner = this.#receiver === undefined ? undefined : this.#owner;
    const greeting = admit(call, ['snapshot'], this.#env, owner);
    if (greeting === undefined) return;
    this.#env.counters.of(greeting.from).receivedSnapshots.underWay++;
    this.#incoming.add(new IncomingSnapshot(call, greeting, this.#env, this));
  }

  beginSnapshot(message: SnapshotMessage): SnapshotWriter | undefined {
    return this.#receiver?.beginSnapshot(message);
  }

  onEnd(snapshot: IncomingSnapshot, ok: boolean): void {
    this.#incoming.delete(snapshot);
    const took = this.#env.clock.now() - snapshot.began;
    noteEnd(this.#env.counters.of(snapshot.from).receivedSnapshots, ok, took);
  }

  endRemoved(): void {
    for (const snapshot of [...this.#outgoing]) {
      if (this.#owner.isRemoved(snapshot.peer)) snapshot.cancel('the peer was removed');
    }
    for (const snapshot of [...this.#incoming]) {
      if (this.#owner.isRemoved(snapshot.from)) snapshot.end(REMOVED.code, REMOVED.text);
    }
  }

  stop(): void {
    this.#receiver = undefined;
    for (const snapshot of [...this.#outgoing]) snapshot.cancel('the member is stopped');
    for (const snapshot of [...this.#incoming]) snapshot.end(Status.UNAVAILABLE, 'the member is stopped');
  }
}

function noteEnd(counters: SnapshotCounters, ok: boolean, tookMs: number): void {
  counters.underWay--;
  if (!ok) {
    counters.failed++;
    return;
  }
  counters.succeeded++;
  counters.seconds.observe(tookMs / 1000);
}
