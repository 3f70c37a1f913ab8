/** A state machine on a store and a backend in memory, spoken to in messages: what the tests of this folder share. */
import assert from 'node:assert/strict';
import { Cluster } from '../membership/index.js';
import { Store } from '../mvcc/index.js';
import { type Entry, EntryKind } from '../raft/index.js';
import { ByteWriter, decodeLatin1, encodeUtf8 } from '../stdx/index.js';
import { MemoryBackend } from '../storage/index.js';
import {
  CompactionRequest,
  CompactionResponse,
  Compare,
  DeleteRangeRequest,
  DeleteRangeResponse,
  encodeReplicatedRequest,
  HeaderEncoder,
  KeyValue,
  type MessageType,
  PutRequest,
  PutResponse,
  RangeRequest,
  ReplicatedRequestView,
  RequestKind,
  RequestOp,
  TxnRequest,
  TxnResponse,
} from '../wire/index.js';
import { StateMachine } from './state-machine.js';

export const CLUSTER_ID = 77n;
export const MEMBER_ID = 0xf000_0000_0000_0001n;
export const TERM = 3;

export const bytes = (text: string): Uint8Array => encodeUtf8(text);

/** Texts instead of bytes for keys and values. */
type Texts<T> = { [K in keyof T]?: Uint8Array extends T[K] ? string : T[K] };

function fromTexts<T>(type: MessageType<T>, fields: Texts<T>): T {
  const converted = Object.entries(fields).map(([name, value]) => [
    name,
    typeof value === 'string' ? Uint8Array.from(value, (c) => c.charCodeAt(0)) : value,
  ]);
  return type.create(Object.fromEntries(converted) as Partial<T>);
}

export const put = (fields: Texts<PutRequest>): PutRequest => fromTexts(PutRequest, fields);
export const remove = (fields: Texts<DeleteRangeRequest>): DeleteRangeRequest =>
  fromTexts(DeleteRangeRequest, fields);
export const range = (fields: Texts<RangeRequest>): RangeRequest => fromTexts(RangeRequest, fields);

export const putOp = (fields: Texts<PutRequest>): RequestOp => RequestOp.create({ requestPut: put(fields) });
export const removeOp = (fields: Texts<DeleteRangeRequest>): RequestOp =>
  RequestOp.create({ requestDeleteRange: remove(fields) });
export const rangeOp = (fields: Texts<RangeRequest>): RequestOp =>
  RequestOp.create({ requestRange: range(fields) });
export const txnOp = (fields: Partial<TxnRequest>): RequestOp =>
  RequestOp.create({ requestTxn: TxnRequest.create(fields) });
export const compare = (fields: Texts<Compare>): Compare => fromTexts(Compare, fields);

/** What a reader cares about in a KeyValue. */
export function shown(kv: KeyValue): string {
  const { createRevision, modRevision, version } = kv;
  return `${decodeLatin1(kv.key)}=${decodeLatin1(kv.value)} ${createRevision}/${modRevision}/${version}`;
}

export class StateMachineFixture {
  readonly backend: MemoryBackend;
  readonly store: Store;
  readonly cluster = new Cluster();
  readonly machine: StateMachine;
  readonly #out = new ByteWriter();

  constructor(backend = new MemoryBackend()) {
    this.backend = backend;
    this.store = new Store(backend);
    this.store.restore();
    this.machine = new StateMachine(this.store, this.cluster, new HeaderEncoder(CLUSTER_ID, MEMBER_ID));
    this.machine.restore(backend);
  }

  entry(data: Uint8Array): Entry {
    return { index: this.machine.appliedIndex + 1, term: TERM, kind: EntryKind.NORMAL, data };
  }

  /** The answer's bytes, or the reason of the refusal. */
  applyBytes(kind: RequestKind, body: Uint8Array, wanted = true): Uint8Array | string {
    const data = encodeReplicatedRequest(kind, 1, undefined, body, 0, body.length);
    const request = new ReplicatedRequestView();
    request.decode(data, 0, data.length);
    this.#out.reset();
    const refusal = this.machine.apply(this.entry(data), request, wanted ? this.#out : undefined);
    if (refusal === undefined) return this.#out.buf.slice(0, this.#out.len);
    assert.equal(this.#out.len, 0, 'nothing is written on a refusal');
    return refusal.message;
  }

  /** Applies; the answer must be exactly what the table-driven codec makes of it. */
  #apply<T>(kind: RequestKind, body: Uint8Array, type: MessageType<T>): T | string {
    const answer = this.applyBytes(kind, body);
    if (typeof answer === 'string') return answer;
    const decoded = type.decode(answer);
    assert.deepEqual(answer, type.toBytes(decoded));
    return decoded;
  }

  put(fields: Texts<PutRequest>): PutResponse | string {
    return this.#apply(RequestKind.PUT, PutRequest.toBytes(put(fields)), PutResponse);
  }

  remove(fields: Texts<DeleteRangeRequest>): DeleteRangeResponse | string {
    const body = DeleteRangeRequest.toBytes(remove(fields));
    return this.#apply(RequestKind.DELETE_RANGE, body, DeleteRangeResponse);
  }

  txn(fields: Partial<TxnRequest>): TxnResponse | string {
    return this.#apply(RequestKind.TXN, TxnRequest.toBytes(TxnRequest.create(fields)), TxnResponse);
  }

  compact(revision: number): CompactionResponse | string {
    const body = CompactionRequest.toBytes({ revision, physical: false });
    return this.#apply(RequestKind.COMPACTION, body, CompactionResponse);
  }

  /** The live keys, as {@link shown}. */
  all(): string[] {
    const found: string[] = [];
    const key = Uint8Array.of(0);
    this.store.forEachInRange(key, 0, 1, key, 0, 1, (kv) => {
      found.push(shown(KeyValue.decode(kv.buf, kv.start, kv.end)));
      return true;
    });
    return found;
  }
}

export function accepted<T>(answer: T | string): T {
  if (typeof answer === 'string') assert.fail(`refused: ${answer}`);
  return answer;
}
