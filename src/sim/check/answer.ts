/** Real answers in the form in which the model gives them. */
import { EMPTY_BYTES } from '../../stdx/index.js';
import {
  CompactionResponse,
  DeleteRangeResponse,
  PutResponse,
  RangeResponse,
  type ResponseHeader,
  type ResponseOp,
  TxnResponse,
} from '../../wire/index.js';
import { Violation } from '../violation.js';
import type { KvRequest } from './model.js';

export interface ComparableAnswer {
  readonly revision: number;
  /** Encoded again, without headers. */
  readonly body: Uint8Array;
}

function withoutHeaders(op: ResponseOp): ResponseOp {
  const { responseRange, responsePut, responseDeleteRange, responseTxn } = op;
  if (responseRange !== undefined) return { ...op, responseRange: { ...responseRange, header: undefined } };
  if (responsePut !== undefined) return { ...op, responsePut: { ...responsePut, header: undefined } };
  if (responseDeleteRange !== undefined)
    return { ...op, responseDeleteRange: { ...responseDeleteRange, header: undefined } };
  if (responseTxn !== undefined) return { ...op, responseTxn: txnWithoutHeaders(responseTxn) };
  return op;
}

function txnWithoutHeaders(answer: TxnResponse): TxnResponse {
  return { ...answer, header: undefined, responses: answer.responses.map(withoutHeaders) };
}

function revisionOf(header: ResponseHeader | undefined): number {
  if (header === undefined) throw new Violation('an answer came without a header');
  return header.revision;
}

export function comparable(kind: KvRequest['kind'], bytes: Uint8Array): ComparableAnswer {
  switch (kind) {
    case 'range': {
      const answer = RangeResponse.decode(bytes);
      const body = RangeResponse.toBytes({ ...answer, header: undefined });
      return { revision: revisionOf(answer.header), body };
    }
    case 'put': {
      const answer = PutResponse.decode(bytes);
      return {
        revision: revisionOf(answer.header),
        body: PutResponse.toBytes({ ...answer, header: undefined }),
      };
    }
    case 'delete': {
      const answer = DeleteRangeResponse.decode(bytes);
      const body = DeleteRangeResponse.toBytes({ ...answer, header: undefined });
      return { revision: revisionOf(answer.header), body };
    }
    case 'txn': {
      const answer = TxnResponse.decode(bytes);
      return { revision: revisionOf(answer.header), body: TxnResponse.toBytes(txnWithoutHeaders(answer)) };
    }
    case 'compact':
      return { revision: revisionOf(CompactionResponse.decode(bytes).header), body: EMPTY_BYTES };
  }
}
