/** The test of the storage quota, before anything else is asked of a request that adds to the store. */
import { Reason } from '../../state-machine/index.js';
import type { ServerCall } from '../../transport/index.js';
import { type ApiContext, refuse } from './context.js';

/** Whether the request fits. If not, the call is refused, once the alarm is raised: who asks for alarms then, sees it. */
export function withinQuota(context: ApiContext, call: ServerCall, costBytes: number): boolean {
  const { guard } = context.member;
  if (guard.quota.hasRoomFor(costBytes)) return true;
  guard.raiseNoSpace(() => {
    if (!call.finished) refuse(call, Reason.NO_SPACE);
  });
  return false;
}
