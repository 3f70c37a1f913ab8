/** What every stream has, whatever it carries (RFC 9113, section 5). Server calls and client calls extend it. */
import { STREAM_QUEUE_BYTES_HIGH } from './limits.js';
import type { SendQueue } from './send-queue.js';

export abstract class Http2Stream {
  /** 0 until a client call that had to wait is opened. */
  id: number;
  /** Bytes we may still send. A change of the peer's settings can make it negative (section 6.9.2). */
  sendWindow: number;
  /** Bytes the peer may still send. */
  recvWindow: number;
  /** Bytes consumed since the last WINDOW_UPDATE. */
  recvConsumed = 0;
  /** The peer has sent END_STREAM. */
  remoteClosed = false;
  /** We have sent END_STREAM. */
  localClosed = false;
  /** The connection does not know the stream any more. */
  gone = false;
  /** Message bytes that wait for a window or a slow peer. */
  queue: SendQueue | undefined = undefined;
  /** Once the queue is empty, `writeEnd` is due. */
  endPending = false;
  /** Bytes in the queue from which on whoever sends many messages is told to wait. */
  queueBytesHigh = STREAM_QUEUE_BYTES_HIGH;
  /** `drained` is due when the queue is short. */
  wantsDrain = false;

  constructor(id: number, sendWindow: number, recvWindow: number) {
    this.id = id;
    this.sendWindow = sendWindow;
    this.recvWindow = recvWindow;
  }

  get queuedBytes(): number {
    return this.queue === undefined ? 0 : this.queue.bytes;
  }

  /** Sends what ends our side (trailers, or an empty frame with END_STREAM). */
  abstract writeEnd(): void;

  /** There is room in the queue again. */
  abstract drained(): void;
}
