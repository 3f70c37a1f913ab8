export { Cluster } from './cluster.js';
export type { Sha1 } from './identity.js';
export { computeClusterId, computeMemberId } from './identity.js';
export type { Member } from './member.js';
