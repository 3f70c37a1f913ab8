/** A server in memory for the unit tests: answers come in order, a step of virtual time apart. */
import { EMPTY_BYTES } from '../stdx/index.js';
import type { Endpoint, LoadConnection, LoadStream, Metadata, UnaryDone } from './rpc.js';

export interface FakeCall {
  readonly path: string;
  readonly message: Uint8Array;
  readonly metadata: Metadata | undefined;
}

/** Answers a call: the status and its text, and the answer's bytes if it is OK. */
export type FakeHandler = (call: FakeCall) => readonly [number, string, Uint8Array?];

export class FakeServer {
  readonly calls: FakeCall[] = [];
  readonly endpoints: Endpoint[] = [];
  inFlightMax = 0;
  readonly #handler: FakeHandler;
  readonly #latencyMs: number;
  readonly #queue: (() => void)[] = [];
  #nowMs = 0;
  #scheduled = false;

  constructor(latencyMs: number, handler: FakeHandler) {
    this.#latencyMs = latencyMs;
    this.#handler = handler;
  }

  readonly now = (): number => this.#nowMs;

  readonly connect = (endpoint: Endpoint): Promise<LoadConnection> => {
    this.endpoints.push(endpoint);
    return Promise.resolve(this.connection());
  };

  /** A connection that is lost after `callsMax` calls, if given: those under way then fail. */
  connection(callsMax = Number.POSITIVE_INFINITY): LoadConnection {
    let open = true;
    let left = callsMax;
    return {
      get usable() {
        return open;
      },
      unary: (path, message, metadata, onDone) => {
        if (!open) {
          onDone(14, 'connection lost', EMPTY_BYTES, 0, 0);
          return;
        }
        this.#receive({ path, message: message.slice(), metadata }, (status, text, answer, start, end) => {
          if (--left < 0) open = false;
          if (open) onDone(status, text, answer, start, end);
          else onDone(14, 'connection lost', EMPTY_BYTES, 0, 0);
        });
      },
      stream: (): LoadStream => {
        throw new Error('this server has no streams');
      },
      close() {
        open = false;
      },
    };
  }

  #receive(call: FakeCall, onDone: UnaryDone): void {
    this.calls.push(call);
    this.#queue.push(() => {
      const [status, text, answer] = this.#handler(call);
      onDone(status, text, answer ?? EMPTY_BYTES, 0, answer?.length ?? 0);
    });
    this.inFlightMax = Math.max(this.inFlightMax, this.#queue.length);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#nowMs += this.#latencyMs;
      for (const answer of this.#queue.splice(0)) answer();
    });
  }
}
