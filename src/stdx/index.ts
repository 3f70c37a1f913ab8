export { AssertionError, assert, must, unreachable } from './assert.js';
export { decodeBase64, encodeBase64 } from './base64.js';
export { BucketHistogram, exponentialBounds } from './bucket-histogram.js';
export { ByteReader, MalformedError } from './byte-reader.js';
export { ByteWriter, varintLength } from './byte-writer.js';
export {
  compareBytes,
  compareSlices,
  concatBytes,
  copyBytes,
  copyOf,
  decodeLatin1,
  EMPTY_BYTES,
  equalBytes,
  toHex,
} from './bytes.js';
export { crc32c } from './crc32c.js';
export { Prng } from './prng.js';
export { decodeUtf8, encodeUtf8, isUtf8 } from './utf8.js';
