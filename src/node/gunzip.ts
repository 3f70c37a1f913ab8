/** Gzip, with a bound on what comes out. */
import { gunzipSync } from 'node:zlib';

/** Undefined if the bytes are no gzip, 'too large' if the content would exceed `maxBytes`. */
export function gunzip(bytes: Uint8Array, maxBytes: number): Uint8Array | undefined | 'too large' {
  try {
    const content = gunzipSync(bytes, { maxOutputLength: Math.max(1, maxBytes) });
    return new Uint8Array(content.buffer, content.byteOffset, content.length);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return code === 'ERR_BUFFER_TOO_LARGE' ? 'too large' : undefined;
  }
}
