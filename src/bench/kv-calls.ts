/** Single calls with whole messages, for what surrounds a measured load: preparing it and checking its answers. */
import {
  CompactionRequest,
  CompactionResponse,
  type MessageType,
  PutRequest,
  PutResponse,
  RangeRequest,
  RangeResponse,
  StatusRequest,
  StatusResponse,
  TxnRequest,
  TxnResponse,
} from '../wire/index.js';
import { callUnary, type LoadConnection, type Metadata } from './rpc.js';

/** A method: its path and its messages. */
export interface Method<Q, A> {
  readonly path: string;
  readonly request: MessageType<Q>;
  readonly answer: MessageType<A>;
}

export const RANGE: Method<RangeRequest, RangeResponse> = {
  path: '/etcdserverpb.KV/Range',
  request: RangeRequest,
  answer: RangeResponse,
};

export const PUT: Method<PutRequest, PutResponse> = {
  path: '/etcdserverpb.KV/Put',
  request: PutRequest,
  answer: PutResponse,
};

export const TXN: Method<TxnRequest, TxnResponse> = {
  path: '/etcdserverpb.KV/Txn',
  request: TxnRequest,
  answer: TxnResponse,
};

export const COMPACT: Method<CompactionRequest, CompactionResponse> = {
  path: '/etcdserverpb.KV/Compact',
  request: CompactionRequest,
  answer: CompactionResponse,
};

export const STATUS: Method<StatusRequest, StatusResponse> = {
  path: '/etcdserverpb.Maintenance/Status',
  request: StatusRequest,
  answer: StatusResponse,
};

/** Fields not given are at their defaults. Rejects with CallError. */
export async function call<Q, A>(
  connection: LoadConnection,
  method: Method<Q, A>,
  request: Partial<Q>,
  metadata?: Metadata,
): Promise<A> {
  const bytes = method.request.toBytes(method.request.create(request));
  return method.answer.decode(await callUnary(connection, method.path, bytes, metadata));
}
