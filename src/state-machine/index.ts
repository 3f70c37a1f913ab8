export type { ConfChangeOutcome } from './apply-conf-change.js';
export { executeQuery } from './apply-kv.js';
export { isReadOnlyTxn, isSerializableTxn } from './apply-txn.js';
export { checkSort, checkTxn } from './check-request.js';
export { holdsState } from './persisted.js';
export { Reason, type Refusal } from './reason.js';
export type { HeaderWriter } from './response.js';
export { StateMachine } from './state-machine.js';
