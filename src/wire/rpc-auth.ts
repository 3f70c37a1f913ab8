/** etcdserverpb.Auth: management of users, roles and permissions, and login. */

import { Permission, UserAddOptions } from './auth.js';
import type { Empty } from './empty.js';
import { bool, bytes, message, repeated, string, uint64 } from './field.js';
import { ResponseHeader } from './header.js';
import { MessageType } from './message.js';

export type AuthEnableRequest = Empty;
export const AuthEnableRequest: MessageType<AuthEnableRequest> = new MessageType(
  'etcdserverpb.AuthEnableRequest',
  {},
);

export interface AuthEnableResponse {
  readonly header: ResponseHeader | undefined;
}
export const AuthEnableResponse: MessageType<AuthEnableResponse> = new MessageType(
  'etcdserverpb.AuthEnableResponse',
  {
    header: message(1, () => ResponseHeader),
  },
);

export type AuthDisableRequest = Empty;
export const AuthDisableRequest: MessageType<AuthDisableRequest> = new MessageType(
  'etcdserverpb.AuthDisableRequest',
  {},
);

export interface AuthDisableResponse {
  readonly header: ResponseHeader | undefined;
}
export const AuthDisableResponse: MessageType<AuthDisableResponse> = new MessageType(
  'etcdserverpb.AuthDisableResponse',
  {
    header: message(1, () => ResponseHeader),
  },
);

export type AuthStatusRequest = Empty;
export const AuthStatusRequest: MessageType<AuthStatusRequest> = new MessageType(
  'etcdserverpb.AuthStatusRequest',
  {},
);

export interface AuthStatusResponse {
  readonly header: ResponseHeader | undefined;
  readonly enabled: boolean;
  readonly authRevision: number;
}
export const AuthStatusResponse: MessageType<AuthStatusResponse> = new MessageType(
  'etcdserverpb.AuthStatusResponse',
  {
    header: message(1, () => ResponseHeader),
    enabled: bool(2),
    authRevision: uint64(3),
  },
);

export interface AuthenticateRequest {
  readonly name: string;
  readonly password: string;
}
export const AuthenticateRequest: MessageType<AuthenticateRequest> = new MessageType(
  'etcdserverpb.AuthenticateRequest',
  {
    name: string(1),
    password: string(2),
  },
);

export interface AuthenticateResponse {
  readonly header: ResponseHeader | undefined;
  readonly token: string;
}
export const AuthenticateResponse: MessageType<AuthenticateResponse> = new MessageType(
  'etcdserverpb.AuthenticateResponse',
  {
    header: message(1, () => ResponseHeader),
    token: string(2),
  },
);

export interface AuthUserAddRequest {
  readonly name: string;
  readonly password: string;
  readonly options: UserAddOptions | undefined;
  /** A bcrypt hash in base64, instead of `password`. */
  readonly hashedPassword: string;
}
export const AuthUserAddRequest: MessageType<AuthUserAddRequest> = new MessageType(
  'etcdserverpb.AuthUserAddRequest',
  {
    name: string(1),
    password: string(2),
    options: message(3, () => UserAddOptions),
    hashedPassword: string(4),
  },
);

export interface AuthUserAddResponse {
  readonly header: ResponseHeader | undefined;
}
export const AuthUserAddResponse: MessageType<AuthUserAddResponse> = new MessageType(
  'etcdserverpb.AuthUserAddResponse',
  {
    header: message(1, () => ResponseHeader),
  },
);

export interface AuthUserGetRequest {
  readonly name: string;
}
export const AuthUserGetRequest: MessageType<AuthUserGetRequest> = new MessageType(
  'etcdserverpb.AuthUserGetRequest',
  {
    name: string(1),
  },
);

export interface AuthUserGetResponse {
  readonly header: ResponseHeader | undefined;
  readonly roles: readonly string[];
}
export const AuthUserGetResponse: MessageType<AuthUserGetResponse> = new MessageType(
  'etcdserverpb.AuthUserGetResponse',
  {
    header: message(1, () => ResponseHeader),
    roles: repeated(string(2)),
  },
);

export type AuthUserListRequest = Empty;
export const AuthUserListRequest: MessageType<AuthUserListRequest> = new MessageType(
  'etcdserverpb.AuthUserListRequest',
  {},
);

export interface AuthUserListResponse {
  readonly header: ResponseHeader | undefined;
  readonly users: readonly string[];
}
export const AuthUserListResponse: MessageType<AuthUserListResponse> = new MessageType(
  'etcdserverpb.AuthUserListResponse',
  {
    header: message(1, () => ResponseHeader),
    users: repeated(string(2)),
  },
);

export interface AuthUserDeleteRequest {
  readonly name: string;
}
export const AuthUserDeleteRequest: MessageType<AuthUserDeleteRequest> = new MessageType(
  'etcdserverpb.AuthUserDeleteRequest',
  {
    name: string(1),
  },
);

export interface AuthUserDeleteResponse {
  readonly header: ResponseHeader | undefined;
}
export const AuthUserDeleteResponse: MessageType<AuthUserDeleteResponse> = new MessageType(
  'etcdserverpb.AuthUserDeleteResponse',
  {
    header: message(1, () => ResponseHeader),
  },
);

export interface AuthUserChangePasswordRequest {
  readonly name: string;
  readonly password: string;
  readonly hashedPassword: string;
}
export const AuthUserChangePasswordRequest: MessageType<AuthUserChangePasswordRequest> = new MessageType(
  'etcdserverpb.AuthUserChangePasswordRequest',
  {
    name: string(1),
    password: string(2),
    hashedPassword: string(3),
  },
);

