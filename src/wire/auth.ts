/** authpb: users, roles and permissions. */
import { bool, bytes, type EnumType, enumeration, message, repeated, string } from './field.js';
import { MessageType } from './message.js';

export interface UserAddOptions {
  /** The user can log in by certificate only. */
  readonly noPassword: boolean;
}
export const UserAddOptions: MessageType<UserAddOptions> = new MessageType('authpb.UserAddOptions', {
  noPassword: bool(1, 'no_password'),
});

/** As stored. */
export interface User {
  readonly name: Uint8Array;
  /** A bcrypt hash. */
  readonly password: Uint8Array;
  readonly roles: readonly string[];
  readonly options: UserAddOptions | undefined;
}
export const User: MessageType<User> = new MessageType('authpb.User', {
  name: bytes(1),
  password: bytes(2),
  roles: repeated(string(3)),
  options: message(4, () => UserAddOptions),
});

export const PermissionType = { READ: 0, WRITE: 1, READWRITE: 2 } as const;
export type PermissionType = (typeof PermissionType)[keyof typeof PermissionType];
const PERMISSION_TYPE: EnumType = { protoName: 'authpb.Permission.Type', values: PermissionType };

export interface Permission {
  /** A {@link PermissionType}. */
  readonly permType: number;
  readonly key: Uint8Array;
  readonly rangeEnd: Uint8Array;
}
export const Permission: MessageType<Permission> = new MessageType('authpb.Permission', {
  permType: enumeration(1, PERMISSION_TYPE),
  key: bytes(2),
  rangeEnd: bytes(3, 'range_end'),
});

/** As stored. */
export interface Role {
  readonly name: Uint8Array;
  readonly keyPermission: readonly Permission[];
}
export const Role: MessageType<Role> = new MessageType('authpb.Role', {
  name: bytes(1),
  keyPermission: repeated(message(2, () => Permission)),
});
