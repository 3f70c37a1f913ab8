/**
 * The receiving half of the lanes: streams that other members have opened to this one. A message is decoded where it
 * lies and handed over in the same call. What does not fit ends its stream with a status, so that the sender learns of
 * it, and touches no other stream.
 */
import type { Message } from '../../raft/index.js';
import { copyOf, encodeUtf8, MalformedError } from '../../stdx/index.js';
import { readRaftMessage } from '../../wire/index.js';
import type { ServerCall, StreamCall } from '../grpc/call.js';
import { Status } from '../grpc/status.js';
import type { PeerEnvironment } from './environment.js';
import {
  type Greeting,
  isRefusal,
  type Lane,
  OUTDATED,
  REMOVED,
  type Refusal,
  readGreeting,
  type StreamNumber,
} from './handshake.js';
import { STREAM_NUMBERS_REMEMBERED } from './limits.js';

export interface InboundOwner {
  isRemoved(id: bigint): boolean;
  /** A member has begun a stream to us: it is there, and can be reached at its URLs. */
  onHeardOf(id: bigint, peerUrls: readonly string[]): void;
  onMessage(message: Message): void;
}

const NOT_STARTED: Refusal = { code: Status.UNAVAILABLE, text: 'the member is not started' };

/** Ends a stream with why it is not taken. */
export function refuse(call: ServerCall, refusal: Refusal, env: PeerEnvironment): void {
  const from = call.metadata('quoin-from');
  env.log.warn(`refused ${from}: ${refusal.text}`, 'refused a stream of another member', {
    'local-member-id': env.self.memberId,
    'local-member-cluster-id': env.self.clusterId,
    'remote-peer-id': from,
    'remote-peer-cluster-id': call.metadata('quoin-cluster-id'),
    'remote-address': call.remoteAddress,
    error: refusal.text,
  });
  call.finish(refusal.code, refusal.text);
}

/** The greeting of a stream that is taken; others are ended here. `owner` is undefined while there is no receiver. */
export function admit(
  call: ServerCall,
  lanes: readonly Lane[],
  env: PeerEnvironment,
  owner: InboundOwner | undefined,
): Greeting | undefined {
  const greeting = readGreeting(call, env.self);
  if (isRefusal(greeting)) {
    refuse(call, greeting, env);
  } else if (!lanes.includes(greeting.lane)) {
    refuse(call, { code: Status.INVALID_ARGUMENT, text: 'no such lane here' }, env);
  } else if (owner === undefined) {
    call.finish(NOT_STARTED.code, NOT_STARTED.text);
  } else if (owner.isRemoved(greeting.from)) {
    refuse(call, REMOVED, env);
  } else {
    return greeting;
  }
  return undefined;
}

/** Between whom a stream was agreed to be. */
export interface Ends {
  readonly from: bigint;
  readonly to: bigint;
}

/**
 * Reads one message of a stream, which must be between the ends of that stream: the greeting decides whether a sender is
 * heard, and whether it was removed, so nobody may vote or answer in another's name afterwards.
 *
 * Entries stay in raft's log for long and are views of what they were read from. Where the message is the lesser part
 * of that memory it is copied first, so that a small entry never keeps a large buffer.
 *
 * @throws MalformedError
 */
export function decodeBetween(ends: Ends, bytes: Uint8Array, start: number, end: number): Message {
  const isLesserPart = 2 * (end - start) < bytes.buffer.byteLength;
  const message = isLesserPart
    ? readRaftMessage(copyOf(bytes, start, end))
    : readRaftMessage(bytes, start, end);
  if (message.to !== ends.to) throw new MalformedError('a message for another member');
  if (message.from !== ends.from) throw new MalformedError("a message of another member than its stream's");
  return message;
}

export class InboundStreams {
  readonly #env: PeerEnvironment;
  readonly #owner: InboundOwner;
  readonly #greeting: Uint8Array;
  /** By sender and lane. */
  readonly #streams = new Map<string, { readonly from: bigint; readonly call: StreamCall }>();
  /** The last stream of each, also when it has ended; oldest first. */
  readonly #last = new Map<string, StreamNumber>();
  #isStarted = false;

  constructor(env: PeerEnvironment, owner: InboundOwner) {
    this.#env = env;
    this.#owner = owner;
    this.#greeting = encodeUtf8(env.self.version);
  }

  start(): void {
    this.#isStarted = true;
  }

  /** Takes a new stream. */
  open(call: StreamCall): void {
    const owner = this.#isStarted ? this.#owner : undefined;
    const greeting = admit(call, ['control', 'bulk'], this.#env, owner);
    if (greeting === undefined) return;
    const { from, lane } = greeting;
    const key = `${lane} ${from}`;
    if (!this.#isNews(key, greeting.stream)) {
      call.finish(OUTDATED.code, OUTDATED.text);
      return;
    }
    // A sender has one stream of a lane: it has lost the old one, which we may learn only later.
    this.#streams.get(key)?.call.finish(Status.ABORTED, 'replaced by a newer stream');
    this.#streams.set(key, { from, call });
    const ends = { from, to: this.#env.self.memberId };
    const forget = (): void => {
      if (this.#streams.get(key)?.call === call) this.#streams.delete(key);
    };
    call.onMessage = (bytes, start, end) => {
      if (!this.#receive(call, ends, bytes, start, end)) forget();
    };
    call.onHalfClose = () => {
      forget();
      call.finish(Status.OK, '');
    };
    call.onCancel = forget;
    call.send(this.#greeting, 0, this.#greeting.length);
    this.#owner.onHeardOf(from, greeting.peerUrls);
  }

  /** Whether a stream is not one that its sender has given up for a later one: after a cut, old bytes may come late. */
  #isNews(key: string, stream: StreamNumber): boolean {
    const last = this.#last.get(key);
    if (last !== undefined && last.life === stream.life && last.ordinal >= stream.ordinal) return false;
    this.#last.delete(key);
    this.#last.set(key, stream);
    if (this.#last.size > STREAM_NUMBERS_REMEMBERED) {
      for (const oldest of this.#last.keys()) {
        this.#last.delete(oldest);
        break;
      }
    }
    return true;
  }

  /** Ends the streams of those who were removed since. */
  endRemoved(): void {
    for (const [key, { from, call }] of this.#streams) {
      if (!this.#owner.isRemoved(from)) continue;
      this.#streams.delete(key);
      refuse(call, REMOVED, this.#env);
    }
  }

  stop(): void {
    this.#isStarted = false;
    for (const { call } of this.#streams.values()) call.finish(Status.UNAVAILABLE, 'the member is stopped');
    this.#streams.clear();
  }

  #receive(call: StreamCall, ends: Ends, bytes: Uint8Array, start: number, end: number): boolean {
    const { from } = ends;
    const counters = this.#env.counters.of(from);
    counters.receivedBytes += end - start;
    let message: Message;
    try {
      message = decodeBetween(ends, bytes, start, end);
      if (message.kind === 'snapshot') throw new MalformedError('snapshots have a stream of their own');
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      counters.failedReceives++;
      this.#env.log.warn(`malformed ${from}`, 'ended the stream of a member that sent a malformed message', {
        'remote-peer-id': from,
        error: error.message,
      });
      call.finish(Status.INTERNAL, `malformed message: ${error.message}`);
      return false;
    }
    this.#owner.onMessage(message);
    return true;
  }
}
