/**
 * On whose behalf a call is made: the user of its token, in metadata `token` or else `authorization` (with or without
 * `Bearer `); without a token, the user whom the certificate of the connection names. Nobody, if there is neither; that
 * nobody may do anything once auth is on is for the permissions to say.
 */
import type { AuthRefusal, Credentials } from '../../auth/index.js';
import { authReason, Reason, type Refusal } from '../../state-machine/index.js';
import { type ServerCall, Status, type StreamCall } from '../../transport/index.js';
import { type ApiContext, refuse } from './context.js';

const BEARER = 'Bearer ';

export function tokenOf(call: ServerCall): string | undefined {
  const token = call.metadata('token') ?? call.metadata('authorization');
  return token?.startsWith(BEARER) === true ? token.slice(BEARER.length) : token;
}

/**
 * Whom the call's certificate speaks for, as his rights are now. Not what comes by a gateway: there the certificate is the
 * gateway's (etcd's rule, and its mark).
 */
export function certifiedCaller(context: ApiContext, call: ServerCall): Credentials | undefined {
  const user = call.certifiedName;
  if (user === undefined || call.metadata('grpcgateway-accept') !== undefined) return undefined;
  return { user, revision: context.machine.auth.revision };
}

/** Goes on once the caller is known; a token that speaks for nobody ends the call. Without auth tokens do not count. */
export function identify(
  context: ApiContext,
  call: ServerCall,
  next: (who: Credentials | undefined) => void,
): void {
  if (!context.machine.auth.enabled) return next(undefined);
  const token = tokenOf(call);
  if (token === undefined) return next(certifiedCaller(context, call));
  context.logins.identify(token, (who) => {
    if (call.finished) return;
    if (who === undefined) refuse(call, Reason.INVALID_AUTH_TOKEN);
    else next(who);
  });
}

/** The caller, if that is known without waiting. Undefined says nothing: {@link identify} will. */
export function knownCaller(context: ApiContext, call: ServerCall): Credentials | undefined {
  const token = tokenOf(call);
  return token === undefined ? certifiedCaller(context, call) : context.logins.known(token);
}

/** What a method needs beside a well-formed request: nothing, somebody with a name, or root. */
export type Needed = 'nothing' | 'user' | 'root';

export function refusalOf(
  context: ApiContext,
  who: Credentials | undefined,
  needed: Needed,
): Refusal | undefined {
  const { permissions } = context.machine;
  if (needed === 'nothing') return undefined;
  return authReason(needed === 'user' ? permissions.anyUser(who) : permissions.admin(who));
}

const CODE_NAMES: Readonly<Record<number, string>> = {
  [Status.INVALID_ARGUMENT]: 'InvalidArgument',
  [Status.PERMISSION_DENIED]: 'PermissionDenied',
  [Status.UNAUTHENTICATED]: 'Unauthenticated',
};

/** Decides about a message of a stream whose token is known by now, see {@link whenTokenKnown}. */
export function deniedNow(
  context: ApiContext,
  call: ServerCall,
  ask: (who: Credentials | undefined) => AuthRefusal | undefined,
): Refusal | undefined {
  if (!context.machine.auth.enabled) return undefined;
  const token = tokenOf(call);
  const who = token === undefined ? certifiedCaller(context, call) : context.logins.known(token);
  if (token !== undefined && who === undefined) return Reason.INVALID_AUTH_TOKEN;
  return authReason(ask(who));
}

/** Why the caller may not watch, in the words of a Go error, which clients know; undefined if it may. */
export function watchDenied(
  context: ApiContext,
  call: ServerCall,
  key: Uint8Array,
  rangeEnd: Uint8Array,
): string | undefined {
  const { permissions } = context.machine;
  const refusal = deniedNow(context, call, (who) => permissions.range(who, { key, rangeEnd }));
  if (refusal === undefined) return undefined;
  return `rpc error: code = ${CODE_NAMES[refusal.code] ?? 'Unknown'} desc = ${refusal.message}`;
}

/**
 * Holds a stream's messages back until its token is known, which may take a moment on the member that sees it first; then
 * `open` takes the stream over, and gets them. A token that speaks for nobody is for each request to find out.
 */
export function whenTokenKnown(context: ApiContext, call: StreamCall, open: () => void): void {
  const token = context.machine.auth.enabled ? tokenOf(call) : undefined;
  if (token === undefined || context.logins.known(token) !== undefined) return open();
  const held: Uint8Array[] = [];
  let isCancelled = false;
  let isHalfClosed = false;
  call.onMessage = (message, start, end) => void held.push(message.slice(start, end));
  call.onHalfClose = () => {
    isHalfClosed = true;
  };
  call.onCancel = () => {
    isCancelled = true;
  };
  context.logins.identify(token, () => {
    if (isCancelled) return;
    open();
    for (const message of held) call.onMessage?.(message, 0, message.length);
    if (isHalfClosed) call.onHalfClose?.();
  });
}
