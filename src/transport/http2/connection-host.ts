/** Between an HTTP/2 connection and its owner. */
import type { HeaderField } from './hpack-table.js';
import type { PeerSettings } from './settings.js';
import type { Http2Stream } from './stream.js';

/** What the connection tells its owner. `H` is the owner's reading of a header list. */
export interface ConnectionHost<S extends Http2Stream, H> {
  /** Interprets a list; the result is remembered for equal blocks, so it must not depend on anything else. */
  parseHead(fields: readonly HeaderField[], overflowed: boolean): H;
  /** A header block: of a new stream (server, `stream` undefined) or of a known one. */
  onHead(streamId: number, stream: S | undefined, head: H, endStream: boolean): void;
  onData(stream: S, buf: Uint8Array, start: number, end: number, endStream: boolean): void;
  /** The stream was reset, by the peer or for an error of the peer; it is gone. */
  onReset(stream: S, errorCode: number): void;
  /** Unsent bytes have become fewer. */
  onRoom(): void;
  onSettings(settings: PeerSettings): void;
  onGoAway(lastStreamId: number, errorCode: number, text: string): void;
  /** The acknowledgement of a ping of ours. */
  onPong(payload: number): void;
  /** The connection is over; its streams are still listed. */
  onClosed(reason: string): void;
}
