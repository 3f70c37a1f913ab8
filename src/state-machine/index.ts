export { Alarms, alarmName } from './alarms.js';
export type { LoginListener } from './apply-auth.js';
export { type ConfChangeOutcome, changeMembers } from './apply-conf-change.js';
export { executeQuery, executeRange } from './apply-kv.js';
export { keysOfLease } from './apply-lease.js';
export { isReadOnlyTxn, isSerializableTxn } from './apply-txn.js';
export { authReason } from './auth-reason.js';
export { checkRange, checkSort, checkTxn } from './check-request.js';
export type { Permissions } from './permissions.js';
export {
  holdsState,
  type Identity,
  isAppliedRecord,
  isIdentityRecord,
  Persisted,
  readIdentity,
  readStatePoint,
  type StatePoint,
  writeIdentity,
} from './persisted.js';
export { wirePermission } from './persisted-auth.js';
export { Reason, type Refusal } from './reason.js';
export { costOfPut, costOfTxn, LEASE_GRANT_COST } from './request-cost.js';
export type { HeaderWriter } from './response.js';
export { StateMachine } from './state-machine.js';
