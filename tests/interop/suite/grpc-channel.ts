/** gRPC by @grpc/grpc-js and the files in `proto/`; the product's codecs have no part in it. */
import * as grpc from '@grpc/grpc-js';
import type { RpcMethod } from '../../../src/wire/index.js';
import { loadMethods } from '../../clients/methods.js';
import {
  ArrivalQueue,
  CALL_TIMEOUT_MS,
  type CallOptions,
  type Channel,
  type ChannelStream,
  type Outcome,
} from './channel.js';
import type { Fields } from './rpc.js';

const METHODS = loadMethods({ longs: String, enums: String, bytes: String, defaults: false });

const identity = (bytes: Buffer): Buffer => bytes;

export class GrpcChannel implements Channel {
  readonly #client: grpc.Client;

  constructor(endpoint: string, credentials: grpc.ChannelCredentials) {
    this.#client = new grpc.Client(endpoint, credentials, {
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': -1,
      // Each channel has a connection of its own, as separate programs would.
      'grpc.use_local_subchannel_pool': 1,
      'grpc.max_reconnect_backoff_ms': 200,
      'grpc.initial_reconnect_backoff_ms': 20,
      'grpc.enable_retries': 0,
    });
  }

  unary(method: RpcMethod, request: Fields, options: CallOptions): Promise<Outcome> {
    const { requestSerialize } = METHODS.get(method.path)!;
    return this.raw(method.path, requestSerialize(request), options);
  }

  /** A unary call with any bytes. */
  raw(path: string, body: Buffer, options: CallOptions): Promise<Outcome> {
    return new Promise((resolve) => {
      this.#client.makeUnaryRequest(
        path,
        identity,
        identity,
        body,
        metadataOf(options),
        { deadline: Date.now() + (options.timeoutMs ?? CALL_TIMEOUT_MS) },
        (error, answer) => {
          if (error !== null) resolve({ code: error.code, message: error.details });
          else resolve({ code: 0, message: '', answer: decoded(path, answer!) });
        },
      );
    });
  }

  stream(method: RpcMethod, request: Fields | undefined, options: CallOptions): ChannelStream {
    const { requestSerialize, responseDeserialize } = METHODS.get(method.path)!;
    const deadline = options.timeoutMs === undefined ? {} : { deadline: Date.now() + options.timeoutMs };
    const call = this.#client.makeBidiStreamRequest<object, object>(
      method.path,
      requestSerialize,
      responseDeserialize,
      metadataOf(options),
      deadline,
    );
    const queue = new ArrivalQueue();
    call.on('data', (answer: Fields) => queue.push({ answer }));
    call.on('error', () => {}); // The status event tells the same.
    call.on('status', ({ code, details }: grpc.StatusObject) =>
      queue.push({ end: { code, message: details } }),
    );
    if (request !== undefined) {
      call.write(request);
      call.end();
    }
    return {
      send: (message) => {
        call.write(message);
      },
      halfClose: () => call.end(),
      cancel: () => call.cancel(),
      next: (timeoutMs) => queue.next(timeoutMs),
    };
  }

  close(): void {
    this.#client.close();
  }
}

function decoded(path: string, bytes: Buffer): Fields {
  return METHODS.get(path)!.responseDeserialize(bytes) as Fields;
}

function metadataOf({ metadata }: CallOptions): grpc.Metadata {
  const out = new grpc.Metadata();
  for (const [key, value] of Object.entries(metadata ?? {})) out.set(key, value);
  return out;
}
