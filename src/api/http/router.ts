/** The client port's HTTP: a table of endpoints, with etcd's CORS headers and host check around them. */
import { corsHeaders, type HttpOptions, isAllowedHost, misdirected } from './cross-origin.js';
import { type Endpoint, type HttpRequest, type HttpResponse, NOT_FOUND, type Respond } from './exchange.js';

/** Without empty steps and steps up, as Go's router wants it: whoever asks otherwise is told. */
function cleanPath(path: string): string {
  if (!/\/\/|\/\.\.?(?:\/|$)/.test(path)) return path;
  const steps: string[] = [];
  for (const step of path.split('/')) {
    if (step === '..') steps.pop();
    else if (step !== '.' && step !== '') steps.push(step);
  }
  const slash = path.endsWith('/') && steps.length > 0 ? '/' : '';
  return `/${steps.join('/')}${slash}`;
}

export class HttpRouter {
  readonly #options: HttpOptions | undefined;
  readonly #exact = new Map<string, Endpoint[1]>();
  /** Of paths that end with a slash; the longest first. */
  readonly #below: readonly Endpoint[];

  /** Without options the port is not for browsers: there are neither CORS headers nor a check of the host. */
  constructor(options: HttpOptions | undefined, endpoints: readonly Endpoint[]) {
    this.#options = options;
    for (const [path, answer] of endpoints) if (!path.endsWith('/')) this.#exact.set(path, answer);
    this.#below = endpoints.filter(([path]) => path.endsWith('/')).sort(([a], [b]) => b.length - a.length);
  }

  handle(request: HttpRequest, respond: Respond): void {
    if (this.#options === undefined) this.#answer(request, respond);
    else this.#answerBrowsers(this.#options, request, respond);
  }

  /** Whether the host that is named may be this server, which certificates prove otherwise. */
  answersFor(request: HttpRequest): boolean {
    if (this.#options === undefined || request.isSecure) return true;
    return isAllowedHost(this.#options, request.header('host'));
  }

  #answerBrowsers(options: HttpOptions, request: HttpRequest, respond: Respond): void {
    if (!this.answersFor(request)) return respond(misdirected(request.header('host') ?? ''));
    const cors = corsHeaders(options, request.header('origin'));
    const send = ({ status, headers, body }: HttpResponse): void =>
      respond({ status, headers: { ...cors, ...headers }, body });
    if (request.method === 'OPTIONS') return send({ status: 200, headers: {}, body: '' });
    this.#answer(request, send);
  }

  #answer(request: HttpRequest, respond: Respond): void {
    const path = cleanPath(request.path);
    if (path !== request.path) return respond({ status: 301, headers: { Location: path }, body: '' });
    const answer = this.#exact.get(path) ?? this.#answerBelow(path);
    if (answer !== undefined) answer(request, respond);
    else if (this.#below.some(([root]) => root === `${path}/`)) {
      respond({ status: 301, headers: { Location: `${path}/` }, body: '' });
    } else respond(NOT_FOUND);
  }

  #answerBelow(path: string): Endpoint[1] | undefined {
    return this.#below.find(([root]) => path.startsWith(root))?.[1];
  }
}
