/** Calls of clients, under the names that Go's gRPC monitoring library made common. */
import type { CallCounters, MethodCounters } from '../../transport/index.js';
import { RPC_METHODS, type RpcMethod } from '../../wire/index.js';
import type { Exposition, Labels } from './exposition.js';

/** Names of the status codes from 0 on, as that library spells them. */
const CODE_NAMES = [
  'OK',
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
];

const TYPE_NAMES: Readonly<Record<RpcMethod['kind'], string>> = {
  unary: 'unary',
  serverStream: 'server_stream',
  bidiStream: 'bidi_stream',
};

/** Services whose methods etcd shows only once they were called. */
const SHOWN_ONCE_USED = ['v3lockpb.Lock', 'v3electionpb.Election'];

interface MethodSeries {
  readonly labels: Labels;
  readonly counters: MethodCounters;
}

function labelsOf({ path, kind }: RpcMethod): Labels & { readonly grpc_service: string } {
  const [, service, method] = path.split('/') as [string, string, string];
  return { grpc_method: method, grpc_service: service, grpc_type: TYPE_NAMES[kind] };
}

export class CallMetrics {
  readonly #counters: CallCounters;
  readonly #always: readonly MethodSeries[];
  readonly #onceUsed: readonly MethodSeries[];

  /** `served`: the paths that the server answers. */
  constructor(counters: CallCounters, served: Iterable<string>) {
    this.#counters = counters;
    const paths = new Set(served);
    const always: MethodSeries[] = [];
    const onceUsed: MethodSeries[] = [];
    for (const method of RPC_METHODS) {
      if (!paths.has(method.path)) continue;
      const labels = labelsOf(method);
      const series = { labels, counters: counters.of(method.path) };
      (SHOWN_ONCE_USED.includes(labels.grpc_service) ? onceUsed : always).push(series);
    }
    this.#always = always;
    this.#onceUsed = onceUsed;
  }

  /** Streams of a method that are open. */
  openCount(path: string): number {
    const { started, handled } = this.#counters.of(path);
    return handled.reduce((left, ended) => left - ended, started);
  }

  write(out: Exposition): void {
    const methods = [...this.#always, ...this.#onceUsed.filter(({ counters }) => counters.started > 0)];
    const each = (value: (counters: MethodCounters) => number): [Labels, number][] =>
      methods.map(({ labels, counters }) => [labels, value(counters)]);
    out.series(
      'grpc_server_started_total',
      'counter',
      'Calls that the server has begun to answer.',
      each(({ started }) => started),
    );
    out.series(
      'grpc_server_msg_received_total',
      'counter',
      'Messages that came from callers.',
      each(({ received }) => received),
    );
    out.series(
      'grpc_server_msg_sent_total',
      'counter',
      'Messages that went to callers.',
      each(({ sent }) => sent),
    );
    out.series(
      'grpc_server_handled_total',
      'counter',
      'Calls that have ended, by status code.',
      methods.flatMap(({ labels, counters }) =>
        CODE_NAMES.map((code, at): [Labels, number] => [
          { grpc_code: code, ...labels },
          counters.handled[at]!,
        ]),
      ),
    );
    out.histograms(
      'grpc_server_handling_seconds',
      'How long calls took in the server, in seconds.',
      methods.flatMap(({ labels, counters: { handlingSeconds } }) =>
        handlingSeconds === undefined ? [] : [[labels, handlingSeconds]],
      ),
    );
    this.#writeBytes(out);
    out.series(
      'etcd_server_client_requests_total',
      'counter',
      'Calls by the API version that clients say they speak.',
      [...this.#counters.clients()].map(({ kind, version, count }) => [
        { client_api_version: version, type: kind },
        count,
      ]),
    );
  }

  #writeBytes(out: Exposition): void {
    let received = 0;
    let sent = 0;
    for (const [, counters] of this.#counters.methods()) {
      received += counters.receivedBytes;
      sent += counters.sentBytes;
    }
    out.counter(
      'etcd_network_client_grpc_received_bytes_total',
      'Bytes of the messages that came from clients.',
      received,
    );
    out.counter(
      'etcd_network_client_grpc_sent_bytes_total',
      'Bytes of the messages that went to clients.',
      sent,
    );
  }
}
