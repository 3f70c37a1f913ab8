/**
 * How a stream between members begins: its metadata say who speaks to whom. The receiver compares them with itself and
 * answers with one message (its version), or ends the stream with a status that says what does not fit. etcd's streams
 * carry the same in HTTP headers (X-Etcd-Cluster-ID, X-Server-From, X-Raft-To, X-PeerURLs).
 */
import { NOBODY } from '../../raft/index.js';
import type { ServerCall } from '../grpc/call.js';
import type { Metadata } from '../grpc/metadata.js';
import { Status } from '../grpc/status.js';
import { ANNOUNCED_URLS_MAX } from './limits.js';

export const STREAM_PATH = '/quoin.Peer/Stream';
export const SNAPSHOT_PATH = '/quoin.Peer/Snapshot';

/** Raised when an older member could not understand a newer one any more. */
const PROTOCOL = '1';

/**
 * `control` carries what must never wait, `bulk` carries entries, `snapshot` one state, `call` questions. Each has a
 * connection of its own.
 */
export type Lane = 'control' | 'bulk' | 'snapshot' | 'call';

const LANES: readonly string[] = ['control', 'bulk', 'snapshot', 'call'] satisfies Lane[];

/** Who speaks. */
export interface Self {
  readonly clusterId: bigint;
  readonly memberId: bigint;
  readonly version: string;
  /** Where this member wants to be reached by the others. */
  readonly peerUrls: readonly string[];
}

/**
 * Which of a sender's streams this is. Of one life of the sender a later stream has a higher number; of two lives nobody
 * can tell but by who comes last.
 */
export interface StreamNumber {
  readonly life: string;
  readonly ordinal: number;
}

export interface Greeting {
  readonly from: bigint;
  readonly stream: StreamNumber;
  readonly lane: Lane;
  readonly version: string;
  readonly peerUrls: readonly string[];
}

/** Why a stream is not taken. The texts are etcd's where it has one. */
export interface Refusal {
  readonly code: number;
  readonly text: string;
}

export const REMOVED: Refusal = {
  code: Status.PERMISSION_DENIED,
  text: 'the member has been permanently removed from the cluster',
};
const CLUSTER_MISMATCH: Refusal = { code: Status.FAILED_PRECONDITION, text: 'cluster ID mismatch' };
const ADDRESSEE_MISMATCH: Refusal = { code: Status.FAILED_PRECONDITION, text: 'to field mismatch' };
export const OUTDATED: Refusal = { code: Status.ABORTED, text: 'a newer stream has come before' };
const PROTOCOL_MISMATCH: Refusal = { code: Status.FAILED_PRECONDITION, text: 'incompatible version' };
const MALFORMED: Refusal = { code: Status.INVALID_ARGUMENT, text: 'malformed greeting' };
const SELF: Refusal = { code: Status.FAILED_PRECONDITION, text: 'a member does not talk to itself' };

export function greetingMetadata(self: Self, to: bigint, lane: Lane, stream: StreamNumber): Metadata {
  return [
    ['quoin-peer-protocol', PROTOCOL],
    ['quoin-cluster-id', self.clusterId.toString(16)],
    ['quoin-from', self.memberId.toString(16)],
    ['quoin-to', to.toString(16)],
    ['quoin-lane', lane],
    ['quoin-stream', `${stream.life}-${stream.ordinal}`],
    ['quoin-version', self.version],
    ['quoin-peer-urls', self.peerUrls.join(',')],
  ];
}

function idOf(text: string | undefined): bigint | undefined {
  return text !== undefined && /^[0-9a-f]{1,16}$/.test(text) ? BigInt(`0x${text}`) : undefined;
}

function streamNumberOf(text: string | undefined): StreamNumber | undefined {
  const match = /^([0-9a-f]{1,32})-([0-9]{1,15})$/.exec(text ?? '');
  return match === null ? undefined : { life: match[1]!, ordinal: Number(match[2]) };
}

/** What a stream's metadata say, or why it cannot be for us. Does not know who was removed. */
export function readGreeting(call: ServerCall, self: Self): Greeting | Refusal {
  const clusterId = idOf(call.metadata('quoin-cluster-id'));
  const from = idOf(call.metadata('quoin-from'));
  const to = idOf(call.metadata('quoin-to'));
  const lane = call.metadata('quoin-lane');
  const stream = streamNumberOf(call.metadata('quoin-stream'));
  if (clusterId === undefined || from === undefined || to === undefined || from === NOBODY) return MALFORMED;
  if (lane === undefined || !LANES.includes(lane) || stream === undefined) return MALFORMED;
  if (clusterId !== self.clusterId) return CLUSTER_MISMATCH;
  if (to !== self.memberId) return ADDRESSEE_MISMATCH;
  if (from === self.memberId) return SELF;
  if (call.metadata('quoin-peer-protocol') !== PROTOCOL) return PROTOCOL_MISMATCH;
  const urls = (call.metadata('quoin-peer-urls') ?? '').split(',').filter((url) => url !== '');
  return {
    from,
    stream,
    lane: lane as Lane,
    version: call.metadata('quoin-version') ?? '',
    peerUrls: urls.slice(0, ANNOUNCED_URLS_MAX),
  };
}

export function isRefusal(greeting: Greeting | Refusal): greeting is Refusal {
  return 'code' in greeting;
}

/**
 * Whether a status says that this member was removed. The code alone does not: proxies deny with it, and an HTTP status 403
 * becomes it. The text comes in the trailers of a gRPC answer, or not at all.
 */
export function isRemoved(code: number, text: string): boolean {
  return code === REMOVED.code && text === REMOVED.text;
}

/** Whether a status is a refusal for good, and not a connection that broke. */
export function isRefusedFor(code: number): boolean {
  return (
    code === Status.FAILED_PRECONDITION ||
    code === Status.PERMISSION_DENIED ||
    code === Status.INVALID_ARGUMENT ||
    code === Status.UNIMPLEMENTED
  );
}
