import type { LogSink } from '../../platform/index.js';
import type { Checksum } from './checksum.js';

export interface WalOptions {
  readonly checksum: Checksum;
  /** Where failures of background work are told. */
  readonly log?: LogSink;
  /** Size of the first segment of a new log. */
  readonly segmentBytesFirst?: number;
  /** Size up to which segments grow. */
  readonly segmentBytesMax?: number;
}
