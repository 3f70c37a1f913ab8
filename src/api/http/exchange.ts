/**
 * An HTTP request and its answer, without a server: the Node adapter and the tests both speak this.
 *
 * Bodies flow. A request's body comes in pieces to who takes it; an answer's body is text, bytes, or a function that
 * writes it as it comes about.
 */
export interface HttpRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: QueryLike;
  /** Lower-case names. */
  header(name: string): string | undefined;
  /** All headers as they came, names as they were spelled. */
  readonly headers: readonly (readonly [string, string])[];
  readonly remoteAddress: string;
  /** Whether it came by TLS. */
  readonly isSecure: boolean;
  /** The common name of the client's certificate, if that speaks for its user; '' without one. */
  readonly certificateName: string;
  /** Takes the body over. If nobody does while the request is handed in, it is read and forgotten. */
  readBody(reader: BodyReader): BodyFlow;
  /** Called once if the client goes away before its answer was complete. */
  onGone: (() => void) | undefined;
}

/** The parameters behind the question mark (a `URLSearchParams` is one). */
export interface QueryLike {
  get(name: string): string | null;
  getAll(name: string): string[];
  has(name: string): boolean;
}

/** Who is given a request's body. Chunks are memory of their own. */
export interface BodyReader {
  onChunk(bytes: Uint8Array): void;
  onEnd(): void;
}

/** Holds the sender of a body back. */
export interface BodyFlow {
  pause(): void;
  resume(): void;
}

/** Where a body is written to, piece by piece. */
export interface BodyWriter {
  /** Returns false when the client reads too slowly: wait for `onDrain`. */
  write(text: string): boolean;
  end(): void;
  /** What the client has not taken yet. */
  readonly bufferedBytes: number;
  onDrain: (() => void) | undefined;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** A function is called once the head has been written. */
  readonly body: string | Uint8Array | ((writer: BodyWriter) => void);
}

export type Respond = (response: HttpResponse) => void;

/** One row of the router: a path, or everything below one that ends with a slash. */
export type Endpoint = readonly [path: string, answer: (request: HttpRequest, respond: Respond) => void];

/** Of every answer in plain text. */
export const TEXT_HEADERS = {
  'Content-Type': 'text/plain; charset=utf-8',
  'X-Content-Type-Options': 'nosniff',
};

export const METHOD_NOT_ALLOWED: HttpResponse = {
  status: 405,
  headers: { ...TEXT_HEADERS, Allow: 'GET' },
  body: 'Method Not Allowed\n',
};

export const NOT_FOUND: HttpResponse = { status: 404, headers: TEXT_HEADERS, body: '404 page not found\n' };
