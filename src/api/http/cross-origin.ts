/** From which pages a browser may talk to this server, and under which names: etcd's CORS headers and host check. */
import { type HttpResponse, TEXT_HEADERS } from './exchange.js';

export interface HttpOptions {
  /** Allowed origins; `*` for all. */
  readonly cors: readonly string[];
  /** Allowed Host headers on plain HTTP; `*` for all. */
  readonly hostWhitelist: readonly string[];
}

/** What a browser may do from which origin: everything from `*`, or from a listed one only. */
export function corsHeaders(options: HttpOptions, origin: string | undefined): Record<string, string> {
  const any = options.cors.length === 0 || options.cors.includes('*');
  if (!any && (origin === undefined || !options.cors.includes(origin))) return {};
  return {
    'Access-Control-Allow-Methods': 'POST, GET, OPTIONS, PUT, DELETE',
    'Access-Control-Allow-Origin': any ? '*' : origin!,
    'Access-Control-Allow-Headers': 'accept, content-type, authorization',
  };
}

/** A page that was made to resolve to this server must not talk to it (CVE-2018-5702). */
export function isAllowedHost(options: HttpOptions, host: string | undefined): boolean {
  if (options.hostWhitelist.length === 0 || options.hostWhitelist.includes('*')) return true;
  const name = (host ?? '').replace(/^(?:\[([^\]]*)\]|([^:]*)):\d+$/, '$1$2');
  return options.hostWhitelist.includes(name);
}

export function misdirected(host: string): HttpResponse {
  const body = [
    'The Host header of this request names a host that this server does not answer for.',
    '',
    'Either reach the server by TLS, where any host is allowed, or allow this one:',
    `  --host-whitelist "${host}"`,
    '',
    'The check protects against DNS rebinding (CVE-2018-5702).',
    '',
  ].join('\n');
  return { status: 421, headers: TEXT_HEADERS, body };
}
