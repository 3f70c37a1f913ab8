/** One RPC without a network: encoded messages go in and come out, as the transport would hand them over. */
import { copyOf } from '../stdx/index.js';
import { Status, type StreamCall } from '../transport/index.js';

export interface SimCallListener {
  /** A message of the answer, in memory of its own. Returns whether the caller has room for more. */
  message(bytes: Uint8Array): boolean;
  /** The call has ended with a status (0 is OK). */
  end(code: number, message: string): void;
  /** The process at the other end is gone, and whether the request was carried out is not known. */
  lost(): void;
}

export class SimCall implements StreamCall {
  readonly path: string;
  readonly timeoutMs = Number.POSITIVE_INFINITY;
  readonly remoteAddress = 'simulation';
  readonly bufferedBytes = 0;
  finished = false;
  onCancel: (() => void) | undefined;
  onMessage: ((message: Uint8Array, start: number, end: number) => void) | undefined;
  onHalfClose: (() => void) | undefined;
  onDrain: (() => void) | undefined;
  readonly #listener: SimCallListener;
  readonly #user: string;
  #paused = false;
  #unread: Uint8Array[] = [];

  constructor(path: string, user: string, listener: SimCallListener) {
    this.path = path;
    this.#user = user;
    this.#listener = listener;
  }

  /** Only who calls; the name is its own proof. */
  metadata(name: string): string | undefined {
    return name === 'token' ? this.#user : undefined;
  }

  reply(message: Uint8Array, start: number, end: number): void {
    if (this.finished) return;
    this.finished = true;
    this.#listener.message(copyOf(message.subarray(start, end)));
    this.#listener.end(Status.OK, '');
  }

  send(message: Uint8Array, start: number, end: number): boolean {
    if (this.finished) return true;
    return this.#listener.message(copyOf(message.subarray(start, end)));
  }

  finish(code: number, message: string): void {
    if (this.finished) return;
    this.finished = true;
    this.#listener.end(code, message);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    while (!this.#paused && this.#unread.length > 0) this.#take(this.#unread.shift()!);
  }

  /** The client sends a message on the stream. */
  write(message: Uint8Array): void {
    if (this.#paused) this.#unread.push(message);
    else this.#take(message);
  }

  /** The process at the other end is gone: it hears nothing any more. */
  cut(): void {
    if (this.finished) return;
    this.finished = true;
    this.#listener.lost();
  }

  /** The client ends the call. */
  cancel(): void {
    if (this.finished) return;
    this.finished = true;
    this.onCancel?.();
  }

  #take(message: Uint8Array): void {
    if (!this.finished) this.onMessage?.(message, 0, message.length);
  }
}
