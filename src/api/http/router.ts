/** The HTTP endpoints of the client port, with etcd's CORS headers and host check around them. */
import type { ApiContext } from '../v3/context.js';
import {
  type HttpRequest,
  type HttpResponse,
  METHOD_NOT_ALLOWED,
  type Respond,
  TEXT_HEADERS,
} from './exchange.js';
import { answerChecks, answerHealth, checksOfPath } from './health.js';

export interface HttpOptions {
  /** Allowed origins; `*` for all. */
  readonly cors: readonly string[];
  /** Allowed Host headers on plain HTTP; `*` for all. */
  readonly hostWhitelist: readonly string[];
}

const NOT_FOUND: HttpResponse = { status: 404, headers: TEXT_HEADERS, body: '404 page not found\n' };

/** What a browser may do from which origin: everything from `*`, or from a listed one only. */
function corsHeaders(options: HttpOptions, origin: string | undefined): Record<string, string> {
  const any = options.cors.length === 0 || options.cors.includes('*');
  if (!any && (origin === undefined || !options.cors.includes(origin))) return {};
  return {
    'Access-Control-Allow-Methods': 'POST, GET, OPTIONS, PUT, DELETE',
    'Access-Control-Allow-Origin': any ? '*' : origin!,
    'Access-Control-Allow-Headers': 'accept, content-type, authorization',
  };
}

/** A page that was made to resolve to this server must not talk to it (CVE-2018-5702). */
function isAllowedHost(options: HttpOptions, host: string | undefined): boolean {
  if (options.hostWhitelist.length === 0 || options.hostWhitelist.includes('*')) return true;
  const name = (host ?? '').replace(/^(?:\[([^\]]*)\]|([^:]*)):\d+$/, '$1$2');
  return options.hostWhitelist.includes(name);
}

function misdirected(host: string): HttpResponse {
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

export class HttpRouter {
  readonly #context: ApiContext;
  readonly #options: HttpOptions;

  constructor(context: ApiContext, options: HttpOptions) {
    this.#context = context;
    this.#options = options;
  }

  handle(request: HttpRequest, respond: Respond): void {
    const host = request.header('host');
    if (!isAllowedHost(this.#options, host)) return respond(misdirected(host ?? ''));
    const cors = corsHeaders(this.#options, request.header('origin'));
    const send = ({ status, headers, body }: HttpResponse): void =>
      respond({ status, headers: { ...cors, ...headers }, body });
    if (request.method === 'OPTIONS') return send({ status: 200, headers: {}, body: '' });
    const checks = checksOfPath(request.path);
    if (checks !== undefined) return answerChecks(this.#context, checks, request, send);
    switch (request.path) {
      case '/version':
        return send(this.#version(request.method));
      case '/health':
        if (request.method !== 'GET') return send(METHOD_NOT_ALLOWED);
        return answerHealth(this.#context, request, send);
      default:
        return send(NOT_FOUND);
    }
  }

  #version(method: string): HttpResponse {
    if (method !== 'GET') return METHOD_NOT_ALLOWED;
    const { version } = this.#context.options;
    const minor = version.replace(/\.\d+$/, '.0');
    const body = JSON.stringify({ etcdserver: version, etcdcluster: minor, storage: minor });
    return { status: 200, headers: { 'Content-Type': 'application/json' }, body };
  }
}
