/**
 * Memory for encoded requests: a small array buffer per request would cost more than everything else a put does, so
 * requests share slabs. A slab lives as long as one of its entries is in the log.
 */
import { ByteWriter } from '../stdx/index.js';
import {
  type Credentials,
  type RequestKind,
  replicatedRequestBytes,
  writeReplicatedRequest,
} from '../wire/index.js';
import { SLAB_BYTES, SLAB_BYTES_FIRST, SLAB_REQUEST_BYTES_MAX } from './limits.js';

export class EntrySlab {
  #slab = new ByteWriter(SLAB_BYTES_FIRST);

  /** The entry's data: kind, identity and the client's request `body[start, end)` unchanged. */
  encode(
    kind: RequestKind,
    requestId: number,
    credentials: Credentials | undefined,
    body: Uint8Array,
    start: number,
    end: number,
  ): Uint8Array {
    const need = replicatedRequestBytes(requestId, credentials, end - start);
    if (need > SLAB_REQUEST_BYTES_MAX) {
      const own = new ByteWriter(need);
      writeReplicatedRequest(own, kind, requestId, credentials, body, start, end);
      return own.view();
    }
    // Never let the slab grow: growing would copy it under the entries that point into it.
    if (this.#slab.len + need > this.#slab.buf.length) this.#slab = new ByteWriter(SLAB_BYTES);
    const at = this.#slab.len;
    writeReplicatedRequest(this.#slab, kind, requestId, credentials, body, start, end);
    return this.#slab.buf.subarray(at, this.#slab.len);
  }
}
