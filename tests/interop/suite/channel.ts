/** The way to one member in one protocol. Messages are JSON as the gateway has it, whatever the protocol. */
import type { RpcMethod } from '../../../src/wire/index.js';
import type { Fields } from './rpc.js';

export interface CallOptions {
  readonly metadata?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** How a call ended. */
export interface Outcome {
  /** gRPC status code; 0 is OK. */
  readonly code: number;
  readonly message: string;
  /** Through the gateway, the HTTP status. */
  readonly http?: number;
  /** The answer of a unary call that succeeded. */
  readonly answer?: Fields;
}

/** What comes next on a stream. */
export type Arrival = { readonly answer: Fields } | { readonly end: Outcome } | 'silence';

export interface ChannelStream {
  send(request: Fields): void;
  halfClose(): void;
  cancel(): void;
  /** Waits for the next message, or the end, for at most `timeoutMs`. */
  next(timeoutMs: number): Promise<Arrival>;
}

export interface Channel {
  unary(method: RpcMethod, request: Fields, options: CallOptions): Promise<Outcome>;
  /** `request` is the one of a method where only the server streams. */
  stream(method: RpcMethod, request: Fields | undefined, options: CallOptions): ChannelStream;
  close(): void;
}

export const CALL_TIMEOUT_MS = 30_000;

/** Messages that arrive faster than they are asked for, or the other way round. */
export class ArrivalQueue {
  readonly #arrived: Arrival[] = [];
  #waiting: ((arrival: Arrival) => void) | undefined;
  #end: Arrival | undefined;

  push(arrival: Arrival): void {
    if (this.#end !== undefined) return;
    if (arrival !== 'silence' && 'end' in arrival) this.#end = arrival;
    else if (this.#waiting === undefined) this.#arrived.push(arrival);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(arrival);
  }

  next(timeoutMs: number): Promise<Arrival> {
    const first = this.#arrived.shift() ?? this.#end;
    if (first !== undefined) return Promise.resolve(first);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#waiting = undefined;
        resolve('silence');
      }, timeoutMs);
      this.#waiting = (arrival) => {
        clearTimeout(timer);
        resolve(arrival);
      };
    });
  }
}
