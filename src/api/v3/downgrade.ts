/** Maintenance.Downgrade: whether the cluster may go back by one minor version, that it will, and that it will not. */
import { Reason, type Refusal } from '../../state-machine/index.js';
import type { MethodHandler, ServerCall } from '../../transport/index.js';
import {
  DowngradeAction,
  DowngradeRequest,
  DowngradeResponse,
  DowngradeTarget,
  RequestKind,
  type ResponseHeader,
} from '../../wire/index.js';
import { type ApiContext, refuse } from './context.js';
import { replyWith, unaryMethod } from './unary.js';

/** `X.Y` or `X.Y.Z`, as semantic versions are written. */
const VERSION = /^(0|[1-9]\d*)\.(0|[1-9]\d*)(\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?)?$/;

/** The minor version that a text names, or undefined if it is none. */
function minorOf(text: string): { readonly major: number; readonly minor: number } | undefined {
  const match = VERSION.exec(text);
  return match === null ? undefined : { major: Number(match[1]), minor: Number(match[2]) };
}

/** Why the cluster may not go to this version: only the minor version before its own will do. */
function invalid({ machine, options }: ApiContext, version: string): Refusal | undefined {
  const target = minorOf(version);
  if (target === undefined) return Reason.DOWNGRADE_BAD_FORMAT;
  const own = minorOf(options.version);
  if (own === undefined || target.major !== own.major || target.minor !== own.minor - 1) {
    return Reason.DOWNGRADE_BAD_TARGET;
  }
  return machine.downgrade.target.enabled ? Reason.DOWNGRADE_IN_PROGRESS : undefined;
}

export function downgradeMethod(context: ApiContext, header: () => ResponseHeader): MethodHandler {
  const { member } = context;
  const own = minorOf(context.options.version);
  const succeed = (call: ServerCall): void => {
    const version = own === undefined ? '' : `${own.major}.${own.minor}`;
    replyWith(context, call, DowngradeResponse, { header: header(), version });
  };
  const replicate = (call: ServerCall, target: DowngradeTarget): void => {
    const body = DowngradeTarget.toBytes(target);
    member.propose(RequestKind.DOWNGRADE_TARGET, body, 0, body.length, {
      reply: () => succeed(call),
      finish: (code, message) => call.finish(code, message),
    });
  };
  const decide = (call: ServerCall, { action, version }: DowngradeRequest): void =>
    member.readBarrier((unread) => {
      if (call.finished) return;
      const isCancel = action === DowngradeAction.CANCEL;
      const refusal = unread ?? (isCancel ? undefined : invalid(context, version));
      if (refusal !== undefined) return refuse(call, refusal);
      if (action === DowngradeAction.VALIDATE) return succeed(call);
      if (!isCancel) {
        const { major, minor } = minorOf(version)!;
        return replicate(call, { enabled: true, version: `${major}.${minor}.0` });
      }
      if (context.machine.downgrade.target.enabled) replicate(call, { enabled: false, version: '' });
      else succeed(call);
    });
  const handle = (call: ServerCall, request: DowngradeRequest): void => {
    const known = Object.values(DowngradeAction) as number[];
    if (known.includes(request.action)) decide(call, request);
    else refuse(call, Reason.UNKNOWN_METHOD);
  };
  return unaryMethod(context, DowngradeRequest, handle, { needs: 'root' });
}
