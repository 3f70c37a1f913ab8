/** Watch requests, with their watch ids in full. */
import { ByteReader } from '../../stdx/index.js';
import { WatchRequest } from '../../wire/index.js';

/** WatchRequest.create_request and its watch_id; WatchRequest.cancel_request and its watch_id. */
const FIELD_CREATE = 1;
const FIELD_CREATE_WATCH_ID = 7;
const FIELD_CANCEL_WATCH_ID = 1;

export interface DecodedWatchRequest {
  readonly request: WatchRequest;
  /** The watch_id of a create or cancel request. */
  readonly watchId: bigint;
}

/**
 * Decodes one request; byte strings are views of `buf`.
 * @throws MalformedError
 */
export function decodeWatchRequest(buf: Uint8Array, start: number, end: number): DecodedWatchRequest {
  const request = WatchRequest.decode(buf, start, end);
  const id = (request.createRequest ?? request.cancelRequest)?.watchId ?? 0;
  const watchId = Number.isSafeInteger(id) ? BigInt(id) : exactWatchId(request, buf, start, end);
  return { request, watchId };
}

/** Clients may choose any 64-bit id and must get back that very one. The bytes are known to be well formed. */
function exactWatchId(request: WatchRequest, buf: Uint8Array, start: number, end: number): bigint {
  const isCreate = request.createRequest !== undefined;
  const outer = isCreate ? FIELD_CREATE : FIELD_CREATE + 1;
  const inner = isCreate ? FIELD_CREATE_WATCH_ID : FIELD_CANCEL_WATCH_ID;
  const reader = new ByteReader(buf, start, end);
  let id = 0n;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag >>> 3 !== outer) {
      reader.skip(tag);
      continue;
    }
    const length = reader.length();
    const message = new ByteReader(buf, reader.pos, reader.pos + length);
    reader.pos += length;
    while (!message.done) {
      const field = message.tag();
      if (field >>> 3 === inner) id = message.varint64();
      else message.skip(field);
    }
  }
  return id;
}