export interface AuthUserChangePasswordResponse {
  readonly header: ResponseHeader | undefined;
}
export const AuthUserChangePasswordResponse: MessageType<AuthUserChangePasswordResponse> = new MessageType(
  'etcdserverpb.AuthUserChangePasswordResponse',
  {
    header: message(1, () => ResponseHeader),
  },
);

export interface AuthUserGrantRoleRequest {
  /** Called `name` in all other messages. */
  readonly user: string;
  readonly role: string;
}
export const AuthUserGrantRoleRequest: MessageType<AuthUserGrantRoleRequest> = new MessageType(
  'etcdserverpb.AuthUserGrantRoleRequest',
  {
    user: string(1),
    role: string(2),
  },
);

export interface AuthUserGrantRoleResponse {
  readonly header: ResponseHeader | undefined;
}
export const AuthUserGrantRoleResponse: MessageType<AuthUserGrantRoleResponse> = new MessageType(
  'etcdserverpb.AuthUserGrantRoleResponse',
  {
    header: message(1, () => ResponseHeader),
  },
);

export interface AuthUserRevokeRoleRequest {
  readonly name: string;
  readonly role: string;
}
export const AuthUserRevokeRoleRequest: MessageType<AuthUserRevokeRoleRequest> = new MessageType(
  'etcdserverpb.AuthUserRevokeRoleRequest',
  {
    name: string(1),
    role: string(2),
  },
);

export interface AuthUserRevokeRoleResponse {
  readonly header: ResponseHeader | undefined;
}
export const AuthUserRevokeRoleResponse: MessageType<AuthUserRevokeRoleResponse> = new MessageType(
  'etcdserverpb.AuthUserRevokeRoleResponse',
  {
    header: message(1, () => ResponseHeader),
  },
);

export interface AuthRoleAddRequest {
  readonly name: string;
}
export const AuthRoleAddRequest: MessageType<AuthRoleAddRequest> = new MessageType(
  'etcdserverpb.AuthRoleAddRequest',
  {
    name: string(1),
  },
);

export interface AuthRoleAddResponse {
  readonly header: ResponseHeader | undefined;
}
export const AuthRoleAddResponse: MessageType<AuthRoleAddResponse> = new MessageType(
  'etcdserverpb.AuthRoleAddResponse',
  {
    header: message(1, () => ResponseHeader),
  },
);

export interface AuthRoleGetRequest {
  readonly role: string;
}
export const AuthRoleGetRequest: MessageType<AuthRoleGetRequest> = new MessageType(
  'etcdserverpb.AuthRoleGetRequest',
  {
    role: string(1),
  },
);

export interface AuthRoleGetResponse {
  readonly header: ResponseHeader | undefined;
  readonly perm: readonly Permission[];
}
export const AuthRoleGetResponse: MessageType<AuthRoleGetResponse> = new MessageType(
  'etcdserverpb.AuthRoleGetResponse',
  {
    header: message(1, () => ResponseHeader),
    perm: repeated(message(2, () => Permission)),
  },
);

export type AuthRoleListRequest = Empty;
export const AuthRoleListRequest: MessageType<AuthRoleListRequest> = new MessageType(
  'etcdserverpb.AuthRoleListRequest',
  {},
);

export interface AuthRoleListResponse {
  readonly header: ResponseHeader | undefined;
  readonly roles: readonly string[];
}
export const AuthRoleListResponse: MessageType<AuthRoleListResponse> = new MessageType(
  'etcdserverpb.AuthRoleListResponse',
  {
    header: message(1, () => ResponseHeader),
    roles: repeated(string(2)),
  },
);

export interface AuthRoleDeleteRequest {
  readonly role: string;
}
export const AuthRoleDeleteRequest: MessageType<AuthRoleDeleteRequest> = new MessageType(
  'etcdserverpb.AuthRoleDeleteRequest',
  {
    role: string(1),
  },
);

export interface AuthRoleDeleteResponse {
  readonly header: ResponseHeader | undefined;
}
export const AuthRoleDeleteResponse: MessageType<AuthRoleDeleteResponse> = new MessageType(
  'etcdserverpb.AuthRoleDeleteResponse',
  {
    header: message(1, () => ResponseHeader),
  },
);

export interface AuthRoleGrantPermissionRequest {
  readonly name: string;
  readonly perm: Permission | undefined;
}
export const AuthRoleGrantPermissionRequest: MessageType<AuthRoleGrantPermissionRequest> = new MessageType(
  'etcdserverpb.AuthRoleGrantPermissionRequest',
  {
    name: string(1),
    perm: message(2, () => Permission),
  },
);

export interface AuthRoleGrantPermissionResponse {
  readonly header: ResponseHeader | undefined;
}
export const AuthRoleGrantPermissionResponse: MessageType<AuthRoleGrantPermissionResponse> = new MessageType(
  'etcdserverpb.AuthRoleGrantPermissionResponse',
  {
    header: message(1, () => ResponseHeader),
  },
);

export interface AuthRoleRevokePermissionRequest {
  readonly role: string;
  readonly key: Uint8Array;
  readonly rangeEnd: Uint8Array;
}
export const AuthRoleRevokePermissionRequest: MessageType<AuthRoleRevokePermissionRequest> = new MessageType(
  'etcdserverpb.AuthRoleRevokePermissionRequest',
  {
    role: string(1),
    key: bytes(2),
    rangeEnd: bytes(3, 'range_end'),
  },
);

export interface AuthRoleRevokePermissionResponse {
  readonly header: ResponseHeader | undefined;
}
export const AuthRoleRevokePermissionResponse: MessageType<AuthRoleRevokePermissionResponse> =
  new MessageType('etcdserverpb.AuthRoleRevokePermissionResponse', {
    header: message(1, () => ResponseHeader),
  });
