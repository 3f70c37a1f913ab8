/**
 * A server that answers every range and put at once with the same bytes: what is measured against it is the load
 * generator (and the transport), not a store.
 *
 * usage: node dist/bench/responder.js PORT
 */
import { gunzipSync } from 'node:zlib';
import { PUT_PATH, RANGE_PATH } from '../src/bench/index.js';
import { systemClock } from '../src/node/clock.js';
import { listenClient } from '../src/node/listener.js';
import { encodeUtf8 } from '../src/stdx/index.js';
import {
  FlushQueue,
  RECV_MESSAGE_BYTES_DEFAULT,
  ServerConnection,
  type ServiceTable,
  type UnaryHandler,
} from '../src/transport/index.js';
import { KeyValue, PutResponse, RangeResponse, ResponseHeader } from '../src/wire/index.js';

const header = ResponseHeader.create({ clusterId: 1n << 63n, memberId: 1n << 62n, revision: 2, raftTerm: 2 });
const kv = KeyValue.create({
  key: encodeUtf8('YOUR_KEY'),
  value: new Uint8Array(256).fill(0x76),
  createRevision: 2,
  modRevision: 2,
  version: 1,
});

function answering(answer: Uint8Array): { readonly kind: 'unary'; readonly handle: UnaryHandler } {
  return { kind: 'unary', handle: (call) => call.reply(answer, 0, answer.length) };
}

const services: ServiceTable = new Map([
  [RANGE_PATH, answering(RangeResponse.toBytes(RangeResponse.create({ header, kvs: [kv], count: 1 })))],
  [PUT_PATH, answering(PutResponse.toBytes(PutResponse.create({ header })))],
]);

const flushQueue = new FlushQueue(systemClock);
const { port } = await listenClient(
  { host: '127.0.0.1', port: Number(process.argv[2] ?? 0) },
  {
    onHttp1: (socket) => socket.destroy(),
    onHttp2: (stream) => {
      new ServerConnection(stream, {
        services,
        clock: systemClock,
        flushQueue,
        maxRecvMessageBytes: RECV_MESSAGE_BYTES_DEFAULT,
        maxConcurrentStreams: 0xffffffff,
        keepalive: { minTimeMs: 5000, permitWithoutStream: false, intervalMs: 0, timeoutMs: 20_000 },
        gunzip: (bytes, maxBytes) => {
          try {
            return gunzipSync(bytes, { maxOutputLength: maxBytes + 1 });
          } catch {
            return undefined;
          }
        },
      });
    },
  },
);
console.log(`127.0.0.1:${port}`);
