/** Frames that concern the connection as a whole, written to its output buffer. */
import { encodeUtf8 } from '../../stdx/index.js';
import { Flag, FRAME_HEADER_BYTES, FrameType, putFrameHeader, putUint32 } from './frame.js';
import type { OutBuffer } from './out-buffer.js';

const PING_BYTES = 8;
const GOAWAY_FIXED_BYTES = 8;

export function writeGoAway(out: OutBuffer, lastStreamId: number, errorCode: number, text: string): void {
  const debug = encodeUtf8(text);
  const length = GOAWAY_FIXED_BYTES + debug.length;
  out.reserve(FRAME_HEADER_BYTES + length);
  let at = putFrameHeader(out.buf, out.len, length, FrameType.GOAWAY, 0, 0);
  at = putUint32(out.buf, at, lastStreamId);
  at = putUint32(out.buf, at, errorCode);
  out.buf.set(debug, at);
  out.len = at + debug.length;
}

/** The payload's eight bytes as two halves. */
export function writePing(out: OutBuffer, flags: number, high: number, low: number): void {
  out.reserve(FRAME_HEADER_BYTES + PING_BYTES);
  let at = putFrameHeader(out.buf, out.len, PING_BYTES, FrameType.PING, flags, 0);
  at = putUint32(out.buf, at, high);
  out.len = putUint32(out.buf, at, low);
}

export function writeSettingsAck(out: OutBuffer): void {
  out.reserve(FRAME_HEADER_BYTES);
  out.len = putFrameHeader(out.buf, out.len, 0, FrameType.SETTINGS, Flag.ACK, 0);
}

export function writeRaw(out: OutBuffer, bytes: Uint8Array): void {
  out.reserve(bytes.length);
  out.buf.set(bytes, out.len);
  out.len += bytes.length;
}
