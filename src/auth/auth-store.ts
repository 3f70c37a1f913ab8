/**
 * Users, roles and what they may do. Changed only by committed entries, so that every member decides alike; every change
 * raises the auth revision, by which a decision that was prepared on an older state is recognised (etcd's auth store).
 *
 * Names are compared as strings of code points that came from UTF-8, listed in the order of their bytes.
 */
import { assert, compareBytes, encodeUtf8, equalBytes } from '../stdx/index.js';
import { isGrantable, PermissionSet } from './permission-set.js';

/** The user who must exist to enable auth, and the role that may do everything. */
export const ROOT = 'root';

/** `none`: a type that this version does not know; it grants nothing. */
export type Access = 'read' | 'write' | 'readwrite' | 'none';

export interface Permission {
  readonly access: Access;
  readonly key: Uint8Array;
  /** Empty: the key alone; one zero byte: no end. */
  readonly rangeEnd: Uint8Array;
}

export interface User {
  readonly name: string;
  /** A bcrypt hash; opaque here. Empty for a user who can log in by certificate only. */
  readonly passwordHash: Uint8Array;
  readonly noPassword: boolean;
  /** Sorted. */
  readonly roles: readonly string[];
}

export interface Role {
  readonly name: string;
  /** Sorted by key. */
  readonly permissions: readonly Permission[];
}

/** Who asks: a user, and the auth revision that his credentials speak for. */
export interface Credentials {
  readonly user: string;
  readonly revision: number;
}

/** Why a change or an access is refused; the texts are the API's matter. */
export type AuthRefusal =
  | 'root-user-missing'
  | 'root-role-missing'
  | 'user-exists'
  | 'user-empty'
  | 'user-not-found'
  | 'role-exists'
  | 'role-empty'
  | 'role-not-found'
  | 'role-not-granted'
  | 'permission-not-granted'
  | 'invalid-management'
  | 'permission-denied'
  | 'old-revision';

interface Granted {
  /** Has the role that may do everything. */
  readonly isRoot: boolean;
  readonly read: PermissionSet;
  readonly write: PermissionSet;
}

function compareNames(a: string, b: string): number {
  return compareBytes(encodeUtf8(a), encodeUtf8(b));
}

export class AuthStore {
  readonly #users = new Map<string, User>();
  readonly #roles = new Map<string, Role>();
  /** Merged permissions by user, made when first asked for. */
  readonly #granted = new Map<string, Granted>();
  #enabled = false;
  #revision = 1;

  get enabled(): boolean {
    return this.#enabled;
  }

  get revision(): number {
    return this.#revision;
  }

  /** Takes over what was persisted; replaces everything. */
  restore(enabled: boolean, revision: number, users: Iterable<User>, roles: Iterable<Role>): void {
    assert(revision >= 1, 'the auth revision begins with 1');
    this.#enabled = enabled;
    this.#revision = revision;
    this.#users.clear();
    this.#roles.clear();
    this.#granted.clear();
    for (const user of users) this.#users.set(user.name, user);
    for (const role of roles) this.#roles.set(role.name, role);
  }

