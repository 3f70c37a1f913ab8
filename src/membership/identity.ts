/**
 * How ids come about, the same in every member: the first eight bytes, big-endian, of a SHA-1. Equal bootstrap
 * settings therefore give equal ids everywhere, and members of different clusters recognise one another as strangers.
 */
import { encodeUtf8 } from '../stdx/index.js';

export type Sha1 = (bytes: Uint8Array) => Uint8Array;

function firstEightBytes(digest: Uint8Array): bigint {
  let id = 0n;
  for (let i = 0; i < 8; i++) id = (id << 8n) | BigInt(digest[i]!);
  return id;
}

/**
 * The id of a member that is there from the start: its sorted peer URLs and the cluster's token. A member added later
 * is hashed without a token and with the time instead, in Unix seconds.
 */
export function computeMemberId(
  sha1: Sha1,
  peerUrls: readonly string[],
  token: string,
  addedAtSeconds?: number,
): bigint {
  const time = addedAtSeconds === undefined ? '' : String(addedAtSeconds);
  return firstEightBytes(sha1(encodeUtf8([...peerUrls].sort().join('') + token + time)));
}

/** The id of a cluster: the ids of its first members, ascending. It never changes afterwards. */
export function computeClusterId(sha1: Sha1, memberIds: readonly bigint[]): bigint {
  const sorted = [...memberIds].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const bytes = new Uint8Array(sorted.length * 8);
  sorted.forEach((id, i) => {
    for (let k = 0; k < 8; k++) bytes[i * 8 + k] = Number((id >> BigInt(56 - 8 * k)) & 255n);
  });
  return firstEightBytes(sha1(bytes));
}
