/** One RPC on the client: the stream and its call in one object. Unary calls and streams differ in their callbacks. */
import { EMPTY_BYTES } from '../../stdx/index.js';
import { Http2Stream } from '../http2/stream.js';
import type { MessageAssembler } from './message-assembler.js';

/** `message[start, end)` is the answer when `status` is 0; the receiver may keep the bytes. */
export type UnaryDone = (
  status: number,
  statusMessage: string,
  message: Uint8Array,
  start: number,
  end: number,
) => void;

/** A call that can be given up. */
export interface ClientCall {
  /** Resets the stream; the call ends with CANCELLED. */
  cancel(): void;
  readonly finished: boolean;
}

export interface ClientStream extends ClientCall {
  /** Sends one message (the bytes are copied). False when the server reads too slowly: wait for `onDrain`. */
  send(message: Uint8Array, start: number, end: number): boolean;
  /** No more messages from us. */
  halfClose(): void;
  /** Stops and resumes reading the server's messages; flow control holds the server back. */
  pause(): void;
  resume(): void;
  /** Bytes sent and not yet handed to the connection. */
  readonly bufferedBytes: number;
  onMessage: ((message: Uint8Array, start: number, end: number) => void) | undefined;
  /** The call is over; called once. */
  onStatus: ((status: number, statusMessage: string) => void) | undefined;
  onDrain: (() => void) | undefined;
}

/** What a call needs of its connection. */
export interface ClientCallOwner {
  send(call: GrpcClientCall, message: Uint8Array, start: number, end: number): boolean;
  halfClose(call: GrpcClientCall): void;
  writeEnd(call: GrpcClientCall): void;
  cancelCall(call: GrpcClientCall): void;
  resumeCall(call: GrpcClientCall): void;
}

export class GrpcClientCall extends Http2Stream implements ClientStream {
  readonly owner: ClientCallOwner;
  /** Defined for a unary call. */
  readonly onDone: UnaryDone | undefined;
  finished = false;
  headSeen = false;
  paused = false;
  deadlineAt = Number.POSITIVE_INFINITY;
  uncreditedBytes = 0;
  /** The status that came while messages were held back by a pause; -1 for none. */
  heldStatus = -1;
  heldMessage = '';
  assembler: MessageAssembler | undefined = undefined;
  /** The answer of a unary call, while its trailers are on their way. */
  answer: Uint8Array = EMPTY_BYTES;
  answerStart = 0;
  answerEnd = 0;
  answered = false;
  onMessage: ((message: Uint8Array, start: number, end: number) => void) | undefined = undefined;
  onStatus: ((status: number, statusMessage: string) => void) | undefined = undefined;
  onDrain: (() => void) | undefined = undefined;

  constructor(
    id: number,
    sendWindow: number,
    recvWindow: number,
    owner: ClientCallOwner,
    onDone: UnaryDone | undefined,
  ) {
    super(id, sendWindow, recvWindow);
    this.owner = owner;
    this.onDone = onDone;
  }

  get bufferedBytes(): number {
    return this.queuedBytes;
  }

  send(message: Uint8Array, start: number, end: number): boolean {
    return this.finished ? true : this.owner.send(this, message, start, end);
  }

  halfClose(): void {
    if (!this.finished) this.owner.halfClose(this);
  }

  cancel(): void {
    if (!this.finished) this.owner.cancelCall(this);
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
    this.owner.writeEnd(this);
  }

  override drained(): void {
    if (!this.finished) this.onDrain?.();
  }
}
