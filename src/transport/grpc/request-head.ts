/**
 * What a request's header list means to the server: which handler, which deadline, or why not (RFC 9113, section 8.3;
 * gRPC over HTTP/2, "Requests"; refusals as grpc-go words them).
 */
import { ErrorCode } from '../http2/frame.js';
import type { HeaderField } from '../http2/hpack-table.js';
import type { MethodHandler, ServiceTable } from './call.js';
import type { CallCounters, ClientCounter, MethodCounters } from './call-counters.js';
import { TIMEOUT_MS_MIN } from './limits.js';
import { badBase64At, base64Decode, findMetadata, isBinaryKey } from './metadata.js';
import { Status } from './status.js';
import { parseTimeout } from './timeout.js';

export const PLAIN_CONTENT_TYPE = 'application/grpc';

/** An answer in place of a call. */
export interface Refusal {
  readonly httpStatus: number;
  readonly code: number;
  readonly message: string;
}

export interface RequestHead {
  readonly path: string;
  /** No gRPC, where such is answered, too. */
  readonly isHttp: boolean;
  /** Undefined exactly when there is a refusal or an error code, or it is no gRPC. */
  readonly handler: MethodHandler | undefined;
  readonly timeoutMs: number;
  /** `grpc-encoding`; empty for none. */
  readonly encoding: string;
  /** Content type of the answer: the request's, without parameters. */
  readonly contentType: string;
  readonly refusal: Refusal | undefined;
  /** HTTP/2 error code of a request that is no request; NO_ERROR otherwise. */
  readonly errorCode: number;
  /** Whether there were pseudo-header fields: trailers have none. */
  readonly hasPseudo: boolean;
  readonly fields: readonly HeaderField[];
  /** Where its calls are counted: by method, and by what the client says of itself. */
  readonly counters: MethodCounters;
  readonly client: ClientCounter | undefined;
  /** The metadata that was asked for last: handlers of one kind ask for the same, request by request. */
  askedName: string;
  askedValue: string | undefined;
}

/** The fields that matter, collected in one pass. */
interface RequestFields {
  method: string | undefined;
  scheme: string | undefined;
  path: string | undefined;
  authority: string | undefined;
  contentType: string;
  timeout: string | undefined;
  encoding: string;
  /** The first `-bin` field that is no base64. */
  badBinary: HeaderField | undefined;
  malformed: boolean;
  hasPseudo: boolean;
}

export function parseRequestHead(
  fields: readonly HeaderField[],
  overflowed: boolean,
  services: ServiceTable,
  counters: CallCounters,
  answersHttp: boolean,
): RequestHead {
  const found = collect(fields);
  const complete = found.method !== undefined && found.scheme !== undefined && found.path !== undefined;
  let errorCode: number = ErrorCode.NO_ERROR;
  if (overflowed) errorCode = ErrorCode.FRAME_SIZE_ERROR;
  else if (found.malformed || !complete || found.path === '') errorCode = ErrorCode.PROTOCOL_ERROR;
  const path = found.path ?? '';
  const isHttp = answersHttp && errorCode === ErrorCode.NO_ERROR && !isGrpcContentType(found.contentType);
  const timeout =
    isHttp || found.timeout === undefined ? Number.POSITIVE_INFINITY : parseTimeout(found.timeout);
  const isCall = errorCode === ErrorCode.NO_ERROR && !isHttp;
  const refusal = isCall ? refuse(found, timeout, path, services) : undefined;
  const served = isCall && refusal === undefined;
  const handler = served ? services.get(path) : undefined;
  return {
    path,
    isHttp,
    handler,
    timeoutMs: typeof timeout === 'number' ? timeout : Number.POSITIVE_INFINITY,
    encoding: found.encoding,
    contentType: answerType(found.contentType),
    refusal,
    errorCode,
    hasPseudo: found.hasPseudo,
    fields,
    counters: handler === undefined ? counters.unserved : counters.of(path),
    client:
      handler === undefined
        ? undefined
        : counters.client(handler.kind, findMetadata(fields, 'client-api-version')),
    askedName: '',
    askedValue: undefined,
  };
}

function collect(fields: readonly HeaderField[]): RequestFields {
  const found: RequestFields = {
    method: undefined,
    scheme: undefined,
    path: undefined,
    authority: undefined,
    contentType: '',
    timeout: undefined,
    encoding: '',
    badBinary: undefined,
    malformed: false,
    hasPseudo: false,
  };
  let regular = false;
  for (const field of fields) {
    if (!field.valid) found.malformed = true;
    if (field.name.startsWith(':')) {
      if (regular || !takePseudo(found, field)) found.malformed = true;
      found.hasPseudo = true;
    } else {
      regular = true;
      takeRegular(found, field);
    }
  }
  return found;
}

