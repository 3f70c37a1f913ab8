/**
 * Answers of the KV service, appended field by field to what {@link HeaderEncoder.write} began. The store keeps each
 * KeyValue as the bytes that go on the wire, so an answer is a concatenation: put = header, previous key-value;
 * deletion = header, count, previous key-values; range = header, key-values, tail; compaction = header alone.
 */
import { type ByteWriter, varintLength } from '../../stdx/index.js';

/** `PutResponse.prev_kv` and `RangeResponse.kvs`. */
const TAG_PREV_KV = 0x12;
const TAG_DELETED = 0x10;
/** `DeleteRangeResponse.prev_kvs`. */
const TAG_PREV_KVS = 0x1a;
const TAG_MORE = 0x18;
const TAG_COUNT = 0x20;

/** Appends `tag`, a length and the encoded KeyValue `buf[start, end)`. */
function writeKeyValue(out: ByteWriter, tag: number, buf: Uint8Array, start: number, end: number): void {
  out.reserve(end - start + 11);
  out.buf[out.len++] = tag;
  out.varint(end - start);
  out.raw(buf, start, end);
}

/** PutResponse field 2. */
export function writePutPrevKv(out: ByteWriter, buf: Uint8Array, start: number, end: number): void {
  writeKeyValue(out, TAG_PREV_KV, buf, start, end);
}

/** DeleteRangeResponse field 2: how many keys were deleted. */
export function writeDeleted(out: ByteWriter, deleted: number): void {
  if (deleted === 0) return;
  out.byte(TAG_DELETED);
  out.varint(deleted);
}

/** One element of DeleteRangeResponse field 3. */
export function writeDeletedPrevKv(out: ByteWriter, buf: Uint8Array, start: number, end: number): void {
  writeKeyValue(out, TAG_PREV_KVS, buf, start, end);
}

/** One element of RangeResponse field 2. */
export function writeRangeKv(out: ByteWriter, buf: Uint8Array, start: number, end: number): void {
  writeKeyValue(out, TAG_PREV_KV, buf, start, end);
}

/** RangeResponse fields 3 and 4. */
export function writeRangeTail(out: ByteWriter, more: boolean, count: number): void {
  out.reserve(2 + 1 + varintLength(count));
  if (more) {
    out.buf[out.len++] = TAG_MORE;
    out.buf[out.len++] = 1;
  }
  if (count !== 0) {
    out.buf[out.len++] = TAG_COUNT;
    out.varint(count);
  }
}
