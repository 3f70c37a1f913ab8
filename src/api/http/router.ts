/** The client port's HTTP: a table of endpoints, with etcd's CORS headers and host check around them. */
import { corsHeaders, type HttpOptions, isAllowedHost, misdirected } from './cross-origin.js';
import { type Endpoint, type HttpRequest, type HttpResponse, NOT_FOUND, type Respond } from './exchange.js';

export class HttpRouter {
  readonly #options: HttpOptions;
  readonly #exact = new Map<string, Endpoint[1]>();
  /** Of paths that end with a slash; the longest first. */
  readonly #below: readonly Endpoint[];

  constructor(options: HttpOptions, endpoints: readonly Endpoint[]) {
    this.#options = options;
    for (const [path, answer] of endpoints) if (!path.endsWith('/')) this.#exact.set(path, answer);
    this.#below = endpoints.filter(([path]) => path.endsWith('/')).sort(([a], [b]) => b.length - a.length);
  }

  handle(request: HttpRequest, respond: Respond): void {
    const host = request.header('host');
    if (!request.isSecure && !isAllowedHost(this.#options, host)) return respond(misdirected(host ?? ''));
    const cors = corsHeaders(this.#options, request.header('origin'));
    const send = ({ status, headers, body }: HttpResponse): void =>
      respond({ status, headers: { ...cors, ...headers }, body });
    if (request.method === 'OPTIONS') return send({ status: 200, headers: {}, body: '' });
    const answer = this.#exact.get(request.path) ?? this.#answerBelow(request.path);
    if (answer === undefined) send(NOT_FOUND);
    else answer(request, send);
  }

  #answerBelow(path: string): Endpoint[1] | undefined {
    return this.#below.find(([root]) => path.startsWith(root))?.[1];
  }
}
