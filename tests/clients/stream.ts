/** One streaming call as a queue of what arrives. */
import type { ServiceError } from '@grpc/grpc-js';

/** The parts of a call of @grpc/grpc-js that are used here; `write` and `end` are missing where only the server streams. */
export interface LibraryStream {
  on(event: 'data', listener: (message: unknown) => void): unknown;
  on(event: 'error', listener: (error: ServiceError) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
  cancel(): void;
  pause(): unknown;
  resume(): unknown;
  write?(message: unknown): boolean;
  end?(): unknown;
}

interface Waiter<Res> {
  readonly resolve: (message: Res | undefined) => void;
  readonly reject: (error: Error) => void;
}

export class RpcStream<Req, Res> implements AsyncIterable<Res> {
  readonly #call: LibraryStream;
  readonly #encode: (request: Req) => unknown;
  readonly #arrived: Res[] = [];
  readonly #waiting: Waiter<Res>[] = [];
  #error: ServiceError | undefined;
  #ended = false;

  constructor(call: LibraryStream, encode: (request: Req) => unknown, decode: (message: unknown) => Res) {
    this.#call = call;
    this.#encode = encode;
    call.on('data', (message) => {
      const waiter = this.#waiting.shift();
      if (waiter === undefined) this.#arrived.push(decode(message));
      else waiter.resolve(decode(message));
    });
    call.on('error', (error) => {
      this.#error = error;
      for (const waiter of this.#waiting.splice(0)) waiter.reject(error);
    });
    call.on('end', () => {
      this.#ended = true;
      // A failed call ends first and tells its status right after.
      setImmediate(() => {
        for (const waiter of this.#waiting.splice(0)) waiter.resolve(undefined);
      });
    });
  }

  send(request: Req): void {
    if (this.#call.write === undefined) throw new Error('this call takes one request only');
    this.#call.write(this.#encode(request));
  }

  /** The next message, or undefined after the last. Rejects with the call's status, or after `timeoutMs` of silence. */
  next(timeoutMs = 10_000): Promise<Res | undefined> {
    if (this.#arrived.length > 0) return Promise.resolve(this.#arrived.shift());
    if (this.#error !== undefined) return Promise.reject(this.#error);
    return new Promise((resolve, reject) => {
      const waiter = {
        resolve: (message: Res | undefined) => {
          clearTimeout(timer);
          resolve(message);
        },
        reject: (error: Error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        reject(new Error(`no message within ${timeoutMs} ms`));
      }, timeoutMs);
      this.#waiting.push(waiter);
      if (this.#ended) setImmediate(() => waiter.resolve(undefined));
    });
  }

  /** {@link next} that must not be the end. */
  async must(timeoutMs?: number): Promise<Res> {
    const message = await this.next(timeoutMs);
    if (message === undefined) throw new Error('the stream has ended');
    return message;
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Res> {
    for (let message = await this.next(); message !== undefined; message = await this.next()) yield message;
  }

  /** Messages that have arrived and were not taken yet. */
  get waitingCount(): number {
    return this.#arrived.length;
  }

  /** No more requests; answers go on. */
  halfClose(): void {
    this.#call.end?.();
  }

  cancel(): void {
    this.#call.cancel();
  }

  /** Stops and resumes reading, so that flow control holds the server back. */
  pause(): void {
    this.#call.pause();
  }

  resume(): void {
    this.#call.resume();
  }
}
