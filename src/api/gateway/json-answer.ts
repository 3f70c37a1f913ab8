/**
 * Answers of calls as HTTP. A unary one is a JSON object. A stream's is a line for each message, and nothing at all is
 * said before the first: an error until then still chooses the HTTP status.
 */
import { Status } from '../../transport/index.js';
import type { MessageType } from '../../wire/index.js';
import type { BodyWriter, Respond } from '../http/exchange.js';
import type { CallAnswer } from './gateway-call.js';
import { writeJson } from './json-writer.js';
import { httpStatusOf, statusJson } from './status-mapping.js';

const JSON_HEADERS = { 'Content-Type': 'application/json' };

/** Of what a service has said: its own headers are shown, too. */
const ANSWER_HEADERS = { ...JSON_HEADERS, 'Grpc-Metadata-Content-Type': 'application/grpc' };

/** Refuses a request before there is a call, or one that is unary. */
export function respondStatus(respond: Respond, code: number, message: string): void {
  respond({ status: httpStatusOf(code), headers: JSON_HEADERS, body: statusJson(code, message) });
}

export class UnaryAnswer implements CallAnswer {
  readonly bufferedBytes = 0;
  readonly #type: MessageType<unknown>;
  readonly #respond: Respond;
  #body = '';

  constructor(type: MessageType<unknown>, respond: Respond) {
    this.#type = type;
    this.#respond = respond;
  }

  message(bytes: Uint8Array, start: number, end: number): boolean {
    this.#body = writeJson(this.#type, this.#type.decode(bytes, start, end));
    return true;
  }

  end(code: number, message: string): void {
    if (code === Status.OK) this.#respond({ status: 200, headers: ANSWER_HEADERS, body: this.#body });
    else respondStatus(this.#respond, code, message);
  }
}

export class StreamAnswer implements CallAnswer {
  onDrain: (() => void) | undefined;
  readonly #type: MessageType<unknown>;
  readonly #respond: Respond;
  #writer: BodyWriter | undefined;

  constructor(type: MessageType<unknown>, respond: Respond) {
    this.#type = type;
    this.#respond = respond;
  }

  get bufferedBytes(): number {
    return this.#writer?.bufferedBytes ?? 0;
  }

  message(bytes: Uint8Array, start: number, end: number): boolean {
    const line = `{"result":${writeJson(this.#type, this.#type.decode(bytes, start, end))}}\n`;
    if (this.#writer === undefined) this.#begin(200, ANSWER_HEADERS);
    return this.#writer?.write(line) ?? true;
  }

  end(code: number, message: string): void {
    if (this.#writer === undefined) {
      // A stream that says nothing has not said what it is, either.
      this.#begin(httpStatusOf(code), code === Status.OK ? {} : JSON_HEADERS);
    }
    if (code !== Status.OK) this.#writer?.write(`{"error":${statusJson(code, message)}}\n`);
    this.#writer?.end();
  }

  #begin(status: number, headers: Readonly<Record<string, string>>): void {
    this.#respond({
      status,
      headers,
      body: (writer) => {
        this.#writer = writer;
        writer.onDrain = () => this.onDrain?.();
      },
    });
  }
}