/** False for a field that is unknown or given twice. */
function takePseudo(found: RequestFields, field: HeaderField): boolean {
  switch (field.name) {
    case ':method':
      if (found.method !== undefined) return false;
      found.method = field.value;
      return true;
    case ':scheme':
      if (found.scheme !== undefined) return false;
      found.scheme = field.value;
      return true;
    case ':path':
      if (found.path !== undefined) return false;
      found.path = field.value;
      return true;
    case ':authority':
      if (found.authority !== undefined) return false;
      found.authority = field.value;
      return true;
    default:
      return false;
  }
}

function takeRegular(found: RequestFields, field: HeaderField): void {
  switch (field.name) {
    case 'content-type':
      // Given twice, one that is gRPC's is enough.
      if (!isGrpcContentType(found.contentType)) found.contentType = field.value;
      break;
    case 'grpc-timeout':
      found.timeout = field.value;
      break;
    case 'grpc-encoding':
      found.encoding = field.value;
      break;
    case 'connection':
    case 'keep-alive':
    case 'proxy-connection':
    case 'transfer-encoding':
    case 'upgrade':
      // Fields of one HTTP/1.1 hop have no place in HTTP/2 (RFC 9113, section 8.2.2).
      found.malformed = true;
      break;
    default:
      if (isBinaryKey(field.name) && base64Decode(field.value) === undefined) found.badBinary ??= field;
  }
}

function refuse(
  found: RequestFields,
  timeout: number | string,
  path: string,
  services: ServiceTable,
): Refusal | undefined {
  return refuseFields(found, timeout) ?? refusePath(path, services) ?? refuseCall(found, timeout);
}

function refuseFields(found: RequestFields, timeout: number | string): Refusal | undefined {
  if (!isGrpcContentType(found.contentType)) {
    const message = `invalid gRPC request content-type "${found.contentType}"`;
    return { httpStatus: 415, code: Status.INVALID_ARGUMENT, message };
  }
  if (typeof timeout === 'string') {
    return { httpStatus: 400, code: Status.INTERNAL, message: `malformed grpc-timeout: ${timeout}` };
  }
  if (found.badBinary !== undefined) {
    const { name, value } = found.badBinary;
    const why = `illegal base64 data at input byte ${badBase64At(value)}`;
    const message = `malformed binary metadata "${value}" in header "${name}": ${why}`;
    return { httpStatus: 400, code: Status.INTERNAL, message };
  }
  if (found.method !== 'POST') {
    const message = `Received a HEADERS frame with :method "${found.method}" which should be POST`;
    return { httpStatus: 405, code: Status.INTERNAL, message };
  }
  return undefined;
}

function refusePath(path: string, services: ServiceTable): Refusal | undefined {
  if (services.has(path)) return undefined;
  const name = path.startsWith('/') ? path.slice(1) : path;
  const slash = name.lastIndexOf('/');
  let message: string;
  if (slash < 0) {
    message = `malformed method name: "${path}"`;
  } else {
    const service = name.slice(0, slash);
    const known = hasService(services, service);
    const method = name.slice(slash + 1);
    message = known ? `unknown method ${method} for service ${service}` : `unknown service ${service}`;
  }
  return { httpStatus: 200, code: Status.UNIMPLEMENTED, message };
}

/** A call whose time is up already, or whose messages could not be read. */
function refuseCall(found: RequestFields, timeout: number | string): Refusal | undefined {
  if (typeof timeout === 'number' && timeout < TIMEOUT_MS_MIN) {
    return { httpStatus: 200, code: Status.DEADLINE_EXCEEDED, message: 'context deadline exceeded' };
  }
  if (isKnownEncoding(found.encoding)) return undefined;
  const message = `grpc: Decompressor is not installed for grpc-encoding "${found.encoding}"`;
  return { httpStatus: 200, code: Status.UNIMPLEMENTED, message };
}

function isKnownEncoding(encoding: string): boolean {
  return encoding === '' || encoding === 'identity' || encoding === 'gzip';
}

function hasService(services: ServiceTable, service: string): boolean {
  const prefix = `/${service}/`;
  for (const path of services.keys()) if (path.startsWith(prefix)) return true;
  return false;
}

function answerType(contentType: string): string {
  if (!isGrpcContentType(contentType)) return PLAIN_CONTENT_TYPE;
  const parameters = contentType.indexOf(';');
  return (parameters < 0 ? contentType : contentType.slice(0, parameters)).toLowerCase();
}

/** `application/grpc`, alone or with a subtype (`+proto`) or parameters. */
export function isGrpcContentType(value: string): boolean {
  const type = PLAIN_CONTENT_TYPE;
  if (!value.toLowerCase().startsWith(type)) return false;
  return value.length === type.length || value[type.length] === '+' || value[type.length] === ';';
}
