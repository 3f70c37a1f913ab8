/**
 * etcdserverpb.Auth: users, roles, permissions, logins. Changes go through the log with the caller's name and are decided
 * there; reads come after a barrier.
 */
import { type Credentials, ROOT } from '../../auth/index.js';
import { authReason, Reason, type Refusal, wirePermission } from '../../state-machine/index.js';
import { EMPTY_BYTES } from '../../stdx/index.js';
import type { MethodHandler, ServerCall } from '../../transport/index.js';
import {
  AuthDisableRequest,
  AuthEnableRequest,
  AuthenticateRequest,
  AuthenticateResponse,
  AuthRoleAddRequest,
  AuthRoleDeleteRequest,
  AuthRoleGetRequest,
  AuthRoleGetResponse,
  AuthRoleGrantPermissionRequest,
  AuthRoleListRequest,
  AuthRoleListResponse,
  AuthRoleRevokePermissionRequest,
  AuthStatusRequest,
  AuthStatusResponse,
  AuthUserAddRequest,
  AuthUserChangePasswordRequest,
  AuthUserDeleteRequest,
  AuthUserGetRequest,
  AuthUserGetResponse,
  AuthUserGrantRoleRequest,
  AuthUserListRequest,
  AuthUserListResponse,
  AuthUserRevokeRoleRequest,
  type MessageType,
  PermissionType,
  RequestKind,
  type ResponseHeader,
} from '../../wire/index.js';
import { type ApiContext, refuse } from './context.js';
import { identify } from './credentials.js';
import { propose } from './propose.js';
import { replyWith, unaryMethod } from './unary.js';

/** What holders of the role of root may do, as it is shown. */
const ROOT_PERMISSION = {
  permType: PermissionType.READWRITE,
  key: EMPTY_BYTES,
  rangeEnd: new Uint8Array([0]),
};

type Methods = [string, MethodHandler][];

export function authService(context: ApiContext): Methods {
  return [...changes(context), ...reads(context), ...passwords(context)];
}

function headerOf(context: ApiContext): ResponseHeader {
  const { member, machine } = context;
  const { clusterId, memberId } = member.options;
  return { clusterId, memberId, revision: machine.store.revision, raftTerm: machine.appliedTerm };
}

/** Proposes a request on behalf of the caller; the answer is a header alone. */
function proposeAs<T>(
  context: ApiContext,
  call: ServerCall,
  kind: RequestKind,
  type: MessageType<T>,
  request: T,
): void {
  const body = type.toBytes(request);
  propose(context, call, kind, body, 0, body.length);
}

function changes(context: ApiContext): Methods {
  const change = <T>(kind: RequestKind, type: MessageType<T>): MethodHandler =>
    unaryMethod(context, type, (call, request) => proposeAs(context, call, kind, type, request));
  return [
    ['/etcdserverpb.Auth/AuthEnable', change(RequestKind.AUTH_ENABLE, AuthEnableRequest)],
    ['/etcdserverpb.Auth/AuthDisable', change(RequestKind.AUTH_DISABLE, AuthDisableRequest)],
    ['/etcdserverpb.Auth/UserDelete', change(RequestKind.AUTH_USER_DELETE, AuthUserDeleteRequest)],
    ['/etcdserverpb.Auth/UserGrantRole', change(RequestKind.AUTH_USER_GRANT_ROLE, AuthUserGrantRoleRequest)],
    [
      '/etcdserverpb.Auth/UserRevokeRole',
      change(RequestKind.AUTH_USER_REVOKE_ROLE, AuthUserRevokeRoleRequest),
    ],
    ['/etcdserverpb.Auth/RoleAdd', change(RequestKind.AUTH_ROLE_ADD, AuthRoleAddRequest)],
    ['/etcdserverpb.Auth/RoleDelete', change(RequestKind.AUTH_ROLE_DELETE, AuthRoleDeleteRequest)],
    [
      '/etcdserverpb.Auth/RoleGrantPermission',
      change(RequestKind.AUTH_ROLE_GRANT_PERMISSION, AuthRoleGrantPermissionRequest),
    ],
    [
      '/etcdserverpb.Auth/RoleRevokePermission',
      change(RequestKind.AUTH_ROLE_REVOKE_PERMISSION, AuthRoleRevokePermissionRequest),
    ],
  ];
}

/** Goes on behind a barrier, when the caller is known. */
function afterBarrier(
  context: ApiContext,
  call: ServerCall,
  next: (who: Credentials | undefined) => void,
): void {
  context.member.readBarrier((unread) => {
    if (call.finished) return;
    if (unread !== undefined) refuse(call, unread);
    else identify(context, call, next);
  });
}

/** Root may look at everybody, and everybody at himself (`isOwn`). */
function lookRefusal(
  context: ApiContext,
  who: Credentials | undefined,
  isOwn: (user: string) => boolean,
): Refusal | undefined {
  const refusal = context.machine.auth.checkAdmin(who);
  return refusal === undefined || (who !== undefined && isOwn(who.user)) ? undefined : authReason(refusal);
}

