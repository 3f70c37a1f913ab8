import { get, type IncomingMessage } from 'node:http';
import { get as getSecurely } from 'node:https';
import { type TlsAccess, tlsOptions } from './tls.js';

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** One HTTP/1.1 GET on a fresh connection. Rejects when there is no complete answer in time. */
export function httpGet(url: string, timeoutMs = 10_000, tls: TlsAccess = {}): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const options = { agent: false, timeout: timeoutMs };
    const onAnswer = (response: IncomingMessage): void => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          body: Buffer.concat(chunks).toString('utf8'),
          headers: response.headers,
        }),
      );
    };
    const request = url.startsWith('https:')
      ? getSecurely(url, { ...options, ...tlsOptions(tls) }, onAnswer)
      : get(url, options, onAnswer);
    request.on('timeout', () => request.destroy(new Error(`GET ${url}: no answer in ${timeoutMs} ms`)));
    request.on('error', reject);
  });
}
