/** A server connection and a raw peer, joined in memory. */
import { concatBytes } from '../../stdx/index.js';
import { ServerConnection } from '../grpc/server-connection.js';
import type { ServerOptions } from '../grpc/server-options.js';
import { type EchoLog, testOptions } from './echo-service.js';
import { ManualClock } from './manual-clock.js';
import { MemoryStream } from './memory-stream.js';
import { errorCodeOf, type RawFrame, RawPeer } from './raw-peer.js';

const GOAWAY = 7;
const RST_STREAM = 3;

export class ServerFixture {
  readonly clock: ManualClock;
  readonly log: EchoLog = { events: [], later: [] };
  readonly peer = new RawPeer();
  readonly wire: MemoryStream;
  readonly server: ServerConnection;
  /** The server's end of the wire. */
  readonly serverEnd: MemoryStream;

  constructor(options: Partial<ServerOptions> = {}, clock: ManualClock = new ManualClock()) {
    this.clock = clock;
    const [serverEnd, wire] = MemoryStream.pair();
    this.serverEnd = serverEnd;
    this.wire = wire;
    this.server = new ServerConnection(serverEnd, { ...testOptions(clock, this.log), ...options });
  }

  /** Sends bytes to the server; returns the frames it sends in return. */
  send(...bytes: Uint8Array[]): RawFrame[] {
    if (!this.serverEnd.closed) this.serverEnd.handlers.onData(concatBytes(bytes));
    return this.frames();
  }

  /** What the server has sent since. */
  frames(): RawFrame[] {
    while (this.clock.runDeferred());
    return this.peer.read(this.serverEnd.take());
  }

  /** Sends the connection preface; its answer is dropped. */
  open(): this {
    this.send(this.peer.opening());
    return this;
  }

  /** Lets the server's output pile up: the peer does not read. */
  get unread(): number {
    return this.serverEnd.bufferedBytes;
  }

  sendUnread(...bytes: Uint8Array[]): void {
    if (!this.serverEnd.closed) this.serverEnd.handlers.onData(concatBytes(bytes));
    while (this.clock.runDeferred());
  }

  get readingPaused(): boolean {
    return this.serverEnd.paused;
  }

  /** The peer breaks the connection. */
  breakConnection(): void {
    this.wire.destroy();
  }
}

/** Error codes of the GOAWAY frames with one. */
export function goAwayCodes(frames: readonly RawFrame[]): number[] {
  return frames.filter((f) => f.type === GOAWAY).map(errorCodeOf);
}

/** `stream: code` of the RST_STREAM frames. */
export function resets(frames: readonly RawFrame[]): string[] {
  return frames.filter((f) => f.type === RST_STREAM).map((f) => `${f.streamId}: ${errorCodeOf(f)}`);
}
