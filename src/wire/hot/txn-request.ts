/**
 * TxnRequest into the same records as the table codec makes, several times faster: each record is one object literal
 * and the operations are read by the views of this folder. The rare message that gives a oneof member twice, which
 * calls for merging, goes to the table codec as a whole.
 */
import { ByteReader, EMPTY_BYTES, MalformedError } from '../../stdx/index.js';
import { MESSAGE_DEPTH_MAX } from '../limits.js';
import {
  Compare,
  type DeleteRangeRequest,
  type PutRequest,
  type RangeRequest,
  RequestOp,
  type TxnRequest,
} from '../rpc-kv.js';
import { readEnum, readKey, readLength, skipValue, WIRE_LENGTH, wrongWireType } from '../tag.js';
import { DeleteRangeRequestView } from './delete-range-request.js';
import { PutRequestView } from './put-request.js';
import { RangeRequestView } from './range-request.js';

const NO_COMPARES: readonly Compare[] = Object.freeze([]);
const NO_OPS: readonly RequestOp[] = Object.freeze([]);

const put = new PutRequestView();
const range = new RangeRequestView();
const deletion = new DeleteRangeRequestView();

/**
 * Reads `buf[start, end)`. Byte strings are views of `buf`.
 *
 * @throws MalformedError
 */
export function decodeTxnRequest(buf: Uint8Array, start: number, end: number): TxnRequest {
  return readTxn(new ByteReader(buf, start, end), 0);
}

function readTxn(reader: ByteReader, depth: number): TxnRequest {
  if (depth > MESSAGE_DEPTH_MAX) throw new MalformedError('proto: exceeded maximum recursion depth');
  let compare = NO_COMPARES as Compare[];
  let success = NO_OPS as RequestOp[];
  let failure = NO_OPS as RequestOp[];
  const end = reader.end;
  while (reader.pos < end) {
    const key = readKey(reader, 'TxnRequest');
    switch (key) {
      case 0x0a:
        enter(reader);
        if (compare === NO_COMPARES) compare = [];
        compare.push(readCompare(reader));
        break;
      case 0x12:
        enter(reader);
        if (success === NO_OPS) success = [];
        success.push(readOp(reader, depth + 1));
        break;
      case 0x1a:
        enter(reader);
        if (failure === NO_OPS) failure = [];
        failure.push(readOp(reader, depth + 1));
        break;
      default:
        unknownOrWrong(reader, key, TXN_FIELDS);
    }
    reader.end = end;
  }
  return { compare, success, failure };
}

const TXN_FIELDS: readonly string[] = ['', 'Compare', 'Success', 'Failure'];
const OP_FIELDS: readonly string[] = ['', 'RequestRange', 'RequestPut', 'RequestDeleteRange', 'RequestTxn'];

/** Narrows the reader to the message whose length comes next. The caller widens it again. */
function enter(reader: ByteReader): void {
  const length = readLength(reader);
  reader.end = reader.pos + length;
}

/** A field that no case took: of a number the message does not have, or of the wrong wire type. */
function unknownOrWrong(reader: ByteReader, key: number, names: readonly string[]): void {
  const wireType = key & 7;
  const name = names[(key - wireType) / 8];
  if (name !== undefined) throw wrongWireType(wireType, name);
  skipValue(reader, wireType);
}

function readOp(reader: ByteReader, depth: number): RequestOp {
  const { buf, pos: start, end } = reader;
  let requestRange: RangeRequest | undefined;
  let requestPut: PutRequest | undefined;
  let requestDeleteRange: DeleteRangeRequest | undefined;
  let requestTxn: TxnRequest | undefined;
  let members = 0;
  while (reader.pos < end) {
    const key = readKey(reader, 'RequestOp');
    if ((key & 7) === WIRE_LENGTH && key <= 0x22) {
      if (++members > 1) return readOpByTable(reader, start, end);
      enter(reader);
      if (key === 0x0a) requestRange = readRange(buf, reader.pos, reader.end);
      else if (key === 0x12) requestPut = readPut(buf, reader.pos, reader.end);
      else if (key === 0x1a) requestDeleteRange = readDeletion(buf, reader.pos, reader.end);
      else requestTxn = readTxn(reader, depth + 1);
      reader.pos = reader.end;
      reader.end = end;
    } else {
      unknownOrWrong(reader, key, OP_FIELDS);
    }
  }
  return { requestRange, requestPut, requestDeleteRange, requestTxn };
}

