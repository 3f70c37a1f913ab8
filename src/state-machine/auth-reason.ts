/** What the API says when auth refuses. */
import type { AuthRefusal } from '../auth/index.js';
import { Reason, type Refusal } from './reason.js';

const AUTH_REASONS: Record<AuthRefusal, Refusal> = {
  'root-user-missing': Reason.ROOT_USER_MISSING,
  'root-role-missing': Reason.ROOT_ROLE_MISSING,
  'user-exists': Reason.USER_EXISTS,
  'user-empty': Reason.USER_EMPTY,
  'user-not-found': Reason.USER_NOT_FOUND,
  'role-exists': Reason.ROLE_EXISTS,
  'role-empty': Reason.ROLE_EMPTY,
  'role-not-found': Reason.ROLE_NOT_FOUND,
  'role-not-granted': Reason.ROLE_NOT_GRANTED,
  'permission-not-granted': Reason.PERMISSION_NOT_GRANTED,
  'invalid-management': Reason.INVALID_AUTH_MANAGEMENT,
  'permission-denied': Reason.PERMISSION_DENIED,
  'old-revision': Reason.AUTH_OLD_REVISION,
};

export function authReason(refusal: AuthRefusal): Refusal;
export function authReason(refusal: AuthRefusal | undefined): Refusal | undefined;
export function authReason(refusal: AuthRefusal | undefined): Refusal | undefined {
  return refusal === undefined ? undefined : AUTH_REASONS[refusal];
}
