import type { Waiter } from '../../server/index.js';
import type { ServerCall } from '../../transport/index.js';
import type { RequestKind } from '../../wire/index.js';
import type { ApiContext } from './context.js';
import { identify } from './credentials.js';

/** Proposes the request in `buf[start, end)` on behalf of the caller. What it may do is decided when it is applied. */
export function propose(
  context: ApiContext,
  call: ServerCall,
  kind: RequestKind,
  buf: Uint8Array,
  start: number,
  end: number,
  waiter: Waiter = call,
): void {
  const { member } = context;
  if (!context.machine.auth.enabled) return member.propose(kind, buf, start, end, waiter);
  identify(context, call, (who) => member.propose(kind, buf, start, end, waiter, who));
}
