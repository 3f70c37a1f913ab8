export { type AutoCompaction, AutoCompactor } from './auto-compactor.js';
export {
  BootstrapError,
  type BootstrapOptions,
  type BootstrapPorts,
  type Bootstrapped,
  bootstrapMember,
} from './bootstrap.js';
export type { TransferContinuation } from './leadership.js';
export { Member, type MemberOptions } from './member.js';
export {
  NO_NETWORK,
  type Peer,
  type PeerNetwork,
  type PeerReceiver,
  type SnapshotReader,
  type SnapshotWriter,
} from './peer-network.js';
export type { ReadContinuation } from './read-barrier.js';
export type { Waiter } from './waiter.js';
