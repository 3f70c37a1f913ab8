/**
 * What a node decided and why, as values: the simulator, tests, the server's debug log and people read the same events.
 * {@link formatTrace} is the one text form: `node@term what: reason`.
 */
import type { ConfChange } from './conf-change.js';
import type { ConfState, NodeId } from './entry.js';
import type { MessageKind } from './message.js';
import type { ProgressStatus } from './status.js';
import type { Role } from './update.js';

/** Index and term of the last entry of a log, or of some entry. */
export interface LogPosition {
  readonly index: number;
  readonly term: number;
}

/** The pointers of a log, for the moment in which a snapshot replaces it. */
export interface LogPointers {
  readonly committed: number;
  readonly applied: number;
  readonly applying: number;
  readonly unstableOffset: number;
  readonly unstableInProgress: number;
  readonly unstableCount: number;
}

export type RoleReason =
  | 'started'
  | 'higher-term'
  | 'leader-of-term'
  | 'campaign'
  | 'votes-won'
  | 'votes-lost'
  | 'quorum-silent'
  | 'removed'
  | 'snapshot-restored';

export type ConfChangeRefusal =
  /** Another change may still be unapplied. */
  | { readonly reason: 'pending'; readonly pendingIndex: number; readonly applied: number }
  /** Only leaving is allowed in a joint configuration. */
  | { readonly reason: 'joint' }
  /** There is no joint configuration to leave. */
  | { readonly reason: 'not-joint' };

interface Base {
  /** The node, and its term when it speaks. */
  readonly id: NodeId;
  readonly term: number;
}
type Event<Kind extends string, Fields = unknown> = Base & { readonly kind: Kind } & Readonly<Fields>;

export type TraceEvent =
  | Event<'started', { voters: readonly NodeId[]; commit: number; applied: number; last: LogPosition }>
  | Event<'config-switched', { confState: ConfState }>
  | Event<'role-changed', { role: Role; reason: RoleReason }>
  | Event<'election-started'>
  | Event<'campaign-refused', { reason: 'unpromotable' | 'unapplied-conf-change' | 'leading' }>
  | Event<'vote-requested', { preVote: boolean; to: NodeId; last: LogPosition }>
  | Event<'vote-received', { preVote: boolean; from: NodeId; granted: boolean }>
  | Event<'votes-counted', { preVote: boolean; granted: number; rejected: number }>
  | Event<
      'vote-answered',
      {
        preVote: boolean;
        from: NodeId;
        granted: boolean;
        reason: 'log-older' | 'vote-taken' | 'log-fine';
        last: LogPosition;
        vote: NodeId;
        candidateLast: LogPosition;
        requestTerm: number;
      }
    >
  | Event<'commit-learnt', { from: NodeId; index: number }>
  | Event<
      'vote-ignored',
      {
        preVote: boolean;
        from: NodeId;
        last: LogPosition;
        vote: NodeId;
        candidateLast: LogPosition;
        ticksLeft: number;
      }
    >
  | Event<'term-higher', { message: MessageKind; from: NodeId; messageTerm: number }>
  | Event<'term-lower', { message: MessageKind; from: NodeId; messageTerm: number }>
  | Event<'ack-stale', { ackTerm: number }>
  | Event<'ack-unknown', { index: number }>
  | Event<'ack-mismatch', { acked: LogPosition; held: LogPosition }>
  | Event<'append-conflict', { index: number; existingTerm: number; conflictingTerm: number }>
  | Event<'unstable-replaced', { index: number }>
  | Event<'unstable-truncated', { index: number }>
  | Event<'append-rejected', { from: NodeId; prev: LogPosition; existingTerm: number }>
  | Event<'append-refused', { from: NodeId; index: number; hint: LogPosition }>
  | Event<'progress-decreased', { progress: ProgressStatus }>
  | Event<
      'snapshot-sent',
      { firstIndex: number; commit: number; snapshot: LogPosition; progress: ProgressStatus }
    >
  | Event<'snapshot-awaited', { progress: ProgressStatus; reason: 'none' | 'older-than-member' }>
  | Event<'replication-paused', { progress: ProgressStatus }>
  | Event<'snapshot-caught-up', { progress: ProgressStatus }>
  | Event<'snapshot-reported', { progress: ProgressStatus; ok: boolean }>
  | Event<'peer-unreachable', { progress: ProgressStatus }>
  | Event<'snapshot-restoring', { log: LogPointers; snapshot: LogPosition }>
  | Event<'snapshot-restored', { commit: number; last: LogPosition; snapshot: LogPosition }>
  | Event<
      'snapshot-ignored',
      { commit: number; snapshot: LogPosition; reason: 'old' | 'not-member' | 'log-has-it' }
    >
  | Event<
      'proposal-dropped',
      { reason: 'no-leader' | 'forwarding-disabled' | 'transferring' | 'not-member' | 'uncommitted-full' }
    >
  | Event<'conf-change-ignored', { change: ConfChange; confState: ConfState; refusal: ConfChangeRefusal }>
  | Event<'joint-left-automatically', { confState: ConfState }>
  | Event<'quorum-silent'>
  | Event<'transfer-started', { to: NodeId }>
  | Event<
      'transfer-aborted',
      { to: NodeId; reason: 'superseded' | 'timed-out' | 'target-removed' | 'role-changed' }
    >
  | Event<'transfer-ignored', { to: NodeId; reason: 'no-leader' | 'not-voter' | 'self' | 'under-way' }>
  | Event<'timeout-now-sent', { to: NodeId }>
  | Event<'timeout-now-received', { from: NodeId }>
  | Event<'leader-forgotten', { leader: NodeId }>
  | Event<'forget-leader-refused', { reason: 'lease-reads' }>
  | Event<'read-dropped', { context: bigint; from: NodeId }>;

