/**
 * Header blocks of answers. `content-type` and `grpc-status: 0` go into the peer's dynamic table with the first
 * answer; from the second on the head of an answer is two bytes and its trailers one, for us to write and for the
 * client to decode.
 */
import { ByteWriter } from '../../stdx/index.js';
import type { HpackEncoder } from '../http2/hpack-encoder.js';
import { percentEncode } from './percent.js';
import { PLAIN_CONTENT_TYPE } from './request-head.js';

export class ResponseBlocks {
  readonly #encoder: HpackEncoder;
  readonly #scratch = new ByteWriter(256);
  #head: Uint8Array = new Uint8Array(0);
  #headGeneration = -1;
  #ok: Uint8Array = new Uint8Array(0);
  #okGeneration = -1;

  constructor(encoder: HpackEncoder) {
    this.#encoder = encoder;
  }

  /** `:status: 200` and the plain content type. To be sent before another block is asked for. */
  head(): Uint8Array {
    const encoder = this.#encoder;
    if (this.#headGeneration === encoder.generation) return this.#head;
    const out = this.#begin();
    const generation = encoder.generation;
    encoder.field(out, ':status', '200', 'reuse');
    encoder.field(out, 'content-type', PLAIN_CONTENT_TYPE, 'reuse');
    this.#head = out.finish();
    this.#headGeneration = encoder.generation === generation ? generation : -1;
    return this.#head;
  }

  /** {@link head} with a content type that has a subtype. Valid until the next call. */
  headOf(contentType: string): ByteWriter {
    const out = this.#begin();
    this.#encoder.field(out, ':status', '200', 'reuse');
    this.#encoder.field(out, 'content-type', contentType, 'once');
    return out;
  }

  /** Trailers of a call that went well. */
  ok(): Uint8Array {
    const encoder = this.#encoder;
    if (this.#okGeneration === encoder.generation) return this.#ok;
    const out = this.#begin();
    const generation = encoder.generation;
    encoder.field(out, 'grpc-status', '0', 'reuse');
    this.#ok = out.finish();
    this.#okGeneration = encoder.generation === generation ? generation : -1;
    return this.#ok;
  }

  /** Trailers with a status; `httpStatus` makes them the whole answer ("Trailers-Only"). Valid until the next call. */
  status(code: number, message: string, httpStatus: number | undefined, contentType: string): ByteWriter {
    const encoder = this.#encoder;
    const out = this.#begin();
    if (httpStatus !== undefined) {
      encoder.field(out, ':status', String(httpStatus), 'once');
      encoder.field(out, 'content-type', contentType, contentType === PLAIN_CONTENT_TYPE ? 'reuse' : 'once');
    }
    encoder.field(out, 'grpc-status', String(code), 'once');
    if (message !== '') encoder.field(out, 'grpc-message', percentEncode(message), 'once');
    return out;
  }

  /** The head of an answer that is no gRPC. Valid until the next call. */
  http(status: number, fields: readonly (readonly [string, string])[]): ByteWriter {
    const out = this.#begin();
    this.#encoder.field(out, ':status', String(status), 'once');
    for (const [name, value] of fields) this.#encoder.field(out, name, value, 'once');
    return out;
  }

  #begin(): ByteWriter {
    this.#scratch.reset();
    this.#encoder.begin(this.#scratch);
    return this.#scratch;
  }
}
