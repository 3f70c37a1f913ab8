/**
 * A call's requests out of a body: one JSON value for a method that takes one message, a sequence of them for a
 * bidirectional stream. They are handed on as they come, so that a conversation is possible, and not while the service
 * asks for a pause: then the client is held back.
 */
import { EMPTY_BYTES } from '../../stdx/index.js';
import { Status } from '../../transport/index.js';
import type { RpcMethod } from '../../wire/index.js';
import type { BodyFlow, BodyReader, HttpRequest } from '../http/exchange.js';
import type { GatewayCall } from './gateway-call.js';
import { readJson } from './json-reader.js';
import { JsonSplitter, Split } from './json-splitter.js';
import { JsonError } from './json-tokens.js';
import { JSON_BYTES_PER_MESSAGE_BYTE } from './limits.js';

export class JsonRequests implements BodyReader {
  readonly #call: GatewayCall;
  readonly #method: RpcMethod;
  readonly #messageBytesMax: number;
  readonly #splitter: JsonSplitter;
  readonly #refuse: (code: number, message: string) => void;
  #flow: BodyFlow | undefined;
  /** All requests there can be have been handed on. */
  #isDone = false;
  #isPumping = false;

  /** `refuse` is called if the method takes one message, and the body has none. */
  constructor(
    call: GatewayCall,
    method: RpcMethod,
    messageBytesMax: number,
    refuse: (code: number, message: string) => void,
  ) {
    this.#call = call;
    this.#method = method;
    this.#messageBytesMax = messageBytesMax;
    this.#splitter = new JsonSplitter(messageBytesMax * JSON_BYTES_PER_MESSAGE_BYTE);
    this.#refuse = refuse;
    call.onResume = () => this.#resume();
  }

  begin(request: HttpRequest): void {
    this.#flow = request.readBody(this);
  }

  onChunk(bytes: Uint8Array): void {
    if (this.#isOver) return;
    this.#splitter.feed(bytes);
    this.#pump();
    if (this.#call.paused && !this.#isOver) this.#flow?.pause();
  }

  onEnd(): void {
    if (this.#isOver) return;
    this.#splitter.end();
    this.#pump();
  }

  get #isOver(): boolean {
    return this.#isDone || this.#call.finished;
  }

  #resume(): void {
    this.#pump();
    if (!this.#call.paused || this.#isOver) this.#flow?.resume();
  }

  #pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    while (!this.#isOver && !this.#call.paused) if (!this.#next()) break;
    this.#isPumping = false;
  }

  /** Returns whether there may be more. */
  #next(): boolean {
    switch (this.#splitter.next()) {
      case Split.MORE:
        return false;
      case Split.VALUE:
        this.#take(this.#splitter.value);
        return true;
      case Split.END:
        this.#ended();
        return false;
      case Split.TOO_LARGE:
        this.#isDone = true;
        this.#tooLarge(this.#messageBytesMax * JSON_BYTES_PER_MESSAGE_BYTE + 1);
        return false;
      default:
        this.#malformed(this.#splitter.error);
        return false;
    }
  }

  #take(json: Uint8Array): void {
    let message: Uint8Array;
    try {
      message = this.#method.request.toBytes(readJson(this.#method.request, json));
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
      return this.#malformed(error.message);
    }
    if (message.length > this.#messageBytesMax) {
      this.#isDone = true;
      return this.#tooLarge(message.length);
    }
    if (this.#method.kind !== 'bidiStream') this.#isDone = true;
    this.#deliver(message);
  }

  #deliver(message: Uint8Array): void {
    this.#call.deliver(message);
    if (this.#method.kind === 'serverStream') this.#call.halfClose();
  }

  /** A method that takes one message takes an empty body for an empty one. */
  #ended(): void {
    this.#isDone = true;
    if (this.#method.kind === 'bidiStream') this.#call.halfClose();
    else this.#deliver(EMPTY_BYTES);
  }

  /** A conversation only ends for the one side, as in etcd: what was asked before is still answered. */
  #malformed(text: string): void {
    this.#isDone = true;
    if (this.#method.kind === 'bidiStream') this.#call.halfClose();
    else this.#refuse(Status.INVALID_ARGUMENT, text);
  }

  #tooLarge(bytes: number): void {
    this.#call.fail(
      Status.RESOURCE_EXHAUSTED,
      `grpc: received message larger than max (${bytes} vs. ${this.#messageBytesMax})`,
    );
  }
}
