/** What the services share. */
import type { Logins, Member } from '../../server/index.js';
import { Reason, type Refusal, type StateMachine } from '../../state-machine/index.js';
import { type ByteWriter, MalformedError } from '../../stdx/index.js';
import { type ServerCall, Status } from '../../transport/index.js';

export interface ApiOptions {
  readonly maxTxnOps: number;
  /** `X.Y.Z`: what Status and /version report. */
  readonly version: string;
}

export interface ApiContext {
  readonly member: Member;
  readonly machine: StateMachine;
  readonly logins: Logins;
  readonly options: ApiOptions;
  /** Answers are built here and copied out at once; nothing keeps it across turns. */
  readonly scratch: ByteWriter;
}

/** Memory that the scratch may keep after a large answer. */
const SCRATCH_BYTES_KEPT = 4 * 1024 * 1024;

/** The scratch, empty. */
export function emptyScratch(context: ApiContext): ByteWriter {
  context.scratch.resetWithin(SCRATCH_BYTES_KEPT);
  return context.scratch;
}

export function refuse(call: ServerCall, refusal: Refusal): void {
  call.finish(refusal.code, refusal.message);
}

/** V8's words for an answer that no buffer can hold: the client asked for too much, the member is fine. */
const ANSWER_TOO_LARGE = /Array buffer allocation failed|Invalid typed array length/;

/** Answers a request that cannot be decoded, as grpc-go does; rethrows what is not the client's fault. */
export function refuseMalformed(call: ServerCall, error: unknown): void {
  if (error instanceof RangeError && ANSWER_TOO_LARGE.test(error.message)) {
    return call.finish(Status.RESOURCE_EXHAUSTED, 'grpc: trying to send message larger than max');
  }
  if (!(error instanceof MalformedError)) throw error;
  call.finish(Status.INTERNAL, `grpc: error unmarshalling request: ${error.message}`);
}

/** {@link refuseMalformed} for a message of a stream, where grpc-go words it differently. */
export function refuseMalformedMessage(call: ServerCall, error: unknown): void {
  if (!(error instanceof MalformedError)) throw error;
  call.finish(Status.INTERNAL, `grpc: failed to unmarshal the received message: ${error.message}`);
}

/**
 * The checks before any request is looked at. Returns false if the call was refused: a learner serves only what may be
 * stale and harms nobody (`servesLearner`), and `hasleader` asks for a refusal while no leader is known (only the value
 * `true` counts).
 */
export function admit(context: ApiContext, call: ServerCall, servesLearner = false): boolean {
  const { member } = context;
  if (member.isLearner && !servesLearner) {
    refuse(call, Reason.NOT_FOR_LEARNER);
    return false;
  }
  if (member.hasLeader || call.metadata('hasleader') !== 'true') return true;
  refuse(call, Reason.NO_LEADER);
  return false;
}
