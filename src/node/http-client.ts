/** HTTP/1.1 GETs by `node:http` or `node:https`, each on a connection of its own: there are a handful in a member's life. */
import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import { get as getSecurely } from 'node:https';
import type { HttpClient, HttpClientAnswer } from '../platform/index.js';
import { secureOptions } from './tls/connector.js';
import type { ReloadingFiles } from './tls/reloading-files.js';

/** A list of a few members takes a few kilobytes. */
const BODY_BYTES_MAX = 4 * 1024 * 1024;

/** `tls` is for URLs that begin with `https:`; without it they cannot be asked. */
export class NodeHttpClient implements HttpClient {
  readonly #tls: ReloadingFiles | undefined;

  constructor(tls?: ReloadingFiles) {
    this.#tls = tls;
  }

  get(url: string, timeoutMs: number): Promise<HttpClientAnswer> {
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void => {
        clearTimeout(late);
        reject(error);
      };
      const request = this.#begin(url, (response) => {
        const chunks: Uint8Array[] = [];
        let bytes = 0;
        response.on('data', (chunk: Uint8Array) => {
          chunks.push(chunk);
          bytes += chunk.length;
          if (bytes > BODY_BYTES_MAX) request.destroy(new Error(`GET ${url}: the answer is too large`));
        });
        response.on('error', fail);
        response.on('end', () => {
          clearTimeout(late);
          const header = (name: string): string | undefined => {
            const value = response.headers[name];
            return Array.isArray(value) ? value[0] : value;
          };
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8'), header });
        });
      });
      request.on('error', fail);
      // Last: what is thrown until here rejects, and must leave no timer behind that counts on a request.
      const late = setTimeout(
        () => request.destroy(new Error(`GET ${url}: no answer in ${timeoutMs} ms`)),
        timeoutMs,
      );
    });
  }

  #begin(url: string, onAnswer: (response: IncomingMessage) => void): ClientRequest {
    const tls = this.#tls;
    if (tls === undefined || !url.startsWith('https:')) return get(url, { agent: false }, onAnswer);
    const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
    return getSecurely(url, { agent: false, ...secureOptions(tls, host) }, onAnswer);
  }
}
