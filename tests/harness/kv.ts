/** The few calls that most tests need, on text keys, each failing loudly unless it succeeds. */
import { decode, encode, type Message } from './proto-codec.js';
import type { RawClient, UnaryAnswer } from './raw-client.js';

const KV = '/etcdserverpb.KV';

/** Calls a method and decodes its answer; throws on any status but OK. */
export async function call(
  client: RawClient,
  method: string,
  type: string,
  request: Message,
): Promise<Record<string, Message[string]>> {
  const answer = await client.unary(`${KV}/${method}`, encode(`${type}Request`, request));
  if (answer.code !== 0) throw new Error(`${method}: code ${answer.code} ${answer.message}`);
  return decode(`${type}Response`, answer.body!);
}

/** Puts and gives back the new revision. */
export async function put(client: RawClient, key: string, value: string | Uint8Array): Promise<number> {
  const answer = await call(client, 'Put', 'Put', { key: Buffer.from(key), value: Buffer.from(value) });
  return revisionOf(answer);
}

/** The value at the present or at an old revision; undefined if there is none. */
export async function get(client: RawClient, key: string, revision = 0): Promise<string | undefined> {
  const answer = await call(client, 'Range', 'Range', { key: Buffer.from(key), revision });
  const [kv] = (answer['kvs'] ?? []) as Message[];
  if (kv === undefined) return undefined;
  return kv['value'] === undefined ? '' : String(kv['value']);
}

export async function remove(client: RawClient, key: string): Promise<number> {
  return revisionOf(await call(client, 'DeleteRange', 'DeleteRange', { key: Buffer.from(key) }));
}

export async function revisionNow(client: RawClient): Promise<number> {
  return revisionOf(await call(client, 'Range', 'Range', { key: Buffer.from('?') }));
}

export function revisionOf(answer: Message): number {
  return Number((answer['header'] as Message)['revision']);
}

/** Code and message of a call that may fail. */
export async function outcome(
  client: RawClient,
  method: string,
  type: string,
  request: Message,
): Promise<string> {
  const answer: UnaryAnswer = await client.unary(`${KV}/${method}`, encode(`${type}Request`, request));
  return answer.code === 0 ? 'OK' : `${answer.code} ${answer.message}`;
}
