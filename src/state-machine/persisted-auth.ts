/**
 * Users, roles and the switch in the backend's `auth` table, as etcd stores them: under `e` and the name of a setting, `u`
 * and a user's name, `r` and a role's name. Only what has changed is written.
 */
import type { Access, AuthStore, Permission, Role, User } from '../auth/index.js';
import type { BackendReader, BackendTransaction } from '../mvcc/index.js';
import { concatBytes, decodeUtf8, EMPTY_BYTES, encodeUtf8 } from '../stdx/index.js';
import { PermissionType, Role as WireRole, User as WireUser } from '../wire/index.js';
import { accessOf } from './apply-auth.js';

const TABLE = 'auth';
const SETTING = 0x65;
const USER = 0x75;
const ROLE = 0x72;
const ENABLED_KEY = keyOf(SETTING, 'authEnabled');
const REVISION_KEY = keyOf(SETTING, 'authRevision');
/** What etcd's enum would say of a type that nobody knows. */
const UNKNOWN_PERMISSION_TYPE = 3;

const PERMISSION_TYPES: Record<Access, number> = {
  read: PermissionType.READ,
  write: PermissionType.WRITE,
  readwrite: PermissionType.READWRITE,
  none: UNKNOWN_PERMISSION_TYPE,
};

function keyOf(letter: number, name: string): Uint8Array {
  return concatBytes([Uint8Array.of(letter), encodeUtf8(name)]);
}

function bigEndian(value: number): Uint8Array {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, BigInt(value));
  return out;
}

export function wirePermission(permission: Permission) {
  const { access, key, rangeEnd } = permission;
  return { permType: PERMISSION_TYPES[access], key, rangeEnd };
}

function encodeUser(user: User): Uint8Array {
  return WireUser.toBytes({
    name: encodeUtf8(user.name),
    password: user.passwordHash,
    roles: user.roles,
    options: { noPassword: user.noPassword },
  });
}

function decodeUser(bytes: Uint8Array): User {
  const { name, password, roles, options } = WireUser.decode(bytes);
  return {
    name: decodeUtf8(name, 0, name.length),
    passwordHash: password,
    noPassword: options?.noPassword === true,
    roles,
  };
}

function encodeRole(role: Role): Uint8Array {
  return WireRole.toBytes({
    name: encodeUtf8(role.name),
    keyPermission: role.permissions.map(wirePermission),
  });
}

function decodeRole(bytes: Uint8Array): Role {
  const { name, keyPermission } = WireRole.decode(bytes);
  return {
    name: decodeUtf8(name, 0, name.length),
    permissions: keyPermission.map(({ permType, key, rangeEnd }) => ({
      access: accessOf(permType),
      key,
      rangeEnd,
    })),
  };
}

/** Records are never changed in place: what is the same object as when it was written is written already. */
class WrittenRecords<T> {
  readonly #letter: number;
  readonly #encode: (record: T) => Uint8Array;
  #written = new Map<string, T>();

  constructor(letter: number, encode: (record: T) => Uint8Array) {
    this.#letter = letter;
    this.#encode = encode;
  }

  take(records: ReadonlyMap<string, T>): void {
    this.#written = new Map(records);
  }

  write(tx: BackendTransaction, records: ReadonlyMap<string, T>): void {
    for (const [name, record] of records) {
      if (this.#written.get(name) !== record) tx.put(TABLE, keyOf(this.#letter, name), this.#encode(record));
    }
    for (const name of this.#written.keys()) {
      if (!records.has(name)) tx.delete(TABLE, keyOf(this.#letter, name));
    }
    this.take(records);
  }
}

export class PersistedAuth {
  readonly #auth: AuthStore;
  readonly #users = new WrittenRecords<User>(USER, encodeUser);
  readonly #roles = new WrittenRecords<Role>(ROLE, encodeRole);
  #revision = 1;
  #enabled = false;

  constructor(auth: AuthStore) {
    this.#auth = auth;
  }

  /** Replaces what the store holds by what the backend holds. */
  restore(backend: BackendReader): void {
    const users = new Map<string, User>();
    const roles = new Map<string, Role>();
    backend.scan(TABLE, EMPTY_BYTES, undefined, (key, value) => {
      // The view's bytes are the backend's own.
      if (key[0] === USER) {
        const user = decodeUser(value.slice());
        users.set(user.name, user);
      } else if (key[0] === ROLE) {
        const role = decodeRole(value.slice());
        roles.set(role.name, role);
      }
      return true;
    });
    // Each value is a view that the next read overwrites.
    this.#enabled = backend.get(TABLE, ENABLED_KEY)?.[0] === 1;
    this.#revision = readRevision(backend.get(TABLE, REVISION_KEY));
    this.#auth.restore(this.#enabled, this.#revision, users.values(), roles.values());
    this.#users.take(users);
    this.#roles.take(roles);
  }

  write(tx: BackendTransaction): void {
    const auth = this.#auth;
    if (auth.enabled !== this.#enabled) {
      this.#enabled = auth.enabled;
      tx.put(TABLE, ENABLED_KEY, Uint8Array.of(auth.enabled ? 1 : 0));
    }
    if (auth.revision === this.#revision) return;
    this.#revision = auth.revision;
    tx.put(TABLE, REVISION_KEY, bigEndian(auth.revision));
    this.#users.write(tx, auth.users());
    this.#roles.write(tx, auth.roles());
  }
}

function readRevision(bytes: Uint8Array | undefined): number {
  return bytes === undefined ? 1 : Number(bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n));
}
