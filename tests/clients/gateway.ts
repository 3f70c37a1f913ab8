/** Clients of the JSON gateway: one request with one answer, and one whose answer is read line by line. */
import { type Agent, type IncomingMessage, request } from 'node:http';
import { request as requestByTls } from 'node:https';
import { type TlsAccess, tlsOptions } from '../harness/index.js';

export interface GatewayAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

export interface PostOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: string;
  readonly agent?: Agent;
  readonly tls?: TlsAccess | undefined;
}

/** Sends a body (an object as JSON) and reads the whole answer. */
export function post(
  url: string,
  path: string,
  body: unknown,
  { headers = {}, method = 'POST', agent, tls }: PostOptions = {},
): Promise<GatewayAnswer> {
  return new Promise((resolve, reject) => {
    const options = { method, headers, agent: agent ?? false };
    const onAnswer = (answer: IncomingMessage): void => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text });
      });
    };
    // Node.js would expect a certificate for what the Host header says.
    const sent =
      tls === undefined
        ? request(`${url}${path}`, options, onAnswer)
        : requestByTls(
            `${url}${path}`,
            { ...options, ...tlsOptions(tls), servername: 'localhost' },
            onAnswer,
          );
    sent.on('error', reject);
    sent.end(typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body));
  });
}

/** {@link post} for an answer that is JSON. */
export async function postJson(
  url: string,
  path: string,
  body: unknown,
  options?: PostOptions,
): Promise<Record<string, unknown>> {
  return JSON.parse((await post(url, path, body, options)).text) as Record<string, unknown>;
}

/** A request that stays open, with an answer of lines. */
export class LineStream {
  readonly #request: ReturnType<typeof request>;
  readonly #answer: Promise<IncomingMessage>;
  #rest = '';
  #lines: string[] = [];
  #isEnded = false;
  #wake: (() => void) | undefined;

  /** Nothing is read from the connection before the first {@link read}. */
  constructor(url: string, path: string, headers: Readonly<Record<string, string>> = {}) {
    this.#request = request(`${url}${path}`, { method: 'POST', agent: false, headers });
    this.#request.on('error', () => this.#end());
    this.#answer = new Promise((resolve) => {
      this.#request.on('response', (answer) => resolve(answer));
    });
    this.#request.flushHeaders();
  }

  send(json: unknown): void {
    this.#request.write(JSON.stringify(json));
  }

  finish(): void {
    this.#request.end();
  }

  async status(): Promise<number> {
    return (await this.#answer).statusCode ?? 0;
  }

  /** The next line as JSON; undefined at the end. */
  async read(): Promise<Record<string, unknown> | undefined> {
    await this.#listen();
    while (this.#lines.length === 0 && !this.#isEnded) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const line = this.#lines.shift();
    return line === undefined ? undefined : (JSON.parse(line) as Record<string, unknown>);
  }

  close(): void {
    this.#request.destroy();
  }

  async #listen(): Promise<void> {
    const answer = await this.#answer;
    if (answer.listenerCount('data') > 0) return;
    answer.setEncoding('utf8');
    answer.on('data', (chunk: string) => {
      const lines = (this.#rest + chunk).split('\n');
      this.#rest = lines.pop()!;
      this.#lines.push(...lines);
      this.#wake?.();
    });
    answer.on('close', () => this.#end());
    answer.on('end', () => this.#end());
    answer.on('error', () => this.#end());
  }

  #end(): void {
    this.#isEnded = true;
    this.#wake?.();
  }
}
