/**
 * The data of a log entry: one request as every member will apply it. A format of our own, made so that the client's
 * bytes are copied once on the way in and not at all on the way out:
 *
 *     kind, 1 byte; its high bit: credentials follow
 *     request id, varint
 *     credentials: length of the user name, varint; user name, UTF-8; revision of the auth store, varint
 *     the request's protobuf bytes, to the end
 *
 * The request id tells the member that proposed the entry whom to answer. It must be unlike the id of any other
 * request that may be waiting on any member, also across restarts.
 */
import {
  assert,
  ByteReader,
  type ByteWriter,
  copyBytes,
  decodeUtf8,
  EMPTY_BYTES,
  MalformedError,
  varintLength,
} from '../stdx/index.js';
import { isRequestKind, RequestKind } from './request-kind.js';

const CREDENTIALS_FLAG = 0x80;

/** On whose behalf a request is made, and what the proposing member knew of that user. */
export interface Credentials {
  /** UTF-8, made once per login. */
  readonly username: Uint8Array;
  readonly authRevision: number;
}

/** Bytes of a replicated request that carries `requestBytes` bytes. */
export function replicatedRequestBytes(
  requestId: number,
  credentials: Credentials | undefined,
  requestBytes: number,
): number {
  let size = 1 + varintLength(requestId) + requestBytes;
  if (credentials !== undefined) {
    const nameBytes = credentials.username.length;
    size += varintLength(nameBytes) + nameBytes + varintLength(credentials.authRevision);
  }
  return size;
}

/** Appends a replicated request that carries `buf[start, end)`. `requestId` is a safe integer, not negative. */
export function writeReplicatedRequest(
  out: ByteWriter,
  kind: RequestKind,
  requestId: number,
  credentials: Credentials | undefined,
  buf: Uint8Array,
  start: number,
  end: number,
): void {
  assert(requestId >= 0 && requestId <= Number.MAX_SAFE_INTEGER, 'request id out of range');
  if (credentials === undefined) {
    out.byte(kind);
    out.varint(requestId);
  } else {
    out.byte(kind | CREDENTIALS_FLAG);
    out.varint(requestId);
    out.varint(credentials.username.length);
    out.raw(credentials.username);
    out.varint(credentials.authRevision);
  }
  out.raw(buf, start, end);
}

/** {@link writeReplicatedRequest} into memory of its own, of exactly the size needed. */
export function encodeReplicatedRequest(
  kind: RequestKind,
  requestId: number,
  credentials: Credentials | undefined,
  buf: Uint8Array,
  start: number,
  end: number,
): Uint8Array {
  assert(requestId >= 0 && requestId <= Number.MAX_SAFE_INTEGER, 'request id out of range');
  const out = new Uint8Array(replicatedRequestBytes(requestId, credentials, end - start));
  out[0] = credentials === undefined ? kind : kind | CREDENTIALS_FLAG;
  let at = putVarint(out, 1, requestId);
  if (credentials !== undefined) {
    const name = credentials.username;
    at = putVarint(out, at, name.length);
    copyBytes(out, at, name, 0, name.length);
    at = putVarint(out, at + name.length, credentials.authRevision);
  }
  copyBytes(out, at, buf, start, end);
  return out;
}

function putVarint(out: Uint8Array, start: number, value: number): number {
  let at = start;
  let rest = value;
  while (rest > 127) {
    out[at++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  out[at++] = rest;
  return at;
}

/** A replicated request by offsets. Reused: `decode` replaces all it holds. */
export class ReplicatedRequestView {
  buf: Uint8Array = EMPTY_BYTES;
  kind: RequestKind = RequestKind.PUT;
  requestId = 0;
  /** Whether the fields of {@link Credentials} are set. */
  hasCredentials = false;
  usernameStart = 0;
  usernameEnd = 0;
  authRevision = 0;
  requestStart = 0;
  requestEnd = 0;
  readonly #reader = new ByteReader();

  /** @throws MalformedError on bytes that {@link writeReplicatedRequest} cannot have written. */
  decode(buf: Uint8Array, start = 0, end: number = buf.length): void {
    const reader = this.#reader;
    reader.reset(buf, start, end);
    const first = reader.byte();
    const kind = first & ~CREDENTIALS_FLAG;
    if (!isRequestKind(kind)) throw new MalformedError(`unknown kind of replicated request: ${kind}`);
    this.buf = buf;
    this.kind = kind;
    this.requestId = reader.uvarint();
    this.hasCredentials = first !== kind;
    this.usernameStart = this.usernameEnd = reader.pos;
    this.authRevision = 0;
    if (this.hasCredentials) {
      const length = reader.length();
      this.usernameStart = reader.pos;
      this.usernameEnd = reader.pos += length;
      this.authRevision = reader.uvarint();
    }
    this.requestStart = reader.pos;
    this.requestEnd = end;
  }

  /** The user on whose behalf the request is made; empty without credentials. */
  username(): string {
    return decodeUtf8(this.buf, this.usernameStart, this.usernameEnd);
  }
}
