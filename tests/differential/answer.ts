/** Answers made comparable: everything that must be equal stays, the ids of cluster, member and term go. */
import { decode, type Message, render, renderBytes, type UnaryAnswer, type Value } from '../harness/index.js';
import { LEASE_TIME_TO_LIVE } from './generate.js';
import type { UnaryOperation } from './operation.js';

export interface ComparableAnswer {
  readonly code: number;
  readonly message: string;
  /** The decoded response without ids; undefined when refused or of unknown shape. */
  readonly response: Message | undefined;
  /** All of it as one line; equal texts mean equal answers. */
  readonly text: string;
}

export function comparable(operation: UnaryOperation, answer: UnaryAnswer): ComparableAnswer {
  const { code, message, body } = answer;
  if (body === undefined)
    return { code, message, response: undefined, text: `code ${code} ${JSON.stringify(message)}` };
  if (operation.responseType === undefined) {
    return { code, message, response: undefined, text: `OK ${renderBytes(body)}` };
  }
  try {
    const decoded = withoutIds(decode(operation.responseType, body));
    const response = operation.path === LEASE_TIME_TO_LIVE.path ? withoutTime(decoded) : decoded;
    return { code, message, response, text: `OK ${render(response, true)}` };
  } catch (error) {
    return {
      code,
      message,
      response: undefined,
      text: `OK, but undecodable (${error}): ${renderBytes(body)}`,
    };
  }
}

/**
 * A time to live as far as it can be equal: whether there is any left (each side counts for itself), and the keys, which
 * etcd gives in no order.
 */
function withoutTime(message: Message): Message {
  const { TTL: ttl, keys, ...rest } = message;
  const sorted = ((keys ?? []) as readonly Uint8Array[]).map((key) => renderBytes(key)).sort();
  return { ...rest, TTL: Number(ttl) > 0, keys: sorted };
}

const ID_FIELDS: ReadonlySet<string> = new Set(['cluster_id', 'member_id', 'raft_term']);

/**
 * The message with the ids of every header replaced by whether they are there: an id that is missing on one side is a
 * difference, the number is not.
 */
export function withoutIds(message: Message): Message {
  const out: Record<string, Value> = {};
  for (const [name, value] of Object.entries(message)) {
    if (value === undefined) continue;
    if (ID_FIELDS.has(name)) out[name] = value !== 0;
    else if (Array.isArray(value))
      out[name] = value.map((item) => (isMessage(item) ? withoutIds(item) : item)) as Value;
    else out[name] = isMessage(value) ? withoutIds(value) : value;
  }
  return out;
}

function isMessage(value: unknown): value is Message {
  return (
    typeof value === 'object' && value !== null && !(value instanceof Uint8Array) && !Array.isArray(value)
  );
}

/** The store revision that an answer tells, if any. */
export function headerRevision(answer: ComparableAnswer): number | undefined {
  const header = answer.response?.['header'] as Message | undefined;
  const revision = header?.['revision'];
  return typeof revision === 'number' ? revision : undefined;
}