/** Starts over, since the last member wins and equal members merge. */
function readOpByTable(reader: ByteReader, start: number, end: number): RequestOp {
  reader.pos = end;
  return RequestOp.decode(reader.buf, start, end);
}

function bytesOf(buf: Uint8Array, start: number, end: number): Uint8Array {
  return start === end ? EMPTY_BYTES : buf.subarray(start, end);
}

function readPut(buf: Uint8Array, start: number, end: number): PutRequest {
  put.decode(buf, start, end);
  return {
    key: bytesOf(buf, put.keyStart, put.keyEnd),
    value: bytesOf(buf, put.valueStart, put.valueEnd),
    lease: put.lease,
    prevKv: put.prevKv,
    ignoreValue: put.ignoreValue,
    ignoreLease: put.ignoreLease,
  };
}

function readRange(buf: Uint8Array, start: number, end: number): RangeRequest {
  range.decode(buf, start, end);
  return {
    key: bytesOf(buf, range.keyStart, range.keyEnd),
    rangeEnd: bytesOf(buf, range.rangeEndStart, range.rangeEndEnd),
    limit: range.limit,
    revision: range.revision,
    sortOrder: range.sortOrder,
    sortTarget: range.sortTarget,
    serializable: range.serializable,
    keysOnly: range.keysOnly,
    countOnly: range.countOnly,
    minModRevision: range.minModRevision,
    maxModRevision: range.maxModRevision,
    minCreateRevision: range.minCreateRevision,
    maxCreateRevision: range.maxCreateRevision,
  };
}

function readDeletion(buf: Uint8Array, start: number, end: number): DeleteRangeRequest {
  deletion.decode(buf, start, end);
  return {
    key: bytesOf(buf, deletion.keyStart, deletion.keyEnd),
    rangeEnd: bytesOf(buf, deletion.rangeEndStart, deletion.rangeEndEnd),
    prevKv: deletion.prevKv,
  };
}

function readBytes(reader: ByteReader): Uint8Array {
  const length = readLength(reader);
  const start = reader.pos;
  reader.pos = start + length;
  return bytesOf(reader.buf, start, reader.pos);
}

/** Compares as clients write them; anything else (an unknown field, two values, a wrong type) is the table's. */
function readCompare(reader: ByteReader): Compare {
  const { pos: start, end } = reader;
  let result = 0;
  let target = 0;
  let key = EMPTY_BYTES;
  let rangeEnd = EMPTY_BYTES;
  let version: number | undefined;
  let createRevision: number | undefined;
  let modRevision: number | undefined;
  let value: Uint8Array | undefined;
  let lease: bigint | undefined;
  let values = 0;
  while (reader.pos < end) {
    const fieldKey = readKey(reader, 'Compare');
    if (fieldKey >= 0x20 && fieldKey <= 0x40) values++;
    if (fieldKey === 0x08) result = readEnum(reader);
    else if (fieldKey === 0x10) target = readEnum(reader);
    else if (fieldKey === 0x1a) key = readBytes(reader);
    else if (fieldKey === 0x20) version = reader.varint();
    else if (fieldKey === 0x28) createRevision = reader.varint();
    else if (fieldKey === 0x30) modRevision = reader.varint();
    else if (fieldKey === 0x3a) value = readBytes(reader);
    else if (fieldKey === 0x40) lease = reader.varint64();
    else if (fieldKey === 0x202) rangeEnd = readBytes(reader);
    else values = 2;
    if (values > 1) return readCompareByTable(reader, start, end);
  }
  return { result, target, key, version, createRevision, modRevision, value, lease, rangeEnd };
}

function readCompareByTable(reader: ByteReader, start: number, end: number): Compare {
  reader.pos = end;
  return Compare.decode(reader.buf, start, end);
}
