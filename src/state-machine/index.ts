export type { ConfChangeOutcome } from './apply-conf-change.js';
export { executeQuery } from './apply-kv.js';
export { keysOfLease } from './apply-lease.js';
export { isReadOnlyTxn, isSerializableTxn } from './apply-txn.js';
export { checkSort, checkTxn } from './check-request.js';
export {
  holdsState,
  type Identity,
  isAppliedRecord,
  isIdentityRecord,
  readIdentity,
  readStatePoint,
  type StatePoint,
  writeIdentity,
} from './persisted.js';
export { Reason, type Refusal } from './reason.js';
export type { HeaderWriter } from './response.js';
export { StateMachine } from './state-machine.js';
