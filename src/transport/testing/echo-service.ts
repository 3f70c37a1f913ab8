/** The services the tests call. */
import type { ServerCall, ServiceTable, StreamCall } from '../grpc/call.js';
import { RECV_MESSAGE_BYTES_DEFAULT } from '../grpc/limits.js';
import type { ServerOptions } from '../grpc/server-options.js';
import { Status } from '../grpc/status.js';
import type { ManualClock } from './manual-clock.js';

/** What happened on the server's side, for the test to look at. */
export interface EchoLog {
  readonly events: string[];
  /** Calls of `/test.Echo/Later`, answered by the test. */
  readonly later: ServerCall[];
}

export function echoServices(log: EchoLog): ServiceTable {
  return new Map([
    [
      '/test.Echo/Unary',
      {
        kind: 'unary',
        handle: (call: ServerCall, b: Uint8Array, s: number, e: number) => call.reply(b, s, e),
      },
    ],
    [
      '/test.Echo/Later',
      {
        kind: 'unary',
        handle: (call: ServerCall) => {
          log.later.push(call);
          call.onCancel = () => log.events.push('cancelled');
        },
      },
    ],
    [
      '/test.Echo/Size',
      // The request's first four bytes say how many bytes to answer.
      { kind: 'unary', handle: (call: ServerCall, b: Uint8Array, s: number) => answerSize(call, b, s) },
    ],
    [
      '/test.Echo/Fail',
      { kind: 'unary', handle: (call: ServerCall) => call.finish(Status.NOT_FOUND, 'nö such 100% thing') },
    ],
    [
      '/test.Echo/Throw',
      {
        kind: 'unary',
        handle: () => {
          throw new Error('bug');
        },
      },
    ],
    ['/test.Echo/Bidi', { kind: 'stream', handle: (call: StreamCall) => echoStream(call, log) }],
  ] as const);
}

/** At most a megabyte: a fuzzer may ask for more. */
const SIZE_MASK = 0xfffff;

function answerSize(call: ServerCall, buf: Uint8Array, start: number): void {
  const asked = (buf[start]! << 24) | (buf[start + 1]! << 16) | (buf[start + 2]! << 8) | buf[start + 3]!;
  const size = asked & SIZE_MASK;
  call.reply(new Uint8Array(size).fill(7), 0, size);
}

/** Echoes messages one by one; stops reading while its own are not read. */
function echoStream(call: StreamCall, log: EchoLog): void {
  log.events.push('open');
  call.onMessage = (buf, start, end) => {
    if (!call.send(buf, start, end)) call.pause();
  };
  call.onDrain = () => {
    log.events.push('drain');
    call.resume();
  };
  call.onHalfClose = () => {
    log.events.push('half-close');
    call.finish(Status.OK, '');
  };
  call.onCancel = () => log.events.push('cancelled');
}

export function testOptions(clock: ManualClock, log: EchoLog): ServerOptions {
  return {
    services: echoServices(log),
    clock,
    maxRecvMessageBytes: RECV_MESSAGE_BYTES_DEFAULT,
    maxConcurrentStreams: 0xffffffff,
    keepalive: { minTimeMs: 5000, permitWithoutStream: false, intervalMs: 7_200_000, timeoutMs: 20_000 },
    gunzip: () => undefined,
  };
}
