export { type ApplyCount, ApplyCounters } from './apply-counters.js';
export { type AutoCompaction, AutoCompactor } from './auto-compactor.js';
export { BackgroundWork } from './background-work.js';
export {
  type BootstrapOptions,
  type BootstrapPorts,
  type Bootstrapped,
  bootstrapMember,
  type NetworkIdentity,
  type RaftChoices,
} from './bootstrap.js';
export { BootstrapError } from './bootstrap-error.js';
export { type FirstStart, firstStart } from './first-start.js';
export type { TransferContinuation } from './leadership.js';
export type { LeaseForwarder, LeaseResponder, LeaseTimeToLive } from './lease-forwarder.js';
export { LeaseKeeper } from './lease-keeper.js';
export { type LoginOptions, Logins } from './logins.js';
export { Member, type MemberOptions } from './member.js';
export { MemberCounters } from './member-counters.js';
export {
  NO_NETWORK,
  type Peer,
  type PeerNetwork,
  type PeerReceiver,
  type SnapshotReader,
  type SnapshotWriter,
} from './peer-network.js';
export type { HostResolver } from './peer-urls.js';
export { Quota } from './quota.js';
export type { ReadContinuation } from './read-barrier.js';
export { StorageGuard } from './storage-guard.js';
export type { Waiter } from './waiter.js';
