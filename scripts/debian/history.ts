/** All versions of one package, read in two ways that must agree: back through old revisions, and forth by a watch. */
import { call, type LoadConnection, RANGE } from '../../src/bench/index.js';
import { equalBytes } from '../../src/stdx/index.js';
import { type KeyValue, WatchCreateRequest, WatchRequest, WatchResponse } from '../../src/wire/index.js';
import { keyOf } from './stanzas.js';

const WATCH_PATH = '/etcdserverpb.Watch/Watch';
const WATCH_TIMEOUT_MS = 30_000;

/** Oldest first. Throws if the two ways differ or a version is missing, e.g. because it was compacted away. */
export async function historyOf(connection: LoadConnection, name: string): Promise<readonly KeyValue[]> {
  const key = keyOf(name);
  const { kvs } = await call(connection, RANGE, { key });
  const newest = kvs[0];
  if (newest === undefined) throw new Error(`there is no package ${name}`);
  const byRange: KeyValue[] = [newest];
  while (byRange[0]!.version > 1) {
    const { kvs: older } = await call(connection, RANGE, { key, revision: byRange[0]!.modRevision - 1 });
    if (older.length !== 1) throw new Error(`version ${byRange[0]!.version - 1} of ${name} is missing`);
    byRange.unshift(older[0]!);
  }
  const byWatch = await watchVersions(connection, key, newest);
  const same =
    byWatch.length === byRange.length &&
    byWatch.every((kv, i) => {
      const other = byRange[i]!;
      return (
        kv.modRevision === other.modRevision && kv.version === i + 1 && equalBytes(kv.value, other.value)
      );
    });
  if (!same)
    throw new Error(`ranges show ${byRange.length} versions of ${name}, the watch ${byWatch.length} others`);
  return byRange;
}

/** The key's events from its creation to the newest version. */
function watchVersions(
  connection: LoadConnection,
  key: Uint8Array,
  newest: KeyValue,
): Promise<readonly KeyValue[]> {
  return new Promise((resolve, reject) => {
    const versions: KeyValue[] = [];
    const stream = connection.stream(WATCH_PATH);
    const timer = setTimeout(() => end(new Error('the watch is silent')), WATCH_TIMEOUT_MS);
    const end = (error?: Error): void => {
      clearTimeout(timer);
      stream.onStatus = undefined;
      stream.cancel();
      if (error === undefined) resolve(versions);
      else reject(error);
    };
    stream.onStatus = (_, message) => end(new Error(`the watch ended: ${message}`));
    stream.onMessage = (buf, start, stop) => {
      const answer = WatchResponse.decode(buf.slice(start, stop));
      if (answer.canceled) {
        const compacted = answer.compactRevision > 0 ? `, compacted up to ${answer.compactRevision}` : '';
        end(new Error(`the watch was refused: ${answer.cancelReason}${compacted}`));
        return;
      }
      for (const { kv } of answer.events) if (kv !== undefined) versions.push(kv);
      if ((versions.at(-1)?.modRevision ?? 0) >= newest.modRevision) end();
    };
    const createRequest = WatchCreateRequest.create({ key, startRevision: newest.createRevision });
    const request = WatchRequest.toBytes(WatchRequest.create({ createRequest }));
    stream.send(request, 0, request.length);
  });
}
