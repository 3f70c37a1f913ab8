/** Compressed request messages (gRPC over HTTP/2, "Message-Encoding"): gzip, with grpc-go's words for what fails. */
import type { ServerOptions } from './server-options.js';
import { Status } from './status.js';

export interface EncodingError {
  readonly code: number;
  readonly message: string;
}

/** Magic number, method, flags, time, extra flags, system (RFC 1952, section 2.3). */
const GZIP_HEADER_BYTES = 10;

/** Why a message whose prefix starts with `flag` (not 0) cannot be read under this `grpc-encoding`, if it cannot. */
export function refuseFlag(flag: number, encoding: string): EncodingError | undefined {
  if (flag !== 1) {
    return { code: Status.INTERNAL, message: `grpc: received unexpected payload format ${flag}` };
  }
  if (encoding !== '' && encoding !== 'identity') return undefined;
  return { code: Status.INTERNAL, message: 'grpc: compressed flag set with identity or empty encoding' };
}

export function inflateMessage(
  bytes: Uint8Array,
  options: Pick<ServerOptions, 'gunzip' | 'maxRecvMessageBytes'>,
): Uint8Array | EncodingError {
  const max = options.maxRecvMessageBytes;
  const inflated = options.gunzip(bytes, max);
  if (inflated === undefined) return { code: Status.INTERNAL, message: whyMalformed(bytes) };
  if (inflated !== 'too large' && inflated.length <= max) return inflated;
  const message = `grpc: received message after decompression larger than max ${max}`;
  return { code: Status.RESOURCE_EXHAUSTED, message };
}

function whyMalformed(bytes: Uint8Array): string {
  const open = 'grpc: failed to decompress the message';
  if (bytes.length === 0) return `${open}: EOF`;
  if (bytes.length < GZIP_HEADER_BYTES) return `${open}: unexpected EOF`;
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b || bytes[2] !== 8) return `${open}: gzip: invalid header`;
  return 'grpc: failed to read decompressed data: unexpected EOF';
}
