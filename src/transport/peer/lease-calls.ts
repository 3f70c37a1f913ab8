/**
 * What members ask the leader about leases (etcd does it over HTTP, `/leases`). The renewals that many clients of a
 * member want in one turn go as one call.
 */
import { MalformedError } from '../../stdx/index.js';
import {
  LeaseRenewals,
  LeaseRenewalTtls,
  LeaseTimeToLiveRequest,
  LeaseTimeToLiveResponse,
  type MessageType,
} from '../../wire/index.js';
import type { MethodHandler, ServerCall } from '../grpc/call.js';
import { Status } from '../grpc/status.js';
import type { PeerEnvironment } from './environment.js';
import { admit, type InboundOwner } from './inbound-streams.js';
import { RENEWALS_PER_CALL_MAX } from './limits.js';
import type { PeerCalls } from './peer-calls.js';
import type { LeaseResponder, LeaseTimeToLive } from './ports.js';

export const RENEW_PATH = '/quoin.Peer/RenewLeases';
export const TIME_TO_LIVE_PATH = '/quoin.Peer/LeaseTimeToLive';

interface Renewal {
  readonly leader: bigint;
  readonly ids: readonly bigint[];
  readonly done: (ttls: readonly number[] | undefined) => void;
}

/** The asking half. */
export class LeaseCalls {
  readonly #env: PeerEnvironment;
  readonly #calls: PeerCalls;
  /** Of this turn. */
  #renewals: Renewal[] = [];

  constructor(env: PeerEnvironment, calls: PeerCalls) {
    this.#env = env;
    this.#calls = calls;
  }

  renew(leader: bigint, ids: readonly bigint[], done: Renewal['done']): void {
    if (this.#renewals.length === 0) this.#env.clock.defer(() => this.#sendRenewals());
    this.#renewals.push({ leader, ids, done });
  }

  timeToLive(
    leader: bigint,
    id: bigint,
    keys: boolean,
    done: (answer: LeaseTimeToLive | undefined) => void,
  ): void {
    const message = LeaseTimeToLiveRequest.toBytes({ id, keys });
    this.#calls.call(leader, TIME_TO_LIVE_PATH, message, (bytes, start, end) => {
      const answer = decoded(LeaseTimeToLiveResponse, bytes, start, end);
      done(answer && { ttl: answer.ttl, grantedTtl: answer.grantedTtl, keys: answer.keys });
    });
  }

  #sendRenewals(): void {
    const renewals = this.#renewals;
    this.#renewals = [];
    let batch: Renewal[] = [];
    let count = 0;
    for (const renewal of renewals) {
      const isFull = count + renewal.ids.length > RENEWALS_PER_CALL_MAX;
      if (batch.length > 0 && (isFull || renewal.leader !== batch[0]!.leader)) {
        this.#renewTogether(batch);
        batch = [];
        count = 0;
      }
      batch.push(renewal);
      count += renewal.ids.length;
    }
    if (batch.length > 0) this.#renewTogether(batch);
  }

  #renewTogether(batch: readonly Renewal[]): void {
    const ids = batch.flatMap((renewal) => renewal.ids);
    const message = LeaseRenewals.toBytes({ ids });
    this.#calls.call(batch[0]!.leader, RENEW_PATH, message, (bytes, start, end) => {
      const ttls = decoded(LeaseRenewalTtls, bytes, start, end)?.ttls;
      const isWhole = ttls !== undefined && ttls.length === ids.length;
      let at = 0;
      for (const { ids: own, done } of batch) {
        done(isWhole ? ttls.slice(at, at + own.length) : undefined);
        at += own.length;
      }
    });
  }
}

function decoded<T>(
  type: MessageType<T>,
  bytes: Uint8Array | undefined,
  start: number,
  end: number,
): T | undefined {
  if (bytes === undefined) return undefined;
  try {
    return type.decode(bytes, start, end);
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    return undefined;
  }
}

/** The answering half. `responder` is undefined before the member takes part. */
export function leaseHandlers(
  env: PeerEnvironment,
  owner: InboundOwner,
  responder: () => LeaseResponder | undefined,
): [string, MethodHandler][] {
  const handler = <T>(
    type: MessageType<T>,
    answer: (leases: LeaseResponder, request: T, call: ServerCall) => void,
  ): MethodHandler => ({
    kind: 'unary',
    handle(call, buf, start, end) {
      if (admit(call, ['call'], env, owner) === undefined) return;
      const leases = responder();
      const request = decoded(type, buf, start, end);
      if (request === undefined) call.finish(Status.INVALID_ARGUMENT, 'malformed request');
      else if (leases === undefined) call.finish(Status.UNAVAILABLE, 'the member is not started');
      else answer(leases, request, call);
    },
  });
  return [
    [
      RENEW_PATH,
      handler(LeaseRenewals, (leases, { ids }, call) => {
        leases.renewForPeer(ids, (ttls) => reply(call, LeaseRenewalTtls, ttls && { ttls }));
      }),
    ],
    [
      TIME_TO_LIVE_PATH,
      handler(LeaseTimeToLiveRequest, (leases, { id, keys }, call) => {
        leases.timeToLiveForPeer(id, keys, (answer) => {
          reply(call, LeaseTimeToLiveResponse, answer && { ...answer, header: undefined, id });
        });
      }),
    ],
  ];
}

/** Without an answer the other member asks whoever leads then. */
function reply<T>(call: ServerCall, type: MessageType<T>, answer: T | undefined): void {
  if (answer === undefined) return call.finish(Status.ABORTED, 'this member does not lead');
  const bytes = type.toBytes(answer);
  call.reply(bytes, 0, bytes.length);
}
