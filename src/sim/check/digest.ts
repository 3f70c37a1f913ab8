/** Of longer byte strings every sixteenth byte counts: they are mostly padding, and unique at their beginning. */
const LONG_BYTES = 256;

/** A 32-bit fingerprint (FNV-1a) to tell byte strings apart; not cryptographic. */
export function digest(bytes: Uint8Array): number {
  let hash = 0x811c9dc5 ^ bytes.length;
  const head = Math.min(bytes.length, LONG_BYTES);
  for (let i = 0; i < head; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  for (let i = head; i < bytes.length; i += 16) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash >>> 0;
}
