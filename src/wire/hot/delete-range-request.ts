/** DeleteRangeRequest by offsets: a reused object that names where in the caller's buffer key and range end are. */
import { EMPTY_BYTES } from '../../stdx/index.js';
import { enterBytes, nextKey, readBool, reader, skipUnknown } from './request-reader.js';

export class DeleteRangeRequestView {
  /** The buffer that the offsets are about. Absent bytes have start = end. */
  buf: Uint8Array = EMPTY_BYTES;
  keyStart = 0;
  keyEnd = 0;
  rangeEndStart = 0;
  rangeEndEnd = 0;
  prevKv = false;

  /**
   * Reads `buf[start, end)`, replacing what the view held.
   *
   * @throws MalformedError
   */
  decode(buf: Uint8Array, start: number, end: number): void {
    this.buf = buf;
    this.keyStart = this.keyEnd = start;
    this.rangeEndStart = this.rangeEndEnd = start;
    this.prevKv = false;
    reader.reset(buf, start, end);
    while (reader.pos < end) {
      const key = nextKey('DeleteRangeRequest');
      switch (key >>> 3) {
        case 1: {
          const length = enterBytes(key, 'Key');
          this.keyStart = reader.pos;
          this.keyEnd = reader.pos += length;
          break;
        }
        case 2: {
          const length = enterBytes(key, 'RangeEnd');
          this.rangeEndStart = reader.pos;
          this.rangeEndEnd = reader.pos += length;
          break;
        }
        case 3:
          this.prevKv = readBool(key, 'PrevKv');
          break;
        default:
          skipUnknown(key);
      }
    }
  }
}
