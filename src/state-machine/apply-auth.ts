/**
 * Changes of users, roles and permissions. Only root may make them once auth is on; before that anybody may. The password
 * was hashed, and a login's password checked, by the member that proposed the entry: applying it is the same everywhere.
 */
import type { Access, AuthRefusal, AuthStore, Credentials } from '../auth/index.js';
import { assert, decodeBase64, EMPTY_BYTES, encodeUtf8 } from '../stdx/index.js';
import {
  AuthRoleAddRequest,
  AuthRoleDeleteRequest,
  AuthRoleGrantPermissionRequest,
  AuthRoleRevokePermissionRequest,
  AuthUserAddRequest,
  AuthUserChangePasswordRequest,
  AuthUserDeleteRequest,
  AuthUserGrantRoleRequest,
  AuthUserRevokeRoleRequest,
  PermissionType,
  RequestKind,
  TokenIssue,
} from '../wire/index.js';
import { authReason } from './auth-reason.js';
import { Reason, type Refusal } from './reason.js';

/** Well below what any backend takes as a key; etcd's own fails beyond 32 KiB. */
const NAME_BYTES_MAX = 1024;

/** What the outside world keeps of logins, which are no part of the state. */
export interface LoginListener {
  /** A login was agreed upon: every member knows the token from now on. */
  onLogin(token: string, user: string): void;
  /** The user is gone or has another password: his logins end. */
  onUserChanged(user: string): void;
  /** All logins end. */
  onAllEnded(): void;
}

export const NO_LOGINS: LoginListener = {
  onLogin: () => {},
  onUserChanged: () => {},
  onAllEnded: () => {},
};

export interface AuthEntry {
  readonly kind: RequestKind;
  readonly buf: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Log index of the entry. */
  readonly index: number;
  readonly who: Credentials | undefined;
}

export function isAuthKind(kind: RequestKind): boolean {
  return kind >= RequestKind.AUTH_ENABLE && kind <= RequestKind.AUTH_ROLE_REVOKE_PERMISSION;
}

/** The token that a login yields: its random part was drawn when it was proposed. */
export function loginToken(randomPart: string, index: number): string {
  return `${randomPart}.${index}`;
}

export function applyAuth(auth: AuthStore, logins: LoginListener, entry: AuthEntry): Refusal | undefined {
  if (entry.kind === RequestKind.AUTHENTICATE) return applyLogin(auth, logins, entry);
  return authReason(auth.checkAdmin(entry.who)) ?? change(auth, logins, entry);
}

/** A login counts only if nothing has changed since its password was checked; else it must be checked again. */
function applyLogin(auth: AuthStore, logins: LoginListener, entry: AuthEntry): Refusal | undefined {
  const { name, token, authRevision } = TokenIssue.decode(entry.buf, entry.start, entry.end);
  if (!auth.enabled) return Reason.AUTH_NOT_ENABLED;
  if (authRevision !== auth.revision) return Reason.AUTH_OLD_REVISION;
  if (auth.user(name) === undefined) return Reason.AUTH_FAILED;
  logins.onLogin(loginToken(token, entry.index), name);
  return undefined;
}

function change(auth: AuthStore, logins: LoginListener, entry: AuthEntry): Refusal | undefined {
  const { kind, buf, start, end } = entry;
  switch (kind) {
    case RequestKind.AUTH_ENABLE:
      return authReason(auth.enable());
    case RequestKind.AUTH_DISABLE:
      if (auth.enabled) logins.onAllEnded();
      auth.disable();
      return undefined;
    case RequestKind.AUTH_USER_ADD: {
      const { name, hashedPassword, options } = AuthUserAddRequest.decode(buf, start, end);
      if (!isStorableName(name)) return Reason.TOO_LARGE;
      const noPassword = options?.noPassword === true;
      const hash = noPassword ? EMPTY_BYTES : decodeBase64(hashedPassword);
      if (hash === undefined) return Reason.NO_PASSWORD_USER;
      return authReason(auth.addUser(name, hash, noPassword));
    }
    case RequestKind.AUTH_USER_DELETE: {
      const { name } = AuthUserDeleteRequest.decode(buf, start, end);
      return userChanged(logins, name, auth.deleteUser(name));
    }
    case RequestKind.AUTH_USER_CHANGE_PASSWORD: {
      const { name, hashedPassword } = AuthUserChangePasswordRequest.decode(buf, start, end);
      const user = auth.user(name);
      if (user === undefined) return Reason.USER_NOT_FOUND;
      // Who logs in by certificate only gets no password.
      const hash = user.noPassword ? EMPTY_BYTES : decodeBase64(hashedPassword);
      if (hash === undefined) return Reason.NO_PASSWORD_USER;
      return userChanged(logins, name, auth.changePassword(name, hash));
    }
    case RequestKind.AUTH_USER_GRANT_ROLE: {
      const { user, role } = AuthUserGrantRoleRequest.decode(buf, start, end);
      return authReason(auth.grantRole(user, role));
    }
    case RequestKind.AUTH_USER_REVOKE_ROLE: {
      const { name, role } = AuthUserRevokeRoleRequest.decode(buf, start, end);
      return authReason(auth.revokeRole(name, role));
    }
    case RequestKind.AUTH_ROLE_ADD:
      return addRole(auth, AuthRoleAddRequest.decode(buf, start, end).name);
    case RequestKind.AUTH_ROLE_DELETE:
      return authReason(auth.deleteRole(AuthRoleDeleteRequest.decode(buf, start, end).role));
    case RequestKind.AUTH_ROLE_GRANT_PERMISSION:
      return grantPermission(auth, AuthRoleGrantPermissionRequest.decode(buf.slice(start, end)));
    case RequestKind.AUTH_ROLE_REVOKE_PERMISSION: {
      const { role, key, rangeEnd } = AuthRoleRevokePermissionRequest.decode(buf, start, end);
      return authReason(auth.revokePermission(role, key, rangeEnd));
    }
    default:
      assert(false, 'a change of users, roles or permissions');
  }
}

function addRole(auth: AuthStore, name: string): Refusal | undefined {
  return isStorableName(name) ? authReason(auth.addRole(name)) : Reason.TOO_LARGE;
}

/** Names are keys of the backend. */
function isStorableName(name: string): boolean {
  return encodeUtf8(name).length <= NAME_BYTES_MAX;
}

function userChanged(
  logins: LoginListener,
  name: string,
  refusal: AuthRefusal | undefined,
): Refusal | undefined {
  if (refusal === undefined) logins.onUserChanged(name);
  return authReason(refusal);
}

/** The bytes of the request's keys are kept: they must be nobody else's. */
function grantPermission(auth: AuthStore, request: AuthRoleGrantPermissionRequest): Refusal | undefined {
  const { name, perm } = request;
  if (perm === undefined) return Reason.PERMISSION_NOT_GIVEN;
  return authReason(
    auth.grantPermission(name, { access: accessOf(perm.permType), key: perm.key, rangeEnd: perm.rangeEnd }),
  );
}

/** A number that is no type grants nothing. */
export function accessOf(permType: number): Access {
  switch (permType) {
    case PermissionType.READ:
      return 'read';
    case PermissionType.WRITE:
      return 'write';
    case PermissionType.READWRITE:
      return 'readwrite';
    default:
      return 'none';
  }
}
