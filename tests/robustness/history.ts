/** The whole history of a store, read through a watch, and kept over crashes to be compared with what comes later. */
import { decode, encode, type Message, type RawClient, waitUntil } from '../harness/index.js';
import type { Change } from './writer.js';

/** Everything that one revision changed, in order. */
export interface Revision {
  readonly revision: number;
  readonly changes: readonly Change[];
}

const EVERYTHING = Buffer.from([0]);

/** The store's current revision, by a linearizable read. */
export async function currentRevision(client: RawClient): Promise<number> {
  const body = encode('RangeRequest', { key: Buffer.from('never') });
  const answer = await client.unary('/etcdserverpb.KV/Range', body);
  if (answer.code !== 0) throw new Error(`range: ${answer.code} ${answer.message}`);
  return Number((decode('RangeResponse', answer.body!)['header'] as Message)['revision']);
}

/** All keys with their values, and mod revisions. */
export async function readAll(
  client: RawClient,
): Promise<Map<string, { value: string; modRevision: number }>> {
  const body = encode('RangeRequest', { key: EVERYTHING, range_end: EVERYTHING });
  const answer = await client.unary('/etcdserverpb.KV/Range', body);
  if (answer.code !== 0) throw new Error(`range: ${answer.code} ${answer.message}`);
  const kvs = (decode('RangeResponse', answer.body!)['kvs'] ?? []) as Message[];
  return new Map(
    kvs.map((kv) => [
      String(kv['key']),
      {
        value: kv['value'] === undefined ? '' : String(kv['value']),
        modRevision: Number(kv['mod_revision']),
      },
    ]),
  );
}

/** Reads every revision in [from, to] through a watch that starts in the past. */
export async function readHistory(client: RawClient, from: number, to: number): Promise<Revision[]> {
  const revisions: { revision: number; changes: Change[] }[] = [];
  let fault: string | undefined;
  const stream = client.stream('/etcdserverpb.Watch/Watch', (body) => {
    const response = decode('WatchResponse', body);
    if (response['canceled'] === true) fault = `the watch was canceled: ${String(response['cancel_reason'])}`;
    for (const event of (response['events'] ?? []) as Message[]) {
      const kv = event['kv'] as Message;
      const revision = Number(kv['mod_revision']);
      const last = revisions.at(-1);
      const change = {
        key: String(kv['key']),
        value: event['type'] === 1 ? undefined : kv['value'] === undefined ? '' : String(kv['value']),
      };
      if (last?.revision === revision) last.changes.push(change);
      else revisions.push({ revision, changes: [change] });
    }
  });
  const create_request = { key: EVERYTHING, range_end: EVERYTHING, start_revision: from };
  stream.send(encode('WatchRequest', { create_request }));
  const done = (): boolean =>
    fault !== undefined || stream.ended !== undefined || (revisions.at(-1)?.revision ?? 0) >= to;
  const inTime = to < from || (await waitUntil(done, 60_000));
  stream.cancel();
  if (fault !== undefined) throw new Error(fault);
  if (!inTime || (to >= from && (revisions.at(-1)?.revision ?? 0) < to)) {
    throw new Error(`history from ${from} ends at ${revisions.at(-1)?.revision} instead of ${to}`);
  }
  return revisions;
}
