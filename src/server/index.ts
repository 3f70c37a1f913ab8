export { type AutoCompaction, AutoCompactor } from './auto-compactor.js';
export {
  BootstrapError,
  type BootstrapOptions,
  type BootstrapPorts,
  type Bootstrapped,
  bootstrapMember,
} from './bootstrap.js';
export { Member, type MemberOptions } from './member.js';
export type { ReadContinuation } from './read-barrier.js';
export type { Waiter } from './waiter.js';
