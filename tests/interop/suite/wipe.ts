/** Leaves a shared cluster as a case found it: no key, lease, alarm, user or role, and auth off. */
import type { Conversation } from './conversation.js';
import type { Fields } from './rpc.js';
import { disableAuth } from './steps.js';

const EVERYTHING = { key: '\0', range_end: '\0' };
const DEACTIVATE = 2;

export async function wipe(conversation: Conversation): Promise<void> {
  conversation.token = '';
  await disableAuth(conversation);
  const { alarms } = (await conversation.do('Maintenance/Alarm')) as { alarms?: Fields[] };
  for (const alarm of alarms ?? [])
    await conversation.do('Maintenance/Alarm', { ...alarm, action: DEACTIVATE });
  // The leases first: a lock that is still asked for goes with its lease.
  const { leases } = (await conversation.do('Lease/LeaseLeases')) as { leases?: Fields[] };
  for (const lease of leases ?? []) await conversation.attempt('Lease/LeaseRevoke', lease);
  await conversation.do('KV/DeleteRange', EVERYTHING);
  await removeUsers(conversation);
}

async function removeUsers(conversation: Conversation): Promise<void> {
  const { users } = (await conversation.do('Auth/UserList')) as { users?: string[] };
  for (const name of users ?? []) await conversation.do('Auth/UserDelete', { name });
  const { roles } = (await conversation.do('Auth/RoleList')) as { roles?: string[] };
  for (const role of roles ?? []) await conversation.do('Auth/RoleDelete', { role });
}
