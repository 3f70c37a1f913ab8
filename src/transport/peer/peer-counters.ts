/** What goes to and comes from each other member, counted for whoever watches over the network. */
import { NOBODY } from '../../raft/index.js';
import { BucketHistogram, exponentialBounds } from '../../stdx/index.js';
import { PEERS_COUNTED_MAX } from './limits.js';

/** Snapshots in one direction. */
export class SnapshotCounters {
  underWay = 0;
  succeeded = 0;
  failed = 0;
  readonly seconds = new BucketHistogram(exponentialBounds(0.1, 2, 10));
}

export class PeerCounters {
  /** Bytes of messages, without the frames around them. */
  sentBytes = 0;
  /** Messages that could not be sent: no connection, or one that is too slow. */
  failedSends = 0;
  receivedBytes = 0;
  /** Streams of the peer that were ended for what came on them. */
  failedReceives = 0;
  /** How often a connection to the peer that stood was lost. */
  disconnections = 0;
  readonly roundTripSeconds = new BucketHistogram(exponentialBounds(0.0001, 2, 16));
  readonly sentSnapshots = new SnapshotCounters();
  readonly receivedSnapshots = new SnapshotCounters();
}

/** By member; those that are gone stay, as counters must not go back. Too many of them are counted as one, {@link NOBODY}. */
export class PeerCounterTable {
  readonly #byPeer = new Map<bigint, PeerCounters>();

  of(peer: bigint): PeerCounters {
    const known = this.#byPeer.get(peer);
    if (known !== undefined) return known;
    if (peer !== NOBODY && this.#byPeer.size >= PEERS_COUNTED_MAX) return this.of(NOBODY);
    const counters = new PeerCounters();
    this.#byPeer.set(peer, counters);
    return counters;
  }

  all(): IterableIterator<[bigint, PeerCounters]> {
    return this.#byPeer.entries();
  }
}
