export { checkChange, type MembershipChange, type MembershipProblem, makeChange } from './change.js';
export { Cluster } from './cluster.js';
export type { Sha1 } from './identity.js';
export { computeClusterId, computeMemberId } from './identity.js';
export { isStarted, type Member } from './member.js';
export { parsePeerUrls } from './peer-urls.js';
export {
  type ConnectedForMs,
  HEALTHY_AFTER_MS,
  mayAdd,
  mayPromote,
  mayRemove,
  type StrictProblem,
} from './strict-reconfiguration.js';
