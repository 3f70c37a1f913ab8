/**
 * The v3 API as JSON over HTTP: `POST /v3/...`, for who has no gRPC. Paths are etcd's; the services are those that gRPC
 * calls, and all that is done here is to translate.
 */
import type { Clock } from '../../platform/index.js';
import {
  type CallCounters,
  type MethodCounters,
  type MethodHandler,
  type ServiceTable,
  Status,
} from '../../transport/index.js';
import { RPC_METHODS, type RpcMethod } from '../../wire/index.js';
import { type Endpoint, type HttpRequest, type Respond, TEXT_HEADERS } from '../http/exchange.js';
import { type Caller, callerOf } from './caller.js';
import { GatewayCall } from './gateway-call.js';
import { respondStatus, StreamAnswer, UnaryAnswer } from './json-answer.js';
import { JsonRequests } from './json-requests.js';
import { TIMEOUT_MS_MIN } from './limits.js';

export interface GatewayOptions {
  readonly services: ServiceTable;
  readonly clock: Clock;
  readonly counters: CallCounters;
  /** Largest request message, as over gRPC. */
  readonly maxRecvMessageBytes: number;
  readonly isAuthEnabled: () => boolean;
  readonly onHandlerError: (error: unknown, path: string) => void;
}

interface Route {
  readonly method: RpcMethod;
  readonly handler: MethodHandler;
  readonly counters: MethodCounters;
}

/** etcd's words: who believes to be known by a certificate would be nobody here. */
const NAME_IGNORED =
  'CommonName of client sending a request against gateway will be ignored and not used as expected\n';

export const GATEWAY_ROOT = '/v3/';
export const BETA_ROOT = '/v3beta/';

function routesOf({ services, counters }: GatewayOptions): ReadonlyMap<string, Route> {
  const routes = new Map<string, Route>();
  for (const method of RPC_METHODS) {
    const handler = services.get(method.path);
    if (handler === undefined) continue;
    const route = { method, handler, counters: counters.of(method.path) };
    for (const path of method.gatewayPaths) routes.set(path, route);
  }
  return routes;
}

/** The path that is meant: escapes undone, and the name of the beta replaced. */
function meantPath(path: string): string {
  let plain = path;
  try {
    plain = decodeURIComponent(path);
  } catch {
    // An escape that is none is part of a name that nobody has.
  }
  return plain.startsWith(BETA_ROOT) ? GATEWAY_ROOT + plain.slice(BETA_ROOT.length) : plain;
}

export function gatewayEndpoints(options: GatewayOptions): Endpoint[] {
  const routes = routesOf(options);
  const answer = (request: HttpRequest, respond: Respond): void => {
    if (request.certificateName !== '' && options.isAuthEnabled()) {
      return respond({ status: 400, headers: TEXT_HEADERS, body: NAME_IGNORED });
    }
    const route = routes.get(meantPath(request.path));
    if (route === undefined) return respondStatus(respond, Status.NOT_FOUND, 'Not Found');
    if (request.method !== 'POST') {
      return respondStatus(respond, Status.UNIMPLEMENTED, 'Method Not Allowed');
    }
    const caller = callerOf(request);
    if (typeof caller === 'string') return respondStatus(respond, Status.INVALID_ARGUMENT, caller);
    begin(options, route, caller, request, respond);
  };
  return [
    [GATEWAY_ROOT, answer],
    [BETA_ROOT, answer],
  ];
}

function begin(
  options: GatewayOptions,
  { method, handler, counters }: Route,
  caller: Caller,
  request: HttpRequest,
  respond: Respond,
): void {
  const { clock, maxRecvMessageBytes, onHandlerError } = options;
  const isUnary = method.kind === 'unary';
  const answer = isUnary
    ? new UnaryAnswer(method.response, respond)
    : new StreamAnswer(method.response, respond);
  const { path } = method;
  const call = new GatewayCall({ path, handler, caller, counters, clock, answer, onHandlerError });
  if (answer instanceof StreamAnswer) answer.onDrain = () => call.drained();
  request.onGone = () => call.cancel();
  if (caller.timeoutMs < TIMEOUT_MS_MIN)
    return call.fail(Status.DEADLINE_EXCEEDED, 'context deadline exceeded');
  call.open();
  if (call.finished) return;
  const refuse = (code: number, message: string): void => {
    call.cancel();
    respondStatus(respond, code, message);
  };
  new JsonRequests(call, method, maxRecvMessageBytes, refuse).begin(request);
}
