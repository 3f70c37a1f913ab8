/** A peer that speaks frame by frame: tests say exactly what is sent and see exactly what comes back. */
import { ByteWriter, concatBytes } from '../../stdx/index.js';
import { Flag, FrameType, PREFACE, putFrameHeader, readUint31, readUint32 } from '../http2/frame.js';
import { HpackDecoder } from '../http2/hpack-decoder.js';
import { HpackEncoder, type Indexing } from '../http2/hpack-encoder.js';

export interface RawFrame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Uint8Array;
  /** Of HEADERS with END_HEADERS: `name: value` lines. */
  readonly fields: readonly string[];
}

export function frame(type: number, flags: number, streamId: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(9 + payload.length);
  putFrameHeader(bytes, 0, payload.length, type, flags, streamId);
  bytes.set(payload, 9);
  return bytes;
}

export function uint32(...values: number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  for (let i = 0; i < values.length; i++) new DataView(bytes.buffer).setUint32(i * 4, values[i]!);
  return bytes;
}

/** Length-prefixed gRPC message. */
export function grpcMessage(message: Uint8Array, flag = 0): Uint8Array {
  return concatBytes([Uint8Array.of(flag), uint32(message.length), message]);
}

export const REQUEST_FIELDS: readonly (readonly [string, string])[] = [
  [':method', 'POST'],
  [':scheme', 'http'],
  [':path', '/test.Echo/Unary'],
  [':authority', 'test'],
  ['content-type', 'application/grpc'],
  ['te', 'trailers'],
];

export class RawPeer {
  readonly encoder = new HpackEncoder();
  readonly decoder = new HpackDecoder();
  #rest: Uint8Array = new Uint8Array(0);

  /** Preface and empty SETTINGS. */
  opening(settings: Uint8Array = new Uint8Array(0)): Uint8Array {
    return concatBytes([PREFACE, frame(FrameType.SETTINGS, 0, 0, settings)]);
  }

  block(fields: readonly (readonly [string, string])[], indexing: Indexing = 'reuse'): Uint8Array {
    const out = new ByteWriter(256);
    this.encoder.begin(out);
    for (const [name, value] of fields) this.encoder.field(out, name, value, indexing);
    return out.finish();
  }

  headers(streamId: number, fields: readonly (readonly [string, string])[], endStream = false): Uint8Array {
    const flags = Flag.END_HEADERS | (endStream ? Flag.END_STREAM : 0);
    return frame(FrameType.HEADERS, flags, streamId, this.block(fields));
  }

  request(streamId: number, path = '/test.Echo/Unary', extra: readonly [string, string][] = []): Uint8Array {
    const fields = REQUEST_FIELDS.map(([n, v]) => [n, n === ':path' ? path : v] as const);
    return this.headers(streamId, [...fields, ...extra]);
  }

  data(streamId: number, payload: Uint8Array, endStream = true): Uint8Array {
    return frame(FrameType.DATA, endStream ? Flag.END_STREAM : 0, streamId, payload);
  }

  /** A whole unary call. */
  call(streamId: number, message: Uint8Array, path?: string): Uint8Array {
    return concatBytes([this.request(streamId, path), this.data(streamId, grpcMessage(message))]);
  }

  /** Cuts what the other side sent into frames. */
  read(bytes: Uint8Array): RawFrame[] {
    const frames: RawFrame[] = [];
    const all = concatBytes([this.#rest, bytes]);
    let at = 0;
    while (all.length - at >= 9) {
      const length = (all[at]! << 16) | (all[at + 1]! << 8) | all[at + 2]!;
      if (all.length - at < 9 + length) break;
      const payload = all.slice(at + 9, at + 9 + length);
      const type = all[at + 3]!;
      const fields = type === FrameType.HEADERS ? this.#fields(payload) : [];
      frames.push({ type, flags: all[at + 4]!, streamId: readUint31(all, at + 5), payload, fields });
      at += 9 + length;
    }
    this.#rest = all.slice(at);
    return frames;
  }

  #fields(block: Uint8Array): string[] {
    if (!this.decoder.decode(block, 0, block.length)) throw new Error('undecodable header block');
    return this.decoder.fields.map(({ name, value }) => `${name}: ${value}`);
  }
}

/** The error code of a GOAWAY or RST_STREAM. */
export function errorCodeOf(raw: RawFrame): number {
  return readUint32(raw.payload, raw.type === FrameType.GOAWAY ? 4 : 0);
}
