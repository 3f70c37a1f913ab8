/** What RFC 9113, section 6 says of every frame of a type: its length, and whether it belongs to a stream. */
import { ErrorCode, FrameType } from './frame.js';

/** The code of the connection error that the frame is by its header alone; NO_ERROR if it may be read. */
export function checkFrameHeader(type: number, streamId: number, length: number): number {
  switch (type) {
    case FrameType.PRIORITY:
      return check(streamId !== 0, length === 5);
    case FrameType.RST_STREAM:
      return check(streamId !== 0, length === 4);
    case FrameType.SETTINGS:
      return check(streamId === 0, length % 6 === 0);
    case FrameType.PING:
      return check(streamId === 0, length === 8);
    case FrameType.GOAWAY:
      return check(streamId === 0, length >= 8);
    case FrameType.WINDOW_UPDATE:
      return check(true, length === 4);
    case FrameType.PUSH_PROMISE:
      // We never allow it as a client, and clients never push.
      return ErrorCode.PROTOCOL_ERROR;
    case FrameType.DATA:
    case FrameType.HEADERS:
    case FrameType.CONTINUATION:
      return check(streamId !== 0, true);
    default:
      return ErrorCode.NO_ERROR;
  }
}

function check(streamFits: boolean, lengthFits: boolean): number {
  if (!streamFits) return ErrorCode.PROTOCOL_ERROR;
  return lengthFits ? ErrorCode.NO_ERROR : ErrorCode.FRAME_SIZE_ERROR;
}
