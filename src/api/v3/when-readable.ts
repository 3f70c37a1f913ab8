/** What comes before a read: the local state must be new enough, and the caller known. */
import type { Credentials } from '../../auth/index.js';
import type { ServerCall } from '../../transport/index.js';
import { type ApiContext, refuse } from './context.js';
import { identify } from './credentials.js';

/** Goes on when the local state may be read, and the caller is known. */
export function whenReadable(
  context: ApiContext,
  call: ServerCall,
  serializable: boolean,
  next: (who: Credentials | undefined) => void,
): void {
  if (serializable) return identify(context, call, next);
  context.member.readBarrier((unread) => {
    if (call.finished) return;
    if (unread !== undefined) refuse(call, unread);
    else identify(context, call, next);
  });
}
