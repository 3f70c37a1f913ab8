/** Trace events in the log lines of etcd-io/raft, for comparing with its scripts byte by byte. */
import type { ConfChange, ConfChangeType } from '../conf-change.js';
import type { NodeId } from '../entry.js';
import { NOBODY } from '../entry.js';
import type { MessageKind } from '../message.js';
import type { LogPosition, TraceEvent } from '../trace.js';
import { formatConfState } from '../trace.js';
import { describeProgress, MESSAGE_NAMES } from './describe.js';

export type LogLevel = 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'FATAL' | 'NONE';
export const LOG_LEVELS: readonly LogLevel[] = ['DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL', 'NONE'];

export interface LogLine {
  readonly level: LogLevel;
  readonly text: string;
}

type Kind = TraceEvent['kind'];
type Of<K extends Kind> = Extract<TraceEvent, { kind: K }>;
type Lines<K extends Kind> = (event: Of<K>) => readonly LogLine[];

const hex = (id: NodeId): string => id.toString(16);
const log = (level: LogLevel, text: string): readonly LogLine[] => [{ level, text }];
const none = (): readonly LogLine[] => [];
const name = (kind: MessageKind): string => MESSAGE_NAMES[kind];
const request = (preVote: boolean): string => name(preVote ? 'pre-vote' : 'vote');
const response = (preVote: boolean): string => name(preVote ? 'pre-vote-response' : 'vote-response');
const position = (p: LogPosition): string => `index: ${p.index}, term: ${p.term}`;
const ROLES = {
  follower: 'follower',
  candidate: 'candidate',
  'pre-candidate': 'pre-candidate',
  leader: 'leader',
} as const;
const STEP_TYPES: Readonly<Record<ConfChangeType, string>> = {
  'add-voter': 'ConfChangeAddNode',
  remove: 'ConfChangeRemoveNode',
  update: 'ConfChangeUpdateNode',
  'add-learner': 'ConfChangeAddLearnerNode',
};
const TRANSITIONS = { auto: 'Auto', implicit: 'JointImplicit', explicit: 'JointExplicit' } as const;

function describeChange(change: ConfChange): string {
  const steps = change.changes.map(
    ({ type, nodeId }) => ` changes:{type:${STEP_TYPES[type]} node_id:${nodeId}}`,
  );
  return `transition:ConfChangeTransition${TRANSITIONS[change.transition]}${steps.join('')}`;
}

function refusal(event: Of<'conf-change-ignored'>): string {
  const why = event.refusal;
  if (why.reason === 'pending') {
    return `possible unapplied conf change at index ${why.pendingIndex} (applied to ${why.applied})`;
  }
  return why.reason === 'joint'
    ? 'must transition out of joint config first'
    : 'not in joint state; refusing empty conf change';
}

/** `[logterm: T, index: I, vote: V] VERB MsgVote from X [logterm: T, index: I] at term N` */
function voteLine(event: Of<'vote-answered'> | Of<'vote-ignored'>, verb: string, toward: string): string {
  const { last, candidateLast, vote } = event;
  return (
    `${hex(event.id)} [logterm: ${last.term}, index: ${last.index}, vote: ${hex(vote)}] ` +
    `${verb} ${request(event.preVote)} ${toward} ${hex(event.from)} ` +
    `[logterm: ${candidateLast.term}, index: ${candidateLast.index}] at term ${event.term}`
  );
}

