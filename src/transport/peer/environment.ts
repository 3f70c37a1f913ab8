/** What every part of the network is given. */
import type { Clock, Random } from '../../platform/index.js';
import type { FlushQueue } from '../http2/flush-queue.js';
import type { Self, StreamNumber } from './handshake.js';
import type { PeerCounterTable } from './peer-counters.js';
import type { PeerLog } from './peer-log.js';
import type { PeerConnector, SnapshotChecksum } from './ports.js';

export interface PeerEnvironment {
  readonly self: Self;
  /** Numbers a new stream of ours. */
  readonly nextStream: () => StreamNumber;
  /** Never throws, see {@link careful}. */
  readonly connect: PeerConnector;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: PeerLog;
  readonly counters: PeerCounterTable;
  readonly flushQueue: FlushQueue;
  readonly checksum: SnapshotChecksum;
  /** A peer silent for so long is gone; also bounds how long a connection may take to be made. */
  readonly electionMs: number;
  /** Largest message sent or taken. */
  readonly messageBytesMax: number;
}

/**
 * A connector that takes what is thrown for "no way to connect". Links are made while a change of the members is applied,
 * and again at each replay of it: an error that left from there would stop every member for good, because of one URL.
 */
export function careful(connect: PeerConnector, log: PeerLog): PeerConnector {
  return (url) => {
    try {
      return connect(url);
    } catch (error) {
      log.warn(`connector ${url}`, 'a peer URL cannot be connected to', { url, error: String(error) });
      return undefined;
    }
  };
}
