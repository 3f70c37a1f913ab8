/** What many cases begin with. */
import type { Conversation } from './conversation.js';
import type { Fields } from './rpc.js';

export const READ = 0;
export const WRITE = 1;
export const READWRITE = 2;
export const ROOT_PASSWORD = 'secret';

/** Puts keys one after the other, each with its own revision: `put(t, 'a=1', 'b=2')`. */
export async function put(t: Conversation, ...pairs: readonly string[]): Promise<void> {
  for (const pair of pairs) {
    const [key, value] = pair.split('=') as [string, string];
    await t.do('KV/Put', { key, value });
  }
}

export async function remove(t: Conversation, key: string, rangeEnd = ''): Promise<void> {
  await t.do('KV/DeleteRange', rangeEnd === '' ? { key } : { key, range_end: rangeEnd });
}

export async function grant(t: Conversation, id: number, ttl = 1000): Promise<void> {
  await t.do('Lease/LeaseGrant', { ID: id, TTL: ttl });
}

/** All that is in the store, as the last line of many cases. */
export async function list(t: Conversation): Promise<void> {
  await t.call('KV/Range', { key: '\0', range_end: '\0' });
}

export interface Users {
  /** Names and their roles; passwords are `password`. */
  readonly users?: Readonly<Record<string, readonly string[]>>;
  readonly roles?: Readonly<
    Record<string, readonly (readonly [type: number, key: string, rangeEnd?: string])[]>
  >;
}

/** Makes root, and whoever else is asked for, and switches auth on. Gives back root's token. */
export async function enableAuth(t: Conversation, { users = {}, roles = {} }: Users = {}): Promise<string> {
  await t.do('Auth/UserAdd', { name: 'root', password: ROOT_PASSWORD });
  await t.do('Auth/UserGrantRole', { user: 'root', role: 'root' });
  for (const [name, grants] of Object.entries(roles)) {
    await t.do('Auth/RoleAdd', { name });
    for (const [permType, key, rangeEnd] of grants) {
      const perm = { permType, key, ...(rangeEnd === undefined ? {} : { range_end: rangeEnd }) };
      await t.do('Auth/RoleGrantPermission', { name, perm });
    }
  }
  for (const [name, held] of Object.entries(users)) {
    await t.do('Auth/UserAdd', { name, password: 'password' });
    for (const role of held) await t.do('Auth/UserGrantRole', { user: name, role });
  }
  await t.do('Auth/AuthEnable');
  return login(t, 'root', ROOT_PASSWORD);
}

export async function login(t: Conversation, name: string, password = 'password'): Promise<string> {
  const { token } = await t.do('Auth/Authenticate', { name, password }, { token: '' });
  return token as string;
}

/** Switches auth off, if it is on. */
export async function disableAuth(t: Conversation): Promise<void> {
  const outcome = await t.attempt('Auth/Authenticate', { name: 'root', password: ROOT_PASSWORD });
  const token = outcome.answer?.['token'];
  if (token !== undefined) await t.do('Auth/AuthDisable', {}, { token: token as string });
}

export function headerOf(answer: Fields): Fields {
  return answer['header'] as Fields;
}
