/** grpc.health.v1.Health: one service, the whole server, under the empty name. */
import { type MethodHandler, Status, type StreamCall } from '../../transport/index.js';
import {
  HealthCheckRequest,
  HealthCheckResponse,
  HealthListRequest,
  HealthListResponse,
  ServingStatus,
} from '../../wire/index.js';
import { type ApiContext, admit, refuseMalformedMessage } from './context.js';
import { replyWith, unaryMethod } from './unary.js';

export function healthService(context: ApiContext): [string, MethodHandler][] {
  const check = unaryMethod(context, HealthCheckRequest, (call, request) => {
    if (request.service !== '') return call.finish(Status.NOT_FOUND, 'unknown service');
    replyWith(context, call, HealthCheckResponse, { status: ServingStatus.SERVING });
  });
  const list = unaryMethod(context, HealthListRequest, (call) => {
    replyWith(context, call, HealthListResponse, {
      statuses: [{ key: '', value: { status: ServingStatus.SERVING } }],
    });
  });
  return [
    ['/grpc.health.v1.Health/Check', check],
    ['/grpc.health.v1.Health/List', list],
    ['/grpc.health.v1.Health/Watch', { kind: 'stream', handle: (call) => watch(context, call) }],
  ];
}

/** The present status at once; the stream then stays open for changes. An unknown service is told as such. */
function watch(context: ApiContext, call: StreamCall): void {
  if (!admit(context, call)) return;
  call.onMessage = (buf, start, end) => {
    try {
      const { service } = HealthCheckRequest.decode(buf, start, end);
      const status = service === '' ? ServingStatus.SERVING : ServingStatus.SERVICE_UNKNOWN;
      const answer = HealthCheckResponse.toBytes({ status });
      call.send(answer, 0, answer.length);
    } catch (error) {
      refuseMalformedMessage(call, error);
    }
  };
}
