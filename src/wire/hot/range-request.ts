/** RangeRequest by offsets: a reused object that names where in the caller's buffer key and range end are. */
import { EMPTY_BYTES } from '../../stdx/index.js';
import {
  enterBytes,
  nextKey,
  readBool,
  readEnumNumber,
  reader,
  readInt64,
  skipUnknown,
} from './request-reader.js';

export class RangeRequestView {
  /** The buffer that the offsets are about. Absent bytes have start = end. */
  buf: Uint8Array = EMPTY_BYTES;
  keyStart = 0;
  keyEnd = 0;
  rangeEndStart = 0;
  rangeEndEnd = 0;
  limit = 0;
  revision = 0;
  /** A SortOrder, or a number this version does not know. */
  sortOrder = 0;
  /** A SortTarget, or a number this version does not know. */
  sortTarget = 0;
  serializable = false;
  keysOnly = false;
  countOnly = false;
  minModRevision = 0;
  maxModRevision = 0;
  minCreateRevision = 0;
  maxCreateRevision = 0;

  /**
   * Reads `buf[start, end)`, replacing what the view held.
   *
   * @throws MalformedError
   */
  decode(buf: Uint8Array, start: number, end: number): void {
    this.#clear(buf, start);
    reader.reset(buf, start, end);
    while (reader.pos < end) {
      const key = nextKey('RangeRequest');
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
        default:
          this.#option(key);
      }
    }
  }

  #option(key: number): void {
    switch (key >>> 3) {
      case 3:
        this.limit = readInt64(key, 'Limit');
        break;
      case 4:
        this.revision = readInt64(key, 'Revision');
        break;
      case 5:
        this.sortOrder = readEnumNumber(key, 'SortOrder');
        break;
      case 6:
        this.sortTarget = readEnumNumber(key, 'SortTarget');
        break;
      case 7:
        this.serializable = readBool(key, 'Serializable');
        break;
      case 8:
        this.keysOnly = readBool(key, 'KeysOnly');
        break;
      case 9:
        this.countOnly = readBool(key, 'CountOnly');
        break;
      case 10:
        this.minModRevision = readInt64(key, 'MinModRevision');
        break;
      case 11:
        this.maxModRevision = readInt64(key, 'MaxModRevision');
        break;
      case 12:
        this.minCreateRevision = readInt64(key, 'MinCreateRevision');
        break;
      case 13:
        this.maxCreateRevision = readInt64(key, 'MaxCreateRevision');
        break;
      default:
        skipUnknown(key);
    }
  }

  #clear(buf: Uint8Array, start: number): void {
    this.buf = buf;
    this.keyStart = this.keyEnd = start;
    this.rangeEndStart = this.rangeEndEnd = start;
    this.limit = 0;
    this.revision = 0;
    this.sortOrder = 0;
    this.sortTarget = 0;
    this.serializable = false;
    this.keysOnly = false;
    this.countOnly = false;
    this.minModRevision = 0;
    this.maxModRevision = 0;
    this.minCreateRevision = 0;
    this.maxCreateRevision = 0;
  }
}