  enable(): AuthRefusal | undefined {
    if (this.#enabled) return undefined;
    const root = this.#users.get(ROOT);
    if (root === undefined) return 'root-user-missing';
    if (!root.roles.includes(ROOT)) return 'root-role-missing';
    this.#enabled = true;
    return undefined;
  }

  disable(): void {
    if (!this.#enabled) return;
    this.#enabled = false;
    this.#changed();
  }

  user(name: string): User | undefined {
    return this.#users.get(name);
  }

  role(name: string): Role | undefined {
    return this.#roles.get(name);
  }

  /** By name. */
  users(): ReadonlyMap<string, User> {
    return this.#users;
  }

  /** By name. */
  roles(): ReadonlyMap<string, Role> {
    return this.#roles;
  }

  userNames(): string[] {
    return [...this.#users.keys()].sort(compareNames);
  }

  roleNames(): string[] {
    return [...this.#roles.keys()].sort(compareNames);
  }

  addUser(name: string, passwordHash: Uint8Array, noPassword: boolean): AuthRefusal | undefined {
    if (name === '') return 'user-empty';
    if (this.#users.has(name)) return 'user-exists';
    this.#users.set(name, { name, passwordHash, noPassword, roles: [] });
    this.#changed();
    return undefined;
  }

  deleteUser(name: string): AuthRefusal | undefined {
    if (this.#enabled && name === ROOT) return 'invalid-management';
    if (!this.#users.delete(name)) return 'user-not-found';
    this.#changed();
    return undefined;
  }

  changePassword(name: string, passwordHash: Uint8Array): AuthRefusal | undefined {
    const user = this.#users.get(name);
    if (user === undefined) return 'user-not-found';
    this.#users.set(name, { ...user, passwordHash });
    this.#changed();
    return undefined;
  }

  grantRole(name: string, role: string): AuthRefusal | undefined {
    const user = this.#users.get(name);
    if (user === undefined) return 'user-not-found';
    if (role !== ROOT && !this.#roles.has(role)) return 'role-not-found';
    if (user.roles.includes(role)) return undefined;
    this.#users.set(name, { ...user, roles: [...user.roles, role].sort(compareNames) });
    this.#changed();
    return undefined;
  }

  revokeRole(name: string, role: string): AuthRefusal | undefined {
    if (this.#enabled && name === ROOT && role === ROOT) return 'invalid-management';
    const user = this.#users.get(name);
    if (user === undefined) return 'user-not-found';
    if (!user.roles.includes(role)) return 'role-not-granted';
    this.#users.set(name, { ...user, roles: user.roles.filter((held) => held !== role) });
    this.#changed();
    return undefined;
  }

  addRole(name: string): AuthRefusal | undefined {
    if (name === '') return 'role-empty';
    if (this.#roles.has(name)) return 'role-exists';
    this.#roles.set(name, { name, permissions: [] });
    this.#changed();
    return undefined;
  }

  /** Takes the role from all its holders, too. */
  deleteRole(name: string): AuthRefusal | undefined {
    if (this.#enabled && name === ROOT) return 'invalid-management';
    if (!this.#roles.delete(name)) return 'role-not-found';
    for (const user of this.#users.values()) {
      if (!user.roles.includes(name)) continue;
      this.#users.set(user.name, { ...user, roles: user.roles.filter((held) => held !== name) });
    }
    this.#changed();
    return undefined;
  }

  /**
   * Replaces the access of an equal interval only if that is the first permission with its key; otherwise the role has
   * both, and they add up, as in etcd.
   */
  grantPermission(name: string, permission: Permission): AuthRefusal | undefined {
    if (!isGrantable(permission.key, permission.rangeEnd)) return 'invalid-management';
    const role = this.#roles.get(name);
    if (role === undefined) return 'role-not-found';
    const permissions = [...role.permissions];
    const first = permissions.findIndex(({ key }) => compareBytes(key, permission.key) >= 0);
    const found = permissions[first];
    if (
      found !== undefined &&
      equalBytes(found.key, permission.key) &&
      equalBytes(found.rangeEnd, permission.rangeEnd)
    ) {
      permissions[first] = permission;
    } else {
      const behind = permissions.findIndex(({ key }) => compareBytes(key, permission.key) > 0);
      permissions.splice(behind < 0 ? permissions.length : behind, 0, permission);
    }
    this.#roles.set(name, { name, permissions });
    this.#changed();
    return undefined;
  }

  /** Takes away all permissions for exactly this interval. */
  revokePermission(name: string, key: Uint8Array, rangeEnd: Uint8Array): AuthRefusal | undefined {
    const role = this.#roles.get(name);
    if (role === undefined) return 'role-not-found';
    const permissions = role.permissions.filter(
      (held) => !(equalBytes(held.key, key) && equalBytes(held.rangeEnd, rangeEnd)),
    );
    if (permissions.length === role.permissions.length) return 'permission-not-granted';
    this.#roles.set(name, { name, permissions });
    this.#changed();
    return undefined;
  }

  /** Whether `who` may do what only root may. */
  checkAdmin(who: Credentials | undefined): AuthRefusal | undefined {
    if (!this.#enabled) return undefined;
    // A certificate without a name is nobody's.
    if (who === undefined || who.user === '') return 'user-empty';
    const user = this.#users.get(who.user);
    if (user === undefined) return 'user-not-found';
    return user.roles.includes(ROOT) ? undefined : 'permission-denied';
  }

  /** Whether `who` may read, or write, all keys of the interval. */
  check(
    who: Credentials | undefined,
    access: 'read' | 'write',
    key: Uint8Array,
    rangeEnd: Uint8Array,
  ): AuthRefusal | undefined {
    if (rangeEnd.length === 0) return this.checkKey(who, access, key, 0, key.length);
    if (!this.#enabled) return undefined;
    if (who === undefined) return 'user-empty';
    if (who.revision < this.#revision) return 'old-revision';
    const granted = this.#grantedTo(who.user);
    if (granted === undefined) return 'permission-denied';
    return granted.isRoot || granted[access].covers(key, rangeEnd) ? undefined : 'permission-denied';
  }

  /** {@link check} for the single key `buf[start, end)`: what nearly every request asks for. */
  checkKey(
    who: Credentials | undefined,
    access: 'read' | 'write',
    buf: Uint8Array,
    start: number,
    end: number,
  ): AuthRefusal | undefined {
    if (!this.#enabled) return undefined;
    if (who === undefined) return 'user-empty';
    if (who.revision < this.#revision) return 'old-revision';
    const granted = this.#grantedTo(who.user);
    if (granted === undefined) return 'permission-denied';
    return granted.isRoot || granted[access].coversKey(buf, start, end) ? undefined : 'permission-denied';
  }

  /** Whether the user holds the role of root. */
  isRoot(name: string): boolean {
    return this.#users.get(name)?.roles.includes(ROOT) === true;
  }

  #grantedTo(name: string): Granted | undefined {
    const known = this.#granted.get(name);
    if (known !== undefined) return known;
    const user = this.#users.get(name);
    if (user === undefined) return undefined;
    const permissions = user.roles.flatMap((role) => this.#roles.get(role)?.permissions ?? []);
    const granted = {
      isRoot: user.roles.includes(ROOT),
      read: new PermissionSet(
        permissions.filter(({ access }) => access === 'read' || access === 'readwrite'),
      ),
      write: new PermissionSet(
        permissions.filter(({ access }) => access === 'write' || access === 'readwrite'),
      ),
    };
    this.#granted.set(name, granted);
    return granted;
  }

  #changed(): void {
    this.#revision++;
    this.#granted.clear();
  }
}
