/** One RPC on the server: the stream and its call in one object, as nearly every stream is a short call. */
import { Http2Stream } from '../http2/stream.js';
import type { StreamCall } from './call.js';
import type { MessageAssembler } from './message-assembler.js';
import { findMetadata } from './metadata.js';
import type { RequestHead } from './request-head.js';

/** What a call needs of the connection that serves it. */
export interface ServerCallOwner {
  readonly remoteAddress: string;
  readonly certifiedName: string | undefined;
  reply(call: GrpcServerCall, message: Uint8Array, start: number, end: number): void;
  send(call: GrpcServerCall, message: Uint8Array, start: number, end: number): boolean;
  finish(call: GrpcServerCall, code: number, message: string): void;
  /** Sends the trailers that were waiting for the queue. */
  writeTrailers(call: GrpcServerCall): void;
  callDrained(call: GrpcServerCall): void;
  resumeCall(call: GrpcServerCall): void;
}

export class GrpcServerCall extends Http2Stream implements StreamCall {
  readonly head: RequestHead;
  readonly owner: ServerCallOwner;
  finished = false;
  /** The response headers have been sent. */
  headersSent = false;
  /** The handler of a unary call has its message. */
  dispatched = false;
  paused = false;
  deadlineAt = Number.POSITIVE_INFINITY;
  /** When it came, if calls of its method are timed. */
  startedAt = 0;
  /** When its handler got its message, by the clock of turns; 0 before, or if nobody asks. */
  dispatchedAt = 0;
  requestBytes = 0;
  /** Received while paused and not credited to the caller yet. */
  uncreditedBytes = 0;
  /** What the connection counts as held for this call. */
  heldBytes = 0;
  assembler: MessageAssembler | undefined = undefined;
  endCode = 0;
  endMessage = '';
  onCancel: (() => void) | undefined = undefined;
  onMessage: ((message: Uint8Array, start: number, end: number) => void) | undefined = undefined;
  onHalfClose: (() => void) | undefined = undefined;
  onDrain: (() => void) | undefined = undefined;

  constructor(id: number, sendWindow: number, recvWindow: number, head: RequestHead, owner: ServerCallOwner) {
    super(id, sendWindow, recvWindow);
    this.head = head;
    this.owner = owner;
  }

  get path(): string {
    return this.head.path;
  }

  get timeoutMs(): number {
    return this.head.timeoutMs;
  }

  get remoteAddress(): string {
    return this.owner.remoteAddress;
  }

  get certifiedName(): string | undefined {
    return this.owner.certifiedName;
  }

  get bufferedBytes(): number {
    return this.queuedBytes;
  }

  get roomBytes(): number {
    return Math.max(0, this.sendWindow - this.queuedBytes);
  }

  metadata(name: string): string | undefined {
    const { head } = this;
    if (head.askedName !== name) {
      head.askedValue = findMetadata(head.fields, name);
      head.askedName = name;
    }
    return head.askedValue;
  }

  reply(message: Uint8Array, start: number, end: number): void {
    if (!this.finished) this.owner.reply(this, message, start, end);
  }

  send(message: Uint8Array, start: number, end: number): boolean {
    return this.finished ? true : this.owner.send(this, message, start, end);
  }

  finish(code: number, message: string): void {
    if (!this.finished) this.owner.finish(this, code, message);
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.owner.resumeCall(this);
  }

  override writeEnd(): void {
    this.endPending = false;
    this.owner.writeTrailers(this);
  }

  override drained(): void {
    this.owner.callDrained(this);
  }
}
