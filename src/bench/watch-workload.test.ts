import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMPTY_BYTES, toHex } from '../stdx/index.js';
import { Event, KeyValue, PutRequest, WatchRequest, WatchResponse } from '../wire/index.js';
import type { LoadConnection, LoadStream, UnaryDone } from './rpc.js';
import { runBench } from './run.js';

/** What goes wrong on purpose. */
interface Faults {
  /** Refuses every watch with this reason. */
  readonly refuse?: string;
  /** Ends all streams after so many events. */
  readonly endStreamsAfter?: number;
}

/** A store that only knows who watches which key; each put is answered and delivered in a later turn. */
class WatchServer {
  readonly watchers: { readonly key: string; readonly watchId: number; readonly stream: LoadStream }[] = [];
  puts = 0;
  #events = 0;
  readonly #faults: Faults;

  constructor(faults: Faults = {}) {
    this.#faults = faults;
  }

  readonly connect = (): Promise<LoadConnection> =>
    Promise.resolve({
      usable: true,
      unary: (_path, message, _metadata, onDone) => this.#put(PutRequest.decode(message.slice()), onDone),
      stream: () => this.#stream(),
      close: () => {},
    });

  #put({ key, value }: PutRequest, onDone: UnaryDone): void {
    this.puts++;
    setImmediate(() => {
      const event = Event.create({ kv: KeyValue.create({ key, value, modRevision: this.puts }) });
      for (const watcher of this.watchers) {
        if (watcher.key !== toHex(key)) continue;
        this.#send(watcher.stream, { watchId: watcher.watchId, events: [event] });
        if (++this.#events === this.#faults.endStreamsAfter) {
          const streams = new Set(this.watchers.splice(0).map(({ stream }) => stream));
          for (const stream of streams) stream.onStatus?.(14, 'server stopped');
        }
      }
      onDone(0, '', EMPTY_BYTES, 0, 0);
    });
  }

  #stream(): LoadStream {
    const stream: LoadStream = {
      onMessage: undefined,
      onStatus: undefined,
      cancel: () => {},
      send: (message, start, end) => {
        const { createRequest } = WatchRequest.decode(message.slice(start, end));
        setImmediate(() => {
          if (this.#faults.refuse !== undefined) {
            this.#send(stream, { created: true, canceled: true, cancelReason: this.#faults.refuse });
            return;
          }
          const watchId = this.watchers.length;
          this.watchers.push({ key: toHex(createRequest!.key), watchId, stream });
          this.#send(stream, { created: true, watchId });
        });
      },
    };
    return stream;
  }

  #send(stream: LoadStream, answer: Partial<WatchResponse>): void {
    const bytes = WatchResponse.toBytes(WatchResponse.create(answer));
    stream.onMessage?.(bytes, 0, bytes.length);
  }
}

interface WatchReport {
  readonly creation: { readonly requests: number };
  readonly puts: { readonly requests: number };
  readonly events: { readonly requests: number; readonly errors: Readonly<Record<string, number>> };
}

async function watch(
  server: WatchServer,
  flags: string,
): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await runBench(['watch', ...flags.split(' ')], {
    connect: server.connect,
    now: () => performance.now(),
    out: (text) => (out += text),
    err: (text) => (err += text),
    progress: { isTTY: false, write: () => {} },
  });
  return { code, out, err };
}

test('each watcher of a key gets each of its puts', async () => {
  const server = new WatchServer();
  const flags =
    '--streams 3 --watch-per-stream 4 --watched-key-total 5 --key-space-size 5 --sequential-keys --put-total 50 --json';
  const { code, out, err } = await watch(server, flags);
  assert.equal(code, 0, err);
  const report = JSON.parse(out) as WatchReport;
  assert.equal(server.watchers.length, 12);
  assert.equal(server.puts, 50);
  assert.equal(report.creation.requests, 12);
  assert.equal(report.puts.requests, 50);
  // 12 watchers on 5 keys: two keys have three watchers, three have two; ten puts to each key.
  assert.equal(report.events.requests, 10 * 12);
  assert.deepEqual(report.events.errors, {});
});

test('a refused watch ends the run with its reason', async () => {
  const { code, err } = await watch(
    new WatchServer({ refuse: 'etcdserver: permission denied' }),
    '--streams 2',
  );
  assert.equal(code, 1);
  assert.match(err, /watch refused: etcdserver: permission denied/);
});

test('streams that end make the run fail, with the events that are missing', async () => {
  const server = new WatchServer({ endStreamsAfter: 10 });
  const { code, out } = await watch(server, '--streams 2 --watch-per-stream 3 --put-total 20 --json');
  assert.equal(code, 1);
  const { errors, requests } = (JSON.parse(out) as WatchReport).events;
  assert.equal(requests, 10);
  assert.equal(errors['watch stream ended: server stopped'], 2);
  assert.equal(errors['event did not arrive'], 6 * 20 - 10);
});
