import type { Message, Value } from './proto-codec.js';

const BYTES_SHOWN_MAX = 64;

/** Bytes as readable text: printable ASCII as it is, the rest as \xNN; long ones are cut and carry their length and sum. */
export function renderBytes(bytes: Uint8Array): string {
  let text = '';
  const shown = Math.min(bytes.length, BYTES_SHOWN_MAX);
  for (let i = 0; i < shown; i++) {
    const byte = bytes[i]!;
    const printable = byte > 31 && byte < 127 && byte !== 92 && byte !== 34;
    text += printable ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  if (bytes.length <= BYTES_SHOWN_MAX) return `"${text}"`;
  return `"${text}"…(${bytes.length} bytes, sum ${checksum(bytes)})`;
}

function checksum(bytes: Uint8Array): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return (hash >>> 0).toString(16);
}

/**
 * A message as one line of text. With `canonical`, fields are ordered by name and scalars equal to their default are left
 * out, so that two messages mean the same exactly when their texts are equal.
 */
export function render(value: Value | undefined, canonical = false): string {
  if (value === undefined) return 'absent';
  if (value instanceof Uint8Array) return renderBytes(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => render(item, canonical)).join(', ')}]`;
  if (typeof value !== 'object') return String(value);
  let entries = Object.entries(value as Message).filter(([, field]) => field !== undefined);
  if (canonical) {
    entries = entries.filter(([, field]) => !isDefault(field!)).sort(([a], [b]) => (a < b ? -1 : 1));
  }
  return `{${entries.map(([name, field]) => `${name}: ${render(field, canonical)}`).join(', ')}}`;
}

function isDefault(value: Value): boolean {
  if (value instanceof Uint8Array || Array.isArray(value)) return value.length === 0;
  return value === 0 || value === false || value === '' || value === 0n;
}
