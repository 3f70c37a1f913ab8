/** Keys of the table `key`: main revision, `_`, sub revision, big-endian, and `t` behind a tombstone's. As etcd's. */

export const REVISION_KEY_BYTES = 17;
export const TOMBSTONE_KEY_BYTES = 18;
const TWO_32 = 4294967296;
const SEPARATOR = 0x5f;
const TOMBSTONE_MARK = 0x74;

function putUint32(buf: Uint8Array, at: number, value: number): void {
  buf[at] = value >>> 24;
  buf[at + 1] = value >>> 16;
  buf[at + 2] = value >>> 8;
  buf[at + 3] = value;
}

/** Writes the key at `at` and returns where it ends. */
export function putRevisionKey(
  buf: Uint8Array,
  at: number,
  main: number,
  sub: number,
  isDelete: boolean,
): number {
  putUint32(buf, at, Math.floor(main / TWO_32));
  putUint32(buf, at + 4, main >>> 0);
  buf[at + 8] = SEPARATOR;
  putUint32(buf, at + 9, Math.floor(sub / TWO_32));
  putUint32(buf, at + 13, sub >>> 0);
  if (!isDelete) return at + REVISION_KEY_BYTES;
  buf[at + 17] = TOMBSTONE_MARK;
  return at + TOMBSTONE_KEY_BYTES;
}

export function mainOfRevisionKey(key: Uint8Array): number {
  return readUint32(key, 0) * TWO_32 + readUint32(key, 4);
}

export function subOfRevisionKey(key: Uint8Array): number {
  return readUint32(key, 9) * TWO_32 + readUint32(key, 13);
}

export function isTombstoneKey(key: Uint8Array): boolean {
  return key.length === TOMBSTONE_KEY_BYTES && key[17] === TOMBSTONE_MARK;
}

/** Whether the bytes have the shape of a revision key at all. */
export function isRevisionKey(key: Uint8Array): boolean {
  if (key[8] !== SEPARATOR) return false;
  return key.length === REVISION_KEY_BYTES || isTombstoneKey(key);
}

function readUint32(buf: Uint8Array, at: number): number {
  return ((buf[at]! << 24) | (buf[at + 1]! << 16) | (buf[at + 2]! << 8) | buf[at + 3]!) >>> 0;
}
