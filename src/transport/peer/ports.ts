/**
 * What the member and the network owe one another. The same shapes as the member's own port: this folder must not know
 * the server, and the compiler compares shapes.
 */

import type { ByteStream } from '../../platform/index.js';
import type { Message, SnapshotMessage } from '../../raft/index.js';

/** Another member and where it listens for its peers. */
export interface Peer {
  readonly id: bigint;
  readonly peerUrls: readonly string[];
}

/** Who gets what the others say. */
export interface PeerReceiver {
  receive(message: Message): void;
  beginSnapshot(message: SnapshotMessage): SnapshotWriter | undefined;
  unreachable(peer: bigint): void;
  removed(): void;
  /** Answers, while it leads, what the others ask about leases. */
  readonly leases?: LeaseResponder;
}

/** What the leader knows of a lease. */
export interface LeaseTimeToLive {
  readonly ttl: number;
  readonly grantedTtl: number;
  readonly keys: readonly Uint8Array[];
}

export interface LeaseResponder {
  renewForPeer(ids: readonly bigint[], done: (ttls: readonly number[] | undefined) => void): void;
  timeToLiveForPeer(id: bigint, keys: boolean, done: (answer: LeaseTimeToLive | undefined) => void): void;
}

/** A state as a sequence of chunks of any size. */
export interface SnapshotReader {
  /** The next chunk, which stays as it is until the next call; undefined at the end. */
  next(): Promise<Uint8Array | undefined>;
  close(): void;
}

/** Where a snapshot arrives. `abort` may come while a `write` or `finish` is under way. */
export interface SnapshotWriter {
  write(chunk: Uint8Array): Promise<void>;
  finish(): Promise<void>;
  abort(): void;
}

/** Begins a connection to a peer URL; undefined if the URL is of a kind that cannot be reached. */
export type PeerConnector = (url: string) => ByteStream | undefined;

/** A checksum that can be continued: `update(bytes, seed, start, end)`. `id` says which one, on the wire. */
export interface SnapshotChecksum {
  readonly id: number;
  update(bytes: Uint8Array, seed: number, start: number, end: number): number;
}
