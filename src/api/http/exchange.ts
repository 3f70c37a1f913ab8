/** An HTTP request and its answer, without a server: the Node adapter and the tests both speak this. */
export interface HttpRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: QueryLike;
  /** Lower-case names. */
  header(name: string): string | undefined;
}

/** The parameters behind the question mark (a `URLSearchParams` is one). */
export interface QueryLike {
  get(name: string): string | null;
  getAll(name: string): string[];
  has(name: string): boolean;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type Respond = (response: HttpResponse) => void;

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