const at = (p: LogPosition): string => `${p.index}/t${p.term}`;
const vote = (preVote: boolean): string => (preVote ? 'pre-vote' : 'vote');

/** A progress in one line: state, what is known to match, what is sent next, and what holds it up. */
export function formatProgress(p: ProgressStatus): string {
  let out = `${p.id.toString(16)} ${p.state} match=${p.match} next=${p.next}`;
  if (p.learner) out += ' learner';
  if (p.paused) out += ' paused';
  if (p.pendingSnapshot > 0) out += ` snapshot=${p.pendingSnapshot}`;
  if (!p.recentActive) out += ' inactive';
  if (p.inflightMessages > 0) out += ` inflight=${p.inflightMessages}`;
  if (p.inflightFull) out += ' full';
  return out;
}

/** A configuration in one line; a joint one as `(incoming)&&(outgoing)`. */
export function formatConfState(conf: ConfState): string {
  const ids = (list: readonly NodeId[]): string => `(${list.map((id) => id.toString(16)).join(' ')})`;
  let out = `voters=${ids(conf.voters)}`;
  if (conf.votersOutgoing.length > 0) out += `&&${ids(conf.votersOutgoing)}`;
  if (conf.learners.length > 0) out += ` learners=${ids(conf.learners)}`;
  if (conf.learnersNext.length > 0) out += ` learners_next=${ids(conf.learnersNext)}`;
  if (conf.autoLeave) out += ' autoleave';
  return out;
}

type Formatters = {
  readonly [K in TraceEvent['kind']]: (event: Extract<TraceEvent, { kind: K }>) => string;
};

