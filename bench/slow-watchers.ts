/**
 * Watchers that hardly read: each a connection of its own with one Watch stream, from which the system gives a byte a
 * second. What has arrived stays in the system's buffers, as with a client that hangs. They have a thread of their own, as
 * they would be programs of their own: to read a thousand bytes from a thousand sockets must not look like a slow put.
 */
import { connect, type Socket } from 'node:net';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { encodeUtf8 } from '../src/stdx/index.js';
import { WatchCreateRequest, WatchRequest } from '../src/wire/index.js';
import { yieldProcessor } from './yield-processor.js';

function header(name: string, value: string): Uint8Array {
  // A literal that is not indexed (RFC 7541, section 6.2.2); both lengths are below 127.
  return Buffer.concat([
    Buffer.of(0, name.length),
    Buffer.from(name),
    Buffer.of(value.length),
    Buffer.from(value),
  ]);
}

function frame(type: number, flags: number, streamId: number, payload: Uint8Array): Uint8Array {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

/**
 * What a client sends to begin a watch of the keys from `from` to `to`. Its windows are the protocol's 65,535 bytes, which
 * are also those of grpc-go.
 */
function openingBytes(from: string, to: string): Uint8Array {
  const headers = Buffer.concat([
    header(':method', 'POST'),
    header(':scheme', 'http'),
    header(':path', '/etcdserverpb.Watch/Watch'),
    header(':authority', 'bench'),
    header('content-type', 'application/grpc'),
    header('te', 'trailers'),
  ]);
  const createRequest = WatchCreateRequest.create({ key: encodeUtf8(from), rangeEnd: encodeUtf8(to) });
  const request = WatchRequest.toBytes(WatchRequest.create({ createRequest }));
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(request.length, 1);
  return Buffer.concat([
    Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
    frame(4, 0, 0, Buffer.alloc(0)),
    frame(1, 4, 1, headers),
    frame(0, 0, 1, Buffer.concat([prefix, request])),
  ]);
}

interface Task {
  readonly port: number;
  readonly count: number;
  readonly from: string;
  readonly to: string;
}

export interface SlowlyRead {
  readonly bytesRead: number;
  /** Connections that ended before their time. */
  readonly lost: number;
}

export class SlowWatchers {
  readonly #worker: Worker;

  private constructor(worker: Worker) {
    this.#worker = worker;
  }

  /** Connects `count` of them to a port of this machine; resolves when all have sent their request. */
  static open(port: number, count: number, from: string, to: string): Promise<SlowWatchers> {
    const task: Task = { port, count, from, to };
    const worker = new Worker(new URL(import.meta.url), { workerData: { slowWatchers: task } });
    return new Promise((resolve, reject) => {
      worker.once('message', () => resolve(new SlowWatchers(worker)));
      worker.once('error', reject);
    });
  }

  /** Closes all connections. Resolves with what was read until then. */
  close(): Promise<SlowlyRead> {
    return new Promise((resolve, reject) => {
      this.#worker.once('message', (read: SlowlyRead) => resolve(read));
      this.#worker.once('error', reject);
      this.#worker.postMessage('close');
    });
  }
}

class Sockets {
  readonly #sockets: Socket[] = [];
  bytesRead = 0;
  lost = 0;

  add(port: number, opening: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      const byte = Buffer.alloc(1);
      const socket = connect({
        host: '127.0.0.1',
        port,
        onread: {
          buffer: byte,
          // False: reads no more until the next second.
          callback: () => {
            this.bytesRead++;
            socket.pause();
            return false;
          },
        },
      });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        socket.on('error', () => {});
        socket.on('close', () => this.lost++);
        socket.pause();
        socket.write(opening, () => resolve());
      });
      this.#sockets.push(socket);
    });
  }

  /** Each may read a byte. */
  resume(): void {
    for (const socket of this.#sockets) socket.resume();
  }

  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

async function run({ port, count, from, to }: Task): Promise<void> {
  const sockets = new Sockets();
  const opening = openingBytes(from, to);
  for (let i = 0; i < count; i++) await sockets.add(port, opening);
  const timer = setInterval(() => sockets.resume(), 1000);
  parentPort!.once('message', () => {
    clearInterval(timer);
    const { bytesRead, lost } = sockets;
    sockets.destroy();
    parentPort!.postMessage({ bytesRead, lost } satisfies SlowlyRead);
  });
  parentPort!.postMessage('open');
}

const { slowWatchers } = (workerData ?? {}) as { slowWatchers?: Task };
if (!isMainThread && slowWatchers !== undefined) {
  yieldProcessor();
  await run(slowWatchers);
}
