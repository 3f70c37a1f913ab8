/**
 * A reliable, ordered byte stream (a TCP or TLS connection, a Unix socket, a pair of buffers in the simulator).
 *
 * The owner sets `handlers` once, before the first event. Bytes given to `onData` belong to the receiver, which may
 * keep them; bytes given to `write` belong to the stream until it has sent them and must not change meanwhile.
 */
export interface ByteStream {
  /** Queues bytes. Returns false when more than the stream's high-water mark waits to be sent. */
  write(bytes: Uint8Array): boolean;
  /** Bytes queued and not yet taken by the system. */
  readonly bufferedBytes: number;
  /** Stops and resumes `onData`, to hold back a sender. */
  pause(): void;
  resume(): void;
  /** Sends what is queued, then closes. */
  end(): void;
  /** Closes at once; what is queued is lost. */
  destroy(): void;
  handlers: ByteStreamHandlers;
  /** Where the other side is, for logs: `127.0.0.1:40312`. */
  readonly remoteAddress: string;
  /**
   * The common name ('' if it has none) of the certificate by which the other side has shown who it is; undefined if it
   * was not asked to.
   */
  readonly certifiedName?: string | undefined;
}

export interface ByteStreamHandlers {
  onData(bytes: Uint8Array): void;
  /** After `write` returned false: the queue is short again. */
  onDrain(): void;
  /** The stream is gone, for whatever reason; nothing is called afterwards. */
  onClose(): void;
}
