/**
 * Header blocks of requests. The block of a path is encoded once; from the second call on, every field of it stands in
 * the server's dynamic table and a call's head takes seven bytes or so. Metadata and time-out follow it as literals.
 */
import { ByteWriter } from '../../stdx/index.js';
import type { HpackEncoder } from '../http2/hpack-encoder.js';
import { CACHED_PATHS_MAX } from './limits.js';
import { base64Encode, isBinaryKey, type Metadata } from './metadata.js';
import { formatTimeout } from './timeout.js';

interface PathBlock {
  readonly bytes: Uint8Array;
  readonly generation: number;
}

/** Never put in a table: whoever can add guesses to a table could find them out by the length of blocks. */
const SECRETS: ReadonlySet<string> = new Set(['token', 'authorization']);

export interface RequestOrigin {
  readonly scheme: 'http' | 'https';
  readonly authority: string;
  readonly userAgent: string;
}

export class RequestBlocks {
  readonly #encoder: HpackEncoder;
  readonly #origin: RequestOrigin;
  readonly #paths = new Map<string, PathBlock>();
  readonly #scratch = new ByteWriter(512);

  constructor(encoder: HpackEncoder, origin: RequestOrigin) {
    this.#encoder = encoder;
    this.#origin = origin;
  }

  /** The block of a plain call. To be sent before another block is asked for. */
  plain(path: string): Uint8Array {
    const cached = this.#paths.get(path);
    if (cached !== undefined && cached.generation === this.#encoder.generation) return cached.bytes;
    const out = this.#scratch;
    out.reset();
    const before = this.#encoder.generation;
    this.#encode(out, path);
    const bytes = out.finish();
    if (this.#encoder.generation === before && this.#paths.size < CACHED_PATHS_MAX) {
      this.#paths.set(path, { bytes, generation: before });
    }
    return bytes;
  }

  /** The block of a call with metadata or a time-out; valid until the next call. */
  extended(path: string, metadata: Metadata, timeoutMs: number): ByteWriter {
    const plain = this.plain(path);
    const out = this.#scratch;
    out.reset();
    out.raw(plain);
    if (timeoutMs !== Number.POSITIVE_INFINITY) {
      this.#encoder.field(out, 'grpc-timeout', formatTimeout(timeoutMs), 'once');
    }
    for (const [name, value] of metadata) {
      const text = isBinaryKey(name) ? base64Encode(value) : value;
      this.#encoder.field(out, name, text, SECRETS.has(name) ? 'secret' : 'once');
    }
    return out;
  }

  #encode(out: ByteWriter, path: string): void {
    const encoder = this.#encoder;
    encoder.begin(out);
    encoder.field(out, ':method', 'POST', 'reuse');
    encoder.field(out, ':scheme', this.#origin.scheme, 'reuse');
    encoder.field(out, ':path', path, 'reuse');
    encoder.field(out, ':authority', this.#origin.authority, 'reuse');
    encoder.field(out, 'content-type', 'application/grpc', 'reuse');
    encoder.field(out, 'user-agent', this.#origin.userAgent, 'reuse');
    encoder.field(out, 'te', 'trailers', 'reuse');
  }
}