function reads(context: ApiContext): Methods {
  const { auth } = context.machine;
  const header = (): ResponseHeader => headerOf(context);
  const read = <Q, A>(
    query: MessageType<Q>,
    answer: MessageType<A>,
    give: (request: Q, who: Credentials | undefined) => A | Refusal,
    isAnswer: (given: A | Refusal) => given is A,
  ): MethodHandler =>
    unaryMethod(context, query, (call, request) =>
      afterBarrier(context, call, (who) => {
        const given = give(request, who);
        if (isAnswer(given)) replyWith(context, call, answer, given);
        else refuse(call, given);
      }),
    );
  const isAnswer = <A extends object>(given: A | Refusal): given is A => 'header' in given;
  const status = unaryMethod(context, AuthStatusRequest, (call) =>
    afterBarrier(context, call, () => {
      const { enabled, revision: authRevision } = auth;
      replyWith(context, call, AuthStatusResponse, { header: header(), enabled, authRevision });
    }),
  );
  const userGet = read(
    AuthUserGetRequest,
    AuthUserGetResponse,
    ({ name }, who) => {
      const refusal = lookRefusal(context, who, (user) => user === name);
      if (refusal !== undefined) return refusal;
      const user = auth.user(name);
      return user === undefined ? Reason.USER_NOT_FOUND : { header: header(), roles: user.roles };
    },
    isAnswer<AuthUserGetResponse>,
  );
  const roleGet = read(
    AuthRoleGetRequest,
    AuthRoleGetResponse,
    ({ role: name }, who) => {
      const refusal = lookRefusal(context, who, (user) => auth.user(user)?.roles.includes(name) === true);
      if (refusal !== undefined) return refusal;
      const role = auth.role(name);
      if (role === undefined) return Reason.ROLE_NOT_FOUND;
      const perm = name === ROOT ? [ROOT_PERMISSION] : role.permissions.map(wirePermission);
      return { header: header(), perm };
    },
    isAnswer<AuthRoleGetResponse>,
  );
  const userList = read(
    AuthUserListRequest,
    AuthUserListResponse,
    (_request, who) => authReason(auth.checkAdmin(who)) ?? { header: header(), users: auth.userNames() },
    isAnswer<AuthUserListResponse>,
  );
  const roleList = read(
    AuthRoleListRequest,
    AuthRoleListResponse,
    (_request, who) => authReason(auth.checkAdmin(who)) ?? { header: header(), roles: auth.roleNames() },
    isAnswer<AuthRoleListResponse>,
  );
  return [
    ['/etcdserverpb.Auth/AuthStatus', status],
    ['/etcdserverpb.Auth/UserGet', userGet],
    ['/etcdserverpb.Auth/UserList', userList],
    ['/etcdserverpb.Auth/RoleGet', roleGet],
    ['/etcdserverpb.Auth/RoleList', roleList],
  ];
}

/** Methods that work with passwords, which takes time: in the thread pool. */
function passwords(context: ApiContext): Methods {
  /** Gives back the request with the password as a hash, or undefined if that was refused. */
  const hashed = async <T extends { readonly password: string; readonly hashedPassword: string }>(
    call: ServerCall,
    request: T,
  ): Promise<T | undefined> => {
    const hashedPassword = await context.logins.hashPassword(request.password);
    if (typeof hashedPassword === 'string') return { ...request, password: '', hashedPassword };
    refuse(call, hashedPassword);
    return undefined;
  };
  const userAdd = unaryMethod(context, AuthUserAddRequest, async (call, request) => {
    const ready =
      request.options?.noPassword === true ? { ...request, password: '' } : await hashed(call, request);
    if (ready === undefined || call.finished) return;
    proposeAs(context, call, RequestKind.AUTH_USER_ADD, AuthUserAddRequest, ready);
  });
  const userChangePassword = unaryMethod(context, AuthUserChangePasswordRequest, async (call, request) => {
    // Without a password, what the client says is its hash is taken for it, as in etcd.
    const ready = request.password === '' ? request : await hashed(call, request);
    if (ready === undefined || call.finished) return;
    const kind = RequestKind.AUTH_USER_CHANGE_PASSWORD;
    proposeAs(context, call, kind, AuthUserChangePasswordRequest, ready);
  });
  const authenticate = unaryMethod(context, AuthenticateRequest, (call, { name, password }) => {
    context.member.readBarrier((unread) => {
      if (call.finished) return;
      if (unread !== undefined) return refuse(call, unread);
      void context.logins.logIn(name, password, (outcome) => {
        if (call.finished) return;
        if (typeof outcome !== 'string') return refuse(call, outcome);
        replyWith(context, call, AuthenticateResponse, { header: headerOf(context), token: outcome });
      });
    });
  });
  return [
    ['/etcdserverpb.Auth/UserAdd', userAdd],
    ['/etcdserverpb.Auth/UserChangePassword', userChangePassword],
    ['/etcdserverpb.Auth/Authenticate', authenticate],
  ];
}
