/** SETTINGS (RFC 9113, section 6.5): what a peer announces, and what we announce. */
import { ErrorCode, FRAME_HEADER_BYTES, FrameType, putFrameHeader, putUint32, readUint32 } from './frame.js';
import {
  CONNECTION_WINDOW_BYTES,
  FRAME_BYTES_LIMIT,
  FRAME_BYTES_MAX,
  HEADER_LIST_BYTES_MAX,
  STREAM_WINDOW_BYTES,
  WINDOW_BYTES_DEFAULT,
  WINDOW_BYTES_LIMIT,
} from './limits.js';

const SettingId = {
  HEADER_TABLE_SIZE: 1,
  ENABLE_PUSH: 2,
  MAX_CONCURRENT_STREAMS: 3,
  INITIAL_WINDOW_SIZE: 4,
  MAX_FRAME_SIZE: 5,
  MAX_HEADER_LIST_SIZE: 6,
} as const;

const SETTING_BYTES = 6;
const UNLIMITED = 0xffffffff;

export type Role = 'server' | 'client';

export interface PeerSettings {
  headerTableBytes: number;
  maxConcurrentStreams: number;
  initialWindowBytes: number;
  frameBytesMax: number;
}

export function defaultSettings(): PeerSettings {
  return {
    headerTableBytes: 4096,
    maxConcurrentStreams: UNLIMITED,
    initialWindowBytes: WINDOW_BYTES_DEFAULT,
    frameBytesMax: FRAME_BYTES_MAX,
  };
}

/**
 * Reads a payload into `settings`; of a setting given twice the last counts. Returns the error code of the connection
 * error, NO_ERROR if all is well. `role` is ours: only a client may be sent no ENABLE_PUSH of 1.
 */
export function readSettings(
  buf: Uint8Array,
  start: number,
  end: number,
  role: Role,
  settings: PeerSettings,
): number {
  if ((end - start) % SETTING_BYTES !== 0) return ErrorCode.FRAME_SIZE_ERROR;
  for (let at = start; at < end; at += SETTING_BYTES) {
    const id = (buf[at]! << 8) | buf[at + 1]!;
    const error = applySetting(id, readUint32(buf, at + 2), role, settings);
    if (error !== ErrorCode.NO_ERROR) return error;
  }
  return ErrorCode.NO_ERROR;
}

function applySetting(id: number, value: number, role: Role, settings: PeerSettings): number {
  switch (id) {
    case SettingId.HEADER_TABLE_SIZE:
      settings.headerTableBytes = value;
      break;
    case SettingId.ENABLE_PUSH:
      if (value > 1 || (value === 1 && role === 'client')) return ErrorCode.PROTOCOL_ERROR;
      break;
    case SettingId.MAX_CONCURRENT_STREAMS:
      settings.maxConcurrentStreams = value;
      break;
    case SettingId.INITIAL_WINDOW_SIZE:
      if (value > WINDOW_BYTES_LIMIT) return ErrorCode.FLOW_CONTROL_ERROR;
      settings.initialWindowBytes = value;
      break;
    case SettingId.MAX_FRAME_SIZE:
      if (value < FRAME_BYTES_MAX || value > FRAME_BYTES_LIMIT) return ErrorCode.PROTOCOL_ERROR;
      settings.frameBytesMax = value;
      break;
  }
  return ErrorCode.NO_ERROR;
}

/** Our first frames: SETTINGS, and the WINDOW_UPDATE that opens the connection's window. */
export function openingFrames(role: Role, maxConcurrentStreams: number): Uint8Array {
  const settings: [number, number][] = [
    [SettingId.INITIAL_WINDOW_SIZE, STREAM_WINDOW_BYTES],
    [SettingId.MAX_HEADER_LIST_SIZE, HEADER_LIST_BYTES_MAX],
  ];
  if (role === 'client') settings.push([SettingId.ENABLE_PUSH, 0]);
  else if (maxConcurrentStreams < UNLIMITED) {
    settings.push([SettingId.MAX_CONCURRENT_STREAMS, maxConcurrentStreams]);
  }
  const length = settings.length * SETTING_BYTES;
  const frames = new Uint8Array(FRAME_HEADER_BYTES + length + FRAME_HEADER_BYTES + 4);
  let at = putFrameHeader(frames, 0, length, FrameType.SETTINGS, 0, 0);
  for (const [id, value] of settings) {
    frames[at + 1] = id;
    at = putUint32(frames, at + 2, value);
  }
  at = putFrameHeader(frames, at, 4, FrameType.WINDOW_UPDATE, 0, 0);
  putUint32(frames, at, CONNECTION_WINDOW_BYTES - WINDOW_BYTES_DEFAULT);
  return frames;
}