const FORMATTERS: Formatters = {
  started: (e) => `started at ${at(e.last)}: commit ${e.commit}, applied ${e.applied}`,
  'config-switched': (e) => `config ${formatConfState(e.confState)}`,
  'role-changed': (e) => `became ${e.role}: ${e.reason}`,
  'election-started': () => 'election: starts',
  'campaign-refused': (e) => `campaign refused: ${e.reason}`,
  'vote-requested': (e) => `-> ${e.to.toString(16)} ${vote(e.preVote)} with log ${at(e.last)}`,
  'vote-received': (e) =>
    `<- ${e.from.toString(16)} ${vote(e.preVote)} ${e.granted ? 'granted' : 'rejected'}`,
  'votes-counted': (e) => `${vote(e.preVote)}s: ${e.granted} granted, ${e.rejected} rejected`,
  'vote-answered': (e) =>
    `<- ${e.from.toString(16)} ${vote(e.preVote)} for t${e.requestTerm} with log ${at(e.candidateLast)}, ours ${at(e.last)}: ` +
    `${e.granted ? 'granted' : 'rejected'}, ${e.reason}`,
  'commit-learnt': (e) => `<- ${e.from.toString(16)} knows that ${e.index} is committed`,
  'vote-ignored': (e) =>
    `<- ${e.from.toString(16)} ${vote(e.preVote)}: ignored, lease has ${e.ticksLeft} ticks left`,
  'term-higher': (e) => `<- ${e.from.toString(16)} ${e.message} of t${e.messageTerm}: our term is over`,
  'term-lower': (e) => `<- ${e.from.toString(16)} ${e.message} of t${e.messageTerm}: ignored, old term`,
  'ack-stale': (e) => `append ack of t${e.ackTerm}: ignored, old term`,
  'ack-unknown': (e) => `append ack for ${e.index}: ignored, not unstable`,
  'ack-mismatch': (e) => `append ack for ${at(e.acked)}: ignored, overwritten by ${at(e.held)}`,
  'append-conflict': (e) => `conflict at ${e.index}: t${e.existingTerm} gives way to t${e.conflictingTerm}`,
  'unstable-replaced': (e) => `unstable log replaced from ${e.index}`,
  'unstable-truncated': (e) => `unstable log cut before ${e.index}`,
  'append-rejected': (e) =>
    `<- ${e.from.toString(16)} append after ${at(e.prev)}: rejected, ours is t${e.existingTerm}`,
  'append-refused': (e) => `<- ${e.from.toString(16)} append after ${e.index} refused: hint ${at(e.hint)}`,
  'progress-decreased': (e) => `progress ${formatProgress(e.progress)}: decreased`,
  'snapshot-sent': (e) =>
    `snapshot ${at(e.snapshot)} to ${formatProgress(e.progress)}: log starts at ${e.firstIndex}`,
  'snapshot-awaited': (e) => `progress ${formatProgress(e.progress)}: awaits a snapshot, ${e.reason}`,
  'replication-paused': (e) => `progress ${formatProgress(e.progress)}: paused`,
  'snapshot-caught-up': (e) => `progress ${formatProgress(e.progress)}: needs no snapshot any more`,
  'snapshot-reported': (e) => `progress ${formatProgress(e.progress)}: snapshot ${e.ok ? 'sent' : 'failed'}`,
  'peer-unreachable': (e) => `progress ${formatProgress(e.progress)}: unreachable`,
  'snapshot-restoring': (e) => `snapshot ${at(e.snapshot)} replaces the log: committed ${e.log.committed}`,
  'snapshot-restored': (e) => `snapshot ${at(e.snapshot)} restored: log ends at ${at(e.last)}`,
  'snapshot-ignored': (e) => `snapshot ${at(e.snapshot)} ignored at commit ${e.commit}: ${e.reason}`,
  'proposal-dropped': (e) => `proposal dropped: ${e.reason}`,
  'conf-change-ignored': (e) =>
    `conf change ignored in ${formatConfState(e.confState)}: ${
      e.refusal.reason === 'pending'
        ? `change at ${e.refusal.pendingIndex} may be unapplied, applied ${e.refusal.applied}`
        : e.refusal.reason
    }`,
  'joint-left-automatically': (e) => `leaves joint ${formatConfState(e.confState)}`,
  'quorum-silent': () => 'quorum is silent: steps down',
  'transfer-started': (e) => `transfer to ${e.to.toString(16)}: starts`,
  'transfer-aborted': (e) => `transfer to ${e.to.toString(16)}: aborted, ${e.reason}`,
  'transfer-ignored': (e) => `transfer to ${e.to.toString(16)}: ignored, ${e.reason}`,
  'timeout-now-sent': (e) => `-> ${e.to.toString(16)} timeout-now: its log is complete`,
  'timeout-now-received': (e) => `<- ${e.from.toString(16)} timeout-now: campaigns`,
  'leader-forgotten': (e) => `forgets leader ${e.leader.toString(16)}`,
  'forget-leader-refused': (e) => `forget leader: refused, ${e.reason}`,
  'read-dropped': (e) => `read ${e.context.toString(16)} of ${e.from.toString(16)}: dropped`,
};

/** One line, without a line break. */
export function formatTrace(event: TraceEvent): string {
  const format = FORMATTERS[event.kind] as (event: TraceEvent) => string;
  return `${event.id.toString(16)}@${event.term} ${format(event)}`;
}
