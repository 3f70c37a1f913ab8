/**
 * The way to the other members, as a member sees it. `transport/peer` goes over gRPC, the simulator over a network that
 * it breaks. Messages may get lost, come late, twice, or in another order: raft is made for that; but proposals come once
 * at the most, for whoever made one waits for one outcome. What is never delivered: a message of another cluster, for
 * another member, or of a member that was removed.
 */
import type { Message, SnapshotMessage } from '../raft/index.js';
import type { LeaseForwarder, LeaseResponder } from './lease-forwarder.js';

/** Another member and where it listens for its peers. */
export interface Peer {
  readonly id: bigint;
  readonly peerUrls: readonly string[];
}

export interface PeerNetwork {
  /** Begins to deliver. Once, before anything else. */
  start(receiver: PeerReceiver): void;
  /** Replaces whom to talk to (all members but this one); connections to those who are missing end soon. */
  setPeers(peers: readonly Peer[]): void;
  /** Whoever was removed is refused, and told so. */
  setRemoved(ids: ReadonlySet<bigint>): void;
  /**
   * Hands over a message, which is immutable from here on; no snapshots. Never throws and never waits: what a slow peer's
   * bounded queue does not hold is dropped and reported as unreachable. Heartbeats, votes and their answers never wait
   * behind entries.
   */
  send(message: Message): void;
  /**
   * Sends a snapshot with its bytes, on a stream of its own. `done` is called once: true when the peer has taken the
   * whole of it. Ends `body`.
   */
  sendSnapshot(message: SnapshotMessage, body: SnapshotReader, done: (ok: boolean) => void): void;
  /** Since when the peer is connected, on the member's clock; undefined while it is not. */
  connectedSince(peer: bigint): number | undefined;
  /** The way to the leader for what is asked about leases; without it a member that does not lead cannot tell. */
  readonly leases?: LeaseForwarder;
  /** Delivers nothing any more and closes all connections. */
  stop(): void;
}

/** The member, as its network sees it. Calls come between turns of the member, never from within `send`. */
export interface PeerReceiver {
  receive(message: Message): void;
  /** Takes a snapshot's bytes; undefined if it cannot now (one is under way): the sender will try again. */
  beginSnapshot(message: SnapshotMessage): SnapshotWriter | undefined;
  /** What was sent to the peer last is lost for sure. */
  unreachable(peer: bigint): void;
  /** A peer said that this member was removed from the cluster. */
  removed(): void;
  /** Answers, while this member leads, what the others ask about leases. */
  readonly leases?: LeaseResponder;
}

/** A state as a sequence of chunks; pulled, so that a slow receiver holds back who reads it. */
export interface SnapshotReader {
  /** The next chunk, which stays as it is until the next call; undefined at the end. */
  next(): Promise<Uint8Array | undefined>;
  /** Gives up what is held open; may be called at any time, also after the end. */
  close(): void;
}

/** Where a snapshot arrives. `write` calls do not overlap. */
export interface SnapshotWriter {
  write(chunk: Uint8Array): Promise<void>;
  /** All has arrived, unharmed as far as the transport knows. Rejects if the content is not what it should be. */
  finish(): Promise<void>;
  /** It will not be finished. */
  abort(): void;
}

/** Whether a leader may count on a peer: raft forgets whom it has heard from once an election time-out, when it has counted them. */
export function isWithinReach(network: PeerNetwork, { id, recentActive }: PeerActivity): boolean {
  return recentActive || network.connectedSince(id) !== undefined;
}

interface PeerActivity {
  readonly id: bigint;
  readonly recentActive: boolean;
}

/** The network of a member that has no peers. */
export const NO_NETWORK: PeerNetwork = {
  start: () => {},
  setPeers: () => {},
  setRemoved: () => {},
  send: () => {},
  sendSnapshot: (_message, body, done) => {
    body.close();
    done(false);
  },
  connectedSince: () => undefined,
  stop: () => {},
};
