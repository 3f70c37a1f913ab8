/** PutRequest by offsets: a reused object that names where in the caller's buffer the key and the value are. */
import { EMPTY_BYTES } from '../../stdx/index.js';
import { enterBytes, nextKey, readBool, reader, readId, skipUnknown } from './request-reader.js';

const NO_LEASE = 0n;

export class PutRequestView {
  /** The buffer that the offsets are about. Absent bytes have start = end. */
  buf: Uint8Array = EMPTY_BYTES;
  keyStart = 0;
  keyEnd = 0;
  valueStart = 0;
  valueEnd = 0;
  lease: bigint = NO_LEASE;
  prevKv = false;
  ignoreValue = false;
  ignoreLease = false;

  /**
   * Reads `buf[start, end)`, replacing what the view held.
   *
   * @throws MalformedError
   */
  decode(buf: Uint8Array, start: number, end: number): void {
    this.#clear(buf, start);
    reader.reset(buf, start, end);
    while (reader.pos < end) {
      const key = nextKey('PutRequest');
      switch (key >>> 3) {
        case 1: {
          const length = enterBytes(key, 'Key');
          this.keyStart = reader.pos;
          this.keyEnd = reader.pos += length;
          break;
        }
        case 2: {
          const length = enterBytes(key, 'Value');
          this.valueStart = reader.pos;
          this.valueEnd = reader.pos += length;
          break;
        }
        case 3:
          this.lease = readId(key, 'Lease');
          break;
        case 4:
          this.prevKv = readBool(key, 'PrevKv');
          break;
        case 5:
          this.ignoreValue = readBool(key, 'IgnoreValue');
          break;
        case 6:
          this.ignoreLease = readBool(key, 'IgnoreLease');
          break;
        default:
          skipUnknown(key);
      }
    }
  }

  #clear(buf: Uint8Array, start: number): void {
    this.buf = buf;
    this.keyStart = this.keyEnd = start;
    this.valueStart = this.valueEnd = start;
    this.lease = NO_LEASE;
    this.prevKv = false;
    this.ignoreValue = false;
    this.ignoreLease = false;
  }
}
