/** What a response's header list or trailers mean to the client (gRPC over HTTP/2, "Responses"). */
import type { HeaderField } from '../http2/hpack-table.js';
import { percentDecode } from './percent.js';
import { isGrpcContentType } from './request-head.js';
import { Status } from './status.js';

export interface ResponseHead {
  /** -1 in trailers. */
  readonly httpStatus: number;
  readonly isGrpc: boolean;
  /** -1 if there is none. */
  readonly grpcStatus: number;
  readonly grpcMessage: string;
  readonly malformed: boolean;
}

const GRPC_STATUS_MAX = Status.UNAUTHENTICATED;

export function parseResponseHead(fields: readonly HeaderField[], overflowed: boolean): ResponseHead {
  let httpStatus = -1;
  let isGrpc = false;
  let grpcStatus = -1;
  let grpcMessage = '';
  let malformed = overflowed;
  for (const { name, value, valid } of fields) {
    if (!valid) malformed = true;
    if (name === ':status') httpStatus = Number.parseInt(value, 10);
    else if (name === 'content-type') isGrpc = isGrpcContentType(value);
    else if (name === 'grpc-status') grpcStatus = parseStatus(value);
    else if (name === 'grpc-message') grpcMessage = percentDecode(value);
    else if (name.startsWith(':')) malformed = true;
  }
  return { httpStatus, isGrpc, grpcStatus, grpcMessage, malformed };
}

/** A code we do not know is UNKNOWN. */
function parseStatus(value: string): number {
  const code = /^[0-9]{1,3}$/.test(value) ? Number(value) : Status.UNKNOWN;
  return code > GRPC_STATUS_MAX ? Status.UNKNOWN : code;
}

/** The status of an answer that has only an HTTP status ("HTTP to gRPC Status Code Mapping"). */
export function statusOfHttp(httpStatus: number): number {
  switch (httpStatus) {
    case 400:
      return Status.INTERNAL;
    case 401:
      return Status.UNAUTHENTICATED;
    case 403:
      return Status.PERMISSION_DENIED;
    case 404:
      return Status.UNIMPLEMENTED;
    case 429:
    case 502:
    case 503:
    case 504:
      return Status.UNAVAILABLE;
    default:
      return Status.UNKNOWN;
  }
}
