/**
 * The file format of bbolt, the B+tree that etcd keeps its state in. All numbers are little-endian.
 *
 * A file is a row of pages of one size. Page: u64 id, u16 flags, u16 count, u32 overflow (how many pages follow that
 * belong to this one), then `count` elements of 16 bytes, then the bytes that the elements point to. A leaf's element:
 * u32 flags (1: the value is a bucket), u32 position of the key counted from the element itself, u32 key length, u32
 * value length; the value stands right behind the key. A branch's: u32 position, u32 key length, u64 child page, where the
 * key is not above the child's first one.
 *
 * Pages 0 and 1 are metas: each commit writes the one whose turn it is, and the valid one with the higher transaction id
 * counts. A bucket is a tree of its own; its value in the tree above is u64 root page, u64 sequence. A small bucket has
 * root 0 and follows inline as the image of a leaf page.
 */
import { must } from '../stdx/index.js';

export const PAGE_HEADER_BYTES = 16;
export const ELEMENT_BYTES = 16;
export const BUCKET_HEADER_BYTES = 16;
export const META_BYTES = 64;

export const PageFlag = { BRANCH: 0x01, LEAF: 0x02, META: 0x04, FREELIST: 0x10 } as const;

/** Marks a leaf element whose value is a bucket. */
export const BUCKET_ELEMENT = 1;
/** A freelist with more ids than the header's count can say has the count in its first eight bytes. */
export const FREELIST_COUNT_ELSEWHERE = 0xffff;

const MAGIC = 0xed0cdaed;
const VERSION = 2;
const TWO_32 = 4294967296;
/** Where the checksum stands: over all bytes of the meta before it. */
const CHECKSUM_AT = 56;
/** The page id of a freelist that is not stored. */
const NO_FREELIST = 0xffff_ffff_ffff_ffffn;

export function readUint16(buf: Uint8Array, at: number): number {
  return buf[at]! | (buf[at + 1]! << 8);
}

export function readUint32(buf: Uint8Array, at: number): number {
  return (buf[at]! | (buf[at + 1]! << 8) | (buf[at + 2]! << 16) | (buf[at + 3]! << 24)) >>> 0;
}

/** Exact up to 2^53, which no page id of a readable file exceeds; rounded beyond. */
export function readUint64(buf: Uint8Array, at: number): number {
  return readUint32(buf, at) + readUint32(buf, at + 4) * TWO_32;
}

export function putUint16(buf: Uint8Array, at: number, value: number): void {
  buf[at] = value;
  buf[at + 1] = value >>> 8;
}

export function putUint32(buf: Uint8Array, at: number, value: number): void {
  buf[at] = value;
  buf[at + 1] = value >>> 8;
  buf[at + 2] = value >>> 16;
  buf[at + 3] = value >>> 24;
}

export function putUint64(buf: Uint8Array, at: number, value: number): void {
  putUint32(buf, at, value >>> 0);
  putUint32(buf, at + 4, Math.floor(value / TWO_32));
}

export function putPageHeader(
  buf: Uint8Array,
  at: number,
  id: number,
  flags: number,
  count: number,
  overflow: number,
): void {
  putUint64(buf, at, id);
  putUint16(buf, at + 8, flags);
  putUint16(buf, at + 10, count);
  putUint32(buf, at + 12, overflow);
}

export interface Meta {
  readonly pageBytes: number;
  /** Root page of the tree of top-level buckets. */
  readonly root: number;
  /** Undefined if the free pages are not stored: they are then those that no tree reaches. */
  readonly freelist: number | undefined;
  /** The pages in use: all page ids are below. The file may be longer. */
  readonly pageCount: number;
  readonly transactionId: number;
}

/** FNV-1a of 64 bits over `buf[start, end)`. */
function fnv1a64(buf: Uint8Array, start: number, end: number): bigint {
  let hash = 0xcbf29ce484222325n;
  for (let i = start; i < end; i++) hash = BigInt.asUintN(64, (hash ^ BigInt(buf[i]!)) * 0x100000001b3n);
  return hash;
}

function readBigUint64(buf: Uint8Array, at: number): bigint {
  return (BigInt(readUint32(buf, at + 4)) << 32n) | BigInt(readUint32(buf, at));
}

/** Reads the meta at `at`, behind its page header; undefined if it is damaged or none. */
export function decodeMeta(buf: Uint8Array, at: number): Meta | undefined {
  if (buf.length < at + META_BYTES) return undefined;
  if (readUint32(buf, at) !== MAGIC || readUint32(buf, at + 4) !== VERSION) return undefined;
  if (readBigUint64(buf, at + CHECKSUM_AT) !== fnv1a64(buf, at, at + CHECKSUM_AT)) return undefined;
  return {
    pageBytes: readUint32(buf, at + 8),
    root: readUint64(buf, at + 16),
    freelist: readBigUint64(buf, at + 32) === NO_FREELIST ? undefined : readUint64(buf, at + 32),
    pageCount: readUint64(buf, at + 40),
    transactionId: readUint64(buf, at + 48),
  };
}

/** Writes a meta to `at`, where `META_BYTES` zeros are. */
export function putMeta(buf: Uint8Array, at: number, meta: Meta): void {
  putUint32(buf, at, MAGIC);
  putUint32(buf, at + 4, VERSION);
  putUint32(buf, at + 8, meta.pageBytes);
  putUint64(buf, at + 16, meta.root);
  putUint64(buf, at + 32, must(meta.freelist, 'the writer stores a freelist'));
  putUint64(buf, at + 40, meta.pageCount);
  putUint64(buf, at + 48, meta.transactionId);
  const checksum = fnv1a64(buf, at, at + CHECKSUM_AT);
  putUint32(buf, at + CHECKSUM_AT, Number(checksum & 0xffffffffn));
  putUint32(buf, at + CHECKSUM_AT + 4, Number(checksum >> 32n));
}
