import { decodeUtf8 } from '../../stdx/index.js';
import { TEXT_CHARS_SHOWN } from '../limits.js';

/** Bytes as a person reads them, cut if they are long. */
export function shownText(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  // Of a long value only the beginning is decoded; a character cut in two becomes a replacement mark.
  const text = decodeUtf8(bytes, start, Math.min(end, start + 4 * TEXT_CHARS_SHOWN));
  return text.length > TEXT_CHARS_SHOWN ? `${text.slice(0, TEXT_CHARS_SHOWN)}…` : text;
}