const LINES: { readonly [K in Kind]: Lines<K> } = {
  started: (e) =>
    log(
      'INFO',
      `newRaft ${hex(e.id)} [peers: [${e.voters.map(hex).join(',')}], term: ${e.term}, commit: ${e.commit}, ` +
        `applied: ${e.applied}, lastindex: ${e.last.index}, lastterm: ${e.last.term}]`,
    ),
  'config-switched': (e) =>
    log('INFO', `${hex(e.id)} switched to configuration ${formatConfState(e.confState)}`),
  'role-changed': (e) => log('INFO', `${hex(e.id)} became ${ROLES[e.role]} at term ${e.term}`),
  'election-started': (e) => log('INFO', `${hex(e.id)} is starting a new election at term ${e.term}`),
  'campaign-refused': (e) => {
    if (e.reason === 'unpromotable') return log('WARN', `${hex(e.id)} is unpromotable and can not campaign`);
    if (e.reason === 'leading') return log('DEBUG', `${hex(e.id)} ignoring MsgHup because already leader`);
    const text = 'cannot campaign at term';
    return log(
      'WARN',
      `${hex(e.id)} ${text} ${e.term} since there are still pending configuration changes to apply`,
    );
  },
  'vote-requested': (e) =>
    log(
      'INFO',
      `${hex(e.id)} [logterm: ${e.last.term}, index: ${e.last.index}] sent ${request(e.preVote)} request to ${hex(e.to)} at term ${e.term}`,
    ),
  'vote-received': (e) =>
    log(
      'INFO',
      `${hex(e.id)} received ${response(e.preVote)}${e.granted ? '' : ' rejection'} from ${hex(e.from)} at term ${e.term}`,
    ),
  'votes-counted': (e) =>
    log(
      'INFO',
      `${hex(e.id)} has received ${e.granted} ${response(e.preVote)} votes and ${e.rejected} vote rejections`,
    ),
  'vote-answered': (e) =>
    log('INFO', e.granted ? voteLine(e, 'cast', 'for') : voteLine(e, 'rejected', 'from')),
  'commit-learnt': none,
  'vote-ignored': (e) =>
    log('INFO', `${voteLine(e, 'ignored', 'from')}: lease is not expired (remaining ticks: ${e.ticksLeft})`),
  'term-higher': (e) =>
    log(
      'INFO',
      `${hex(e.id)} [term: ${e.term}] received a ${name(e.message)} message with higher term from ${hex(e.from)} [term: ${e.messageTerm}]`,
    ),
  'term-lower': (e) =>
    log(
      'INFO',
      `${hex(e.id)} [term: ${e.term}] ignored a ${name(e.message)} message with lower term from ${hex(e.from)} [term: ${e.messageTerm}]`,
    ),
  'ack-stale': (e) =>
    log(
      'INFO',
      `${hex(e.id)} [term: ${e.term}] ignored entry appends from a MsgStorageAppendResp message with lower term [term: ${e.ackTerm}]`,
    ),
  'ack-unknown': (e) => log('INFO', `entry at index ${e.index} missing from unstable log; ignoring`),
  'ack-mismatch': (e) =>
    log(
      'INFO',
      `entry at (index,term)=(${e.acked.index},${e.acked.term}) mismatched with entry at ` +
        `(${e.held.index},${e.held.term}) in unstable log; ignoring`,
    ),
  'append-conflict': (e) =>
    log(
      'INFO',
      `found conflict at index ${e.index} [existing term: ${e.existingTerm}, conflicting term: ${e.conflictingTerm}]`,
    ),
  'unstable-replaced': (e) => log('INFO', `replace the unstable entries from index ${e.index}`),
  'unstable-truncated': (e) => log('INFO', `truncate the unstable entries before index ${e.index}`),
  'append-rejected': (e) =>
    log(
      'DEBUG',
      `${hex(e.id)} [logterm: ${e.existingTerm}, index: ${e.prev.index}] rejected MsgApp ` +
        `[logterm: ${e.prev.term}, index: ${e.prev.index}] from ${hex(e.from)}`,
    ),
  'append-refused': (e) =>
    log(
      'DEBUG',
      `${hex(e.id)} received MsgAppResp(rejected, hint: (index ${e.hint.index}, term ${e.hint.term})) ` +
        `from ${hex(e.from)} for index ${e.index}`,
    ),
  'progress-decreased': (e) =>
    log(
      'DEBUG',
      `${hex(e.id)} decreased progress of ${hex(e.progress.id)} to [${describeProgress(e.progress)}]`,
    ),
  'snapshot-sent': (e) =>
    log(
      'DEBUG',
      `${hex(e.id)} [firstindex: ${e.firstIndex}, commit: ${e.commit}] sent snapshot[${position(e.snapshot)}] ` +
        `to ${hex(e.progress.id)} [${describeProgress(e.progress)}]`,
    ),
  'replication-paused': (e) =>
    log(
      'DEBUG',
      `${hex(e.id)} paused sending replication messages to ${hex(e.progress.id)} [${describeProgress(e.progress)}]`,
    ),
  'snapshot-caught-up': (e) =>
    log(
      'DEBUG',
      `${hex(e.id)} recovered from needing snapshot, resumed sending replication messages to ` +
        `${hex(e.progress.id)} [${describeProgress(e.progress)}]`,
    ),
  'snapshot-awaited': none,
  'snapshot-reported': none,
  'peer-unreachable': (e) =>
    log(
      'DEBUG',
      `${hex(e.id)} failed to send message to ${hex(e.progress.id)} because it is unreachable [${describeProgress(e.progress)}]`,
    ),
  'snapshot-restoring': (e) =>
    log(
      'INFO',
      `log [committed=${e.log.committed}, applied=${e.log.applied}, applying=${e.log.applying}, ` +
        `unstable.offset=${e.log.unstableOffset}, unstable.offsetInProgress=${e.log.unstableInProgress}, ` +
        `len(unstable.Entries)=${e.log.unstableCount}] starts to restore snapshot [${position(e.snapshot)}]`,
    ),
  'snapshot-restored': (e) => [
    ...log(
      'INFO',
      `${hex(e.id)} [commit: ${e.commit}, lastindex: ${e.last.index}, lastterm: ${e.last.term}] ` +
        `restored snapshot [${position(e.snapshot)}]`,
    ),
    ...log('INFO', `${hex(e.id)} [commit: ${e.commit}] restored snapshot [${position(e.snapshot)}]`),
  ],
  'snapshot-ignored': (e) =>
    log('INFO', `${hex(e.id)} [commit: ${e.commit}] ignored snapshot [${position(e.snapshot)}]`),
  'proposal-dropped': (e) =>
    e.reason === 'no-leader'
      ? log('INFO', `${hex(e.id)} no leader at term ${e.term}; dropping proposal`)
      : [],
  'conf-change-ignored': (e) =>
    log(
      'INFO',
      `${hex(e.id)} ignoring conf change ${describeChange(e.change)} at config ${formatConfState(e.confState)}: ${refusal(e)}`,
    ),
  'joint-left-automatically': (e) =>
    log('INFO', `initiating automatic transition out of joint configuration ${formatConfState(e.confState)}`),
  'quorum-silent': (e) => log('WARN', `${hex(e.id)} stepped down to follower since quorum is not active`),
  'transfer-started': (e) =>
    log('INFO', `${hex(e.id)} [term ${e.term}] starts to transfer leadership to ${hex(e.to)}`),
  'transfer-aborted': none,
  'transfer-ignored': none,
  'timeout-now-sent': (e) =>
    log(
      'INFO',
      `${hex(e.id)} sends MsgTimeoutNow to ${hex(e.to)} immediately as ${hex(e.to)} already has up-to-date log`,
    ),
  'timeout-now-received': (e) =>
    log(
      'INFO',
      `${hex(e.id)} [term ${e.term}] received MsgTimeoutNow from ${hex(e.from)} and starts an election to get leadership.`,
    ),
  'leader-forgotten': (e) => log('INFO', `${hex(e.id)} forgetting leader ${hex(e.leader)} at term ${e.term}`),
  'forget-leader-refused': () => log('ERROR', 'ignoring MsgForgetLeader due to ReadOnlyLeaseBased'),
  'read-dropped': (e) =>
    e.from === NOBODY
      ? []
      : log('INFO', `${hex(e.id)} dropped read ${e.context} of ${hex(e.from)} at term ${e.term}`),
};

export function etcdLogLines(event: TraceEvent): readonly LogLine[] {
  const lines = LINES[event.kind] as (event: TraceEvent) => readonly LogLine[];
  return lines(event);
}
