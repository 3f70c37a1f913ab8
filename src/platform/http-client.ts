/** Asks HTTP servers: for what members ask one another before they have streams. */
export interface HttpClient {
  /** One GET. Rejects if there is no complete answer after `timeoutMs`, and for an answer that is unreasonably large. */
  get(url: string, timeoutMs: number): Promise<HttpClientAnswer>;
}

export interface HttpClientAnswer {
  readonly status: number;
  readonly body: string;
  /** Name in lower case. */
  header(name: string): string | undefined;
}
