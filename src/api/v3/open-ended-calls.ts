/**
 * Calls that last as long as their clients like: watches, keep-alives, whoever waits for a lock or an election. A
 * shutdown cannot wait for their end, so it brings it about; etcd lets them run for its grace time of 7 s and hangs up
 * then. Clients go on at another member either way: they are told UNAVAILABLE.
 */
import { Reason } from '../../state-machine/index.js';
import { must } from '../../stdx/index.js';
import type { MethodHandler, ServerCall, ServiceTable } from '../../transport/index.js';
import { refuse } from './context.js';

export const OPEN_ENDED_METHODS: readonly string[] = [
  '/etcdserverpb.Watch/Watch',
  '/etcdserverpb.Lease/LeaseKeepAlive',
  '/v3lockpb.Lock/Lock',
  '/v3electionpb.Election/Campaign',
  '/v3electionpb.Election/Observe',
  '/grpc.health.v1.Health/Watch',
];

/** Ended calls are forgotten when so many are remembered, or twice as many as lasted the last time. */
const FORGET_AT_MIN = 64;

export class OpenEndedCalls {
  readonly #calls = new Set<ServerCall>();
  #forgetAt = FORGET_AT_MIN;
  #isOver = false;

  /** Those that last, and of those that have ended not too many. */
  get rememberedCount(): number {
    return this.#calls.size;
  }

  /** The same services, whose open-ended calls are remembered. */
  follow(services: ServiceTable): ServiceTable {
    const followed = new Map(services);
    for (const path of OPEN_ENDED_METHODS) {
      followed.set(path, this.#followed(must(services.get(path), 'open-ended methods are served')));
    }
    return followed;
  }

  /** Ends all that are open, and from now on each that is begun. */
  end(): void {
    this.#isOver = true;
    const calls = [...this.#calls];
    this.#calls.clear();
    for (const call of calls) {
      if (call.finished) continue;
      // Of a call that its service ends, the service is not told; this one it did not end itself.
      const { onCancel } = call;
      call.onCancel = undefined;
      refuse(call, Reason.STOPPED);
      onCancel?.();
    }
  }

  #followed(handler: MethodHandler): MethodHandler {
    if (handler.kind === 'stream') {
      const { kind, handle } = handler;
      return { kind, handle: (call) => this.#isTaken(call) && handle(call) };
    }
    const { kind, handle } = handler;
    return {
      kind,
      handle: (call, message, start, end) => this.#isTaken(call) && handle(call, message, start, end),
    };
  }

  #isTaken(call: ServerCall): boolean {
    if (this.#isOver) {
      refuse(call, Reason.STOPPED);
      return false;
    }
    if (this.#calls.size >= this.#forgetAt) this.#forgetEnded();
    this.#calls.add(call);
    return true;
  }

  #forgetEnded(): void {
    for (const call of this.#calls) if (call.finished) this.#calls.delete(call);
    this.#forgetAt = Math.max(FORGET_AT_MIN, 2 * this.#calls.size);
  }
}
