/** `--max-request-bytes`, as etcd means it. */
import { type Credentials, etcdRequestBytes, type RequestKind } from '../wire/index.js';
import { REQUEST_ENVELOPE_BYTES } from './limits.js';

/** Whether a request of `requestBytes` bytes is larger than `bytesMax` allows. */
export function isTooLarge(
  kind: RequestKind,
  requestBytes: number,
  credentials: Credentials | undefined,
  bytesMax: number,
): boolean {
  // The exact size is worth computing only near the limit.
  if (requestBytes + REQUEST_ENVELOPE_BYTES <= bytesMax) return false;
  return etcdRequestBytes(kind, requestBytes, credentials) > bytesMax;
}
