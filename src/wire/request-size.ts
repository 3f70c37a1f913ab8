/**
 * What etcd would have measured: `--max-request-bytes` limits the size of etcd's own replicated message, and clients
 * near the limit must meet the same boundary here. That message is the request as one field, beside a header with the
 * request's id and the caller's name.
 */
import { varintLength } from '../stdx/index.js';
import type { Credentials } from './replicated-request.js';
import { RequestKind } from './request-kind.js';

/** The header's field number is 100. */
const HEADER_TAG_BYTES = 2;

/**
 * Tag and varint of the request id. The id's upper 16 bits come from the member's id, so half of all members' ids
 * take ten bytes and nearly all others nine; we count as the former do.
 */
const REQUEST_ID_BYTES = 1 + 10;

/**
 * Size of etcd's replicated message for a request of `requestBytes` bytes.
 *
 * A request is refused with `request is too large` when this exceeds `--max-request-bytes`.
 */
export function etcdRequestBytes(
  kind: RequestKind,
  requestBytes: number,
  credentials: Credentials | undefined,
): number {
  let headerBytes = REQUEST_ID_BYTES;
  if (credentials !== undefined) {
    const nameBytes = credentials.username.length;
    headerBytes += 1 + varintLength(nameBytes) + nameBytes + 1 + varintLength(credentials.authRevision);
  }
  const header = HEADER_TAG_BYTES + varintLength(headerBytes) + headerBytes;
  return header + tagBytes(kind) + varintLength(requestBytes) + requestBytes;
}

/** Etcd's field numbers up to 15 are taken by the first requests it had, here the kinds up to ALARM; later ones need two bytes. */
function tagBytes(kind: RequestKind): number {
  return kind <= RequestKind.ALARM ? 1 : 2;
}
