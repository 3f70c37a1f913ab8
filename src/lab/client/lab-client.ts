/** The clients of a run: each operation is one call to one member, as a program would make it. */
import type { SimHost } from '../../sim/index.js';
import { Violation } from '../../sim/index.js';
import { encodeUtf8 } from '../../stdx/index.js';
import {
  CompactionRequest,
  CompactionResponse,
  Compare,
  CompareResult,
  CompareTarget,
  DeleteRangeRequest,
  DeleteRangeResponse,
  PutRequest,
  PutResponse,
  RangeRequest,
  RangeResponse,
  RequestOp,
  type ResponseHeader,
  TxnRequest,
  TxnResponse,
} from '../../wire/index.js';
import { OPERATIONS_MAX } from '../limits.js';
import { shownText } from '../view/text.js';
import { Consistency, type Floor } from './consistency.js';
import type { Moment, OpenOperation, OperationRequest } from './open-operation.js';
import type { OperationLog } from './operation-log.js';

const PATHS = {
  put: '/etcdserverpb.KV/Put',
  delete: '/etcdserverpb.KV/DeleteRange',
  'compare-and-put': '/etcdserverpb.KV/Txn',
  read: '/etcdserverpb.KV/Range',
  'serializable-read': '/etcdserverpb.KV/Range',
  compact: '/etcdserverpb.KV/Compact',
} as const;

export interface LabClientParts {
  readonly log: OperationLog;
  readonly now: () => Moment;
  /** Takes answers into the fingerprint of the run. */
  readonly hashBytes: (bytes: Uint8Array) => void;
  readonly fail: (error: Error) => void;
}

/** What an answer says. */
interface Reading {
  readonly header: ResponseHeader | undefined;
  readonly text: string;
  /** Of the key that was read. */
  readonly modRevision: number;
  readonly isChange: boolean;
}

export class LabClient {
  readonly #parts: LabClientParts;
  readonly #consistency = new Consistency();

  constructor(parts: LabClientParts) {
    this.#parts = parts;
  }

  /** `expected`: what a compare-and-put compares with. */
  call(host: SimHost, request: OperationRequest, expected = ''): void {
    const { log, now, hashBytes, fail } = this.#parts;
    if (log.all.length >= OPERATIONS_MAX) return;
    const body = encode(request, expected, host);
    const operation = log.begin(request, body);
    const settle = (status: 'answered' | 'refused' | 'lost', result: string): void => {
      operation.end(status, result, now());
      log.ended(operation);
    };
    if (host.state !== 'up') return settle('refused', 'unavailable');
    const floor = this.#consistency.floorOf(request.key);
    if (request.kind === 'delete') this.#consistency.noteDeletion(request.key);
    operation.reach('received', now());
    let answer: Uint8Array | undefined;
    host.call(PATHS[request.kind], body, {
      message: (bytes) => {
        hashBytes(bytes);
        answer = bytes;
        return true;
      },
      end: (code, message) => {
        if (code !== 0) return settle('refused', message);
        try {
          const reading = read(request, answer!);
          settle('answered', reading.text);
          this.#judge(operation, reading, floor);
        } catch (error) {
          fail(error as Error);
        }
      },
      lost: () => settle('lost', ''),
    });
  }

  #judge(operation: OpenOperation, reading: Reading, floor: Floor): void {
    const { kind, key, via } = operation.request;
    const revision = reading.header?.revision ?? 0;
    operation.revision = revision;
    if (reading.isChange) return this.#consistency.changed(key, revision, kind === 'delete', floor);
    if (!operation.isRead) return this.#consistency.seen(revision);
    const { modRevision } = reading;
    const staleness = this.#consistency.staleness(key, { modRevision, revision }, floor);
    operation.stale = staleness !== undefined;
    if (kind === 'serializable-read') return;
    this.#consistency.seen(revision);
    if (staleness !== undefined)
      throw new Violation(staleness, { rule: 'linearizability', members: [`m${via}`] });
  }
}

function encode({ kind, key, value }: OperationRequest, expected: string, host: SimHost): Uint8Array {
  const keyBytes = encodeUtf8(key);
  switch (kind) {
    case 'put':
      return PutRequest.toBytes(PutRequest.create({ key: keyBytes, value: encodeUtf8(value) }));
    case 'delete':
      return DeleteRangeRequest.toBytes(DeleteRangeRequest.create({ key: keyBytes }));
    case 'read':
    case 'serializable-read':
      return RangeRequest.toBytes(
        RangeRequest.create({ key: keyBytes, serializable: kind === 'serializable-read' }),
      );
    case 'compact':
      return CompactionRequest.toBytes(
        CompactionRequest.create({ revision: host.process?.store.revision ?? 1 }),
      );
    case 'compare-and-put': {
      const where = { key: keyBytes, result: CompareResult.EQUAL };
      // An absent key has no value that could be compared, but version 0.
      const compare = Compare.create(
        expected === ''
          ? { ...where, target: CompareTarget.VERSION, version: 0 }
          : { ...where, target: CompareTarget.VALUE, value: encodeUtf8(expected) },
      );
      const requestPut = PutRequest.create({ key: keyBytes, value: encodeUtf8(value) });
      const success = [RequestOp.create({ requestPut })];
      return TxnRequest.toBytes(TxnRequest.create({ compare: [compare], success }));
    }
  }
}

function read({ kind }: OperationRequest, answer: Uint8Array): Reading {
  switch (kind) {
    case 'put':
      return { header: PutResponse.decode(answer).header, text: 'ok', modRevision: 0, isChange: true };
    case 'delete': {
      const { header, deleted } = DeleteRangeResponse.decode(answer);
      return { header, text: `${deleted}`, modRevision: 0, isChange: deleted > 0 };
    }
    case 'compact':
      return {
        header: CompactionResponse.decode(answer).header,
        text: 'ok',
        modRevision: 0,
        isChange: false,
      };
    case 'compare-and-put': {
      const { header, succeeded } = TxnResponse.decode(answer);
      return { header, text: succeeded ? 'ok' : 'differs', modRevision: 0, isChange: succeeded };
    }
    default: {
      const { header, kvs } = RangeResponse.decode(answer);
      const kv = kvs[0];
      const text = kv === undefined ? '(none)' : shownText(kv.value);
      return { header, text, modRevision: kv?.modRevision ?? 0, isChange: false };
    }
  }
}
