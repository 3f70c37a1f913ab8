/** Compressed request messages (gRPC over HTTP/2, "Message-Encoding"): gzip, with grpc-go's words for what fails. */
import type { ServerOptions } from './server-options.js';
import { Status } from './status.js';

export interface EncodingError {
  readonly code: number;
  readonly message: string;
}

/** Why a message whose prefix starts with `flag` (not 0) cannot be read under this `grpc-encoding`, if it cannot. */
export function refuseEncoding(flag: number, encoding: string): EncodingError | undefined {
  if (flag !== 1) {
    return { code: Status.INTERNAL, message: `grpc: received unexpected payload format ${flag}` };
  }
  if (encoding === '' || encoding === 'identity') {
    const message = 'grpc: compressed flag set with identity or empty encoding';
    return { code: Status.INTERNAL, message };
  }
  if (encoding === 'gzip') return undefined;
  const message = `grpc: Decompressor is not installed for grpc-encoding "${encoding}"`;
  return { code: Status.UNIMPLEMENTED, message };
}

export function inflateMessage(
  bytes: Uint8Array,
  options: Pick<ServerOptions, 'gunzip' | 'maxRecvMessageBytes'>,
): Uint8Array | EncodingError {
  const max = options.maxRecvMessageBytes;
  const inflated = options.gunzip(bytes, max);
  if (inflated === undefined) {
    const message = 'grpc: failed to decompress the received message: gzip: invalid header';
    return { code: Status.INTERNAL, message };
  }
  if (inflated.length <= max) return inflated;
  const message = `grpc: received message after decompression larger than max (${inflated.length} vs. ${max})`;
  return { code: Status.RESOURCE_EXHAUSTED, message };
}
