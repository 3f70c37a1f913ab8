/**
 * Watches everything from revision 1 on, in a thread of its own, and checks that revisions come without a gap and none
 * twice. Tells when it has reached a revision that it is asked for.
 */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { parseEndpoint } from '../src/bench/index.js';
import { connectForLoad } from '../src/cmd/bench-connect.js';
import { ByteReader } from '../src/stdx/index.js';
import { WatchCreateRequest, WatchRequest } from '../src/wire/index.js';
import { yieldProcessor } from './yield-processor.js';

export interface WatchedHistory {
  readonly events: number;
  readonly last: number;
  readonly faults: readonly string[];
  /** Since the watch was asked for. */
  readonly seconds: number;
}

interface Task {
  readonly endpoint: string;
  readonly upTo: number;
}

const FAULTS_KEPT = 5;

/** Resolves when revision `upTo` was seen. Each revision holds one event. */
export function watchHistory(endpoint: string, upTo: number): Promise<WatchedHistory> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { endpoint, upTo } satisfies Task });
    worker.once('message', (result: WatchedHistory) => resolve(result));
    worker.once('error', reject);
  });
}

const TAG_EVENTS = (11 << 3) | 2;
const TAG_KV = (2 << 3) | 2;
const TAG_MOD_REVISION = 3 << 3;

/**
 * The `events.kv.mod_revision` of a WatchResponse, in order. Nothing else of it is looked at: this thread shares the machine with
 * the server, whose watch is to be measured and not what a client does with it.
 */
function forEachRevision(
  message: Uint8Array,
  start: number,
  end: number,
  visit: (revision: number) => void,
): void {
  const response = new ByteReader(message, start, end);
  const event = new ByteReader();
  const kv = new ByteReader();
  while (!response.done) {
    const tag = response.tag();
    if (tag !== TAG_EVENTS) {
      response.skip(tag);
      continue;
    }
    enter(response, event);
    while (!event.done) {
      const eventTag = event.tag();
      if (eventTag !== TAG_KV) {
        event.skip(eventTag);
        continue;
      }
      enter(event, kv);
      while (!kv.done) {
        const kvTag = kv.tag();
        if (kvTag === TAG_MOD_REVISION) visit(kv.varint());
        else kv.skip(kvTag);
      }
    }
  }
}

/** Sets `inner` on the message that is next in `outer`, and `outer` behind it. */
function enter(outer: ByteReader, inner: ByteReader): void {
  const length = outer.length();
  inner.reset(outer.buf, outer.pos, outer.pos + length);
  outer.pos += length;
}

async function run({ endpoint, upTo }: Task): Promise<WatchedHistory> {
  const connection = await connectForLoad(parseEndpoint(endpoint)!);
  const beganMs = performance.now();
  let events = 0;
  let last = 1;
  const faults: string[] = [];
  await new Promise<void>((resolve) => {
    const stream = connection.stream('/etcdserverpb.Watch/Watch');
    stream.onStatus = (status, text) => {
      if (last >= upTo) return;
      faults.push(`ended: ${status} ${text}`);
      resolve();
    };
    stream.onMessage = (message, start, end) => {
      forEachRevision(message, start, end, (revision) => {
        events++;
        if (revision !== last + 1 && faults.length < FAULTS_KEPT)
          faults.push(`${revision} came after ${last}`);
        last = revision;
      });
      if (last >= upTo) resolve();
    };
    const createRequest = WatchCreateRequest.create({
      key: new Uint8Array(1),
      rangeEnd: new Uint8Array(1),
      startRevision: 1,
    });
    const request = WatchRequest.toBytes(WatchRequest.create({ createRequest }));
    stream.send(request, 0, request.length);
  });
  const seconds = (performance.now() - beganMs) / 1000;
  connection.close();
  return { events, last, faults, seconds };
}

if (!isMainThread) {
  yieldProcessor();
  parentPort!.postMessage(await run(workerData as Task));
}
