/** Entries, messages, updates and progress in the words of etcd-io/raft's scripts. */
import { decodeUtf8 } from '../../stdx/index.js';
import { decodeConfChange } from '../confchange/codec.js';
import type { ConfState, Entry, HardState, NodeId } from '../entry.js';
import { EntryKind, NOBODY } from '../entry.js';
import type { Message, MessageKind, ProposedEntry, Snapshot } from '../message.js';
import type { ProgressStatus } from '../status.js';
import type { Role, Update } from '../update.js';
import { formatSteps } from './conf-change-text.js';

export const ROLE_NAMES: Readonly<Record<Role, string>> = {
  follower: 'StateFollower',
  candidate: 'StateCandidate',
  leader: 'StateLeader',
  'pre-candidate': 'StatePreCandidate',
};

const STATE_NAMES = { probe: 'StateProbe', replicate: 'StateReplicate', snapshot: 'StateSnapshot' } as const;

const ENTRY_NAMES = {
  [EntryKind.NORMAL]: 'EntryNormal',
  [EntryKind.CONF_CHANGE]: 'EntryConfChange',
  [EntryKind.CONF_CHANGE_V2]: 'EntryConfChangeV2',
} as const;

export const MESSAGE_NAMES: Readonly<Record<MessageKind, string>> = {
  append: 'MsgApp',
  'append-response': 'MsgAppResp',
  vote: 'MsgVote',
  'vote-response': 'MsgVoteResp',
  'pre-vote': 'MsgPreVote',
  'pre-vote-response': 'MsgPreVoteResp',
  heartbeat: 'MsgHeartbeat',
  'heartbeat-response': 'MsgHeartbeatResp',
  snapshot: 'MsgSnap',
  'timeout-now': 'MsgTimeoutNow',
  propose: 'MsgProp',
  'read-index': 'MsgReadIndex',
  'read-index-response': 'MsgReadIndexResp',
  'transfer-leader': 'MsgTransferLeader',
};

export const idName = (id: NodeId): string => (id === NOBODY ? 'None' : id.toString(16));

function payload(entry: ProposedEntry): string {
  if (entry.kind === EntryKind.NORMAL) return ` ${JSON.stringify(decodeUtf8(entry.data))}`;
  const steps = formatSteps(decodeConfChange(entry.kind, entry.data).changes);
  return steps === '' ? '' : ` ${steps}`;
}

export const describeEntry = (entry: Entry): string =>
  `${entry.term}/${entry.index} ${ENTRY_NAMES[entry.kind]}${payload(entry)}`;

const asEntry = (entry: ProposedEntry): Entry => ({ ...entry, index: 0, term: 0 });

export function describeConfState(conf: ConfState): string {
  const { voters, votersOutgoing, learners, learnersNext, autoLeave } = conf;
  return (
    `Voters:[${voters.join(' ')}] VotersOutgoing:[${votersOutgoing.join(' ')}] ` +
    `Learners:[${learners.join(' ')}] LearnersNext:[${learnersNext.join(' ')}] AutoLeave:${autoLeave}`
  );
}

export const describeSnapshot = (snapshot: Snapshot): string =>
  `Index:${snapshot.index} Term:${snapshot.term} ConfState:${describeConfState(snapshot.confState)}`;

export function describeProgress(p: ProgressStatus): string {
  let out = `${STATE_NAMES[p.state]} match=${p.match} next=${p.next}`;
  if (p.learner) out += ' learner';
  if (p.paused) out += ' paused';
  if (p.pendingSnapshot > 0) out += ` pendingSnap=${p.pendingSnapshot}`;
  if (!p.recentActive) out += ' inactive';
  if (p.inflightMessages > 0) out += ` inflight=${p.inflightMessages}${p.inflightFull ? '[full]' : ''}`;
  return out;
}

export function describeHardState(state: HardState): string {
  const vote = state.vote === NOBODY ? '' : ` Vote:${state.vote}`;
  return `HardState Term:${state.term}${vote} Commit:${state.commit}`;
}

/** What a message line is made of, whoever the sender is. */
export interface MessageParts {
  readonly from: string;
  readonly to: string;
  readonly name: string;
  readonly term?: number;
  readonly logTerm?: number;
  readonly index?: number;
  readonly reject?: boolean;
  readonly hint?: number;
  readonly commit?: number;
  readonly vote?: NodeId;
  readonly readRound?: number;
  readonly context?: bigint;
  readonly entries?: readonly Entry[];
  readonly snapshot?: Snapshot | null;
  readonly responses?: readonly MessageParts[];
}

function describeEntries(entries: readonly Entry[], indent: string): string {
  if (entries.length === 0) return '';
  if (entries.length === 1) return ` Entries:[${describeEntry(entries[0]!)}]`;
  const lines = entries.map((entry) => `\n${indent}  ${describeEntry(entry)}`);
  return ` Entries:[${lines.join('')}\n${indent}]`;
}

/** One message; only its first line is without indentation. */
export function describeParts(m: MessageParts, indent = ''): string {
  let out = `${m.from}->${m.to} ${m.name} Term:${m.term ?? 0} Log:${m.logTerm ?? 0}/${m.index ?? 0}`;
  if (m.reject === true) out += ` Rejected (Hint: ${m.hint ?? 0})`;
  if (m.commit !== undefined && m.commit !== 0) out += ` Commit:${m.commit}`;
  if (m.vote !== undefined && m.vote !== NOBODY) out += ` Vote:${m.vote}`;
  if (m.readRound !== undefined && m.readRound !== 0) out += ` Round:${m.readRound}`;
  if (m.context !== undefined) out += ` Context:${m.context}`;
  out += describeEntries(m.entries ?? [], indent);
  if (m.snapshot !== undefined && m.snapshot !== null && m.snapshot.index !== 0) {
    out += `\n${indent}  Snapshot: ${describeSnapshot(m.snapshot)}`;
  }
  if (m.responses !== undefined && m.responses.length > 0) {
    const lines = m.responses.map((response) => `\n${indent}  ${describeParts(response, `${indent}  `)}`);
    out += ` Responses:[${lines.join('')}\n${indent}]`;
  }
  return out;
}

export function messageParts(m: Message): MessageParts {
  const base = { from: idName(m.from), to: idName(m.to), name: MESSAGE_NAMES[m.kind] };
  switch (m.kind) {
    case 'append': {
      const { term, prevTerm: logTerm, prevIndex: index, commit, entries } = m;
      return { ...base, term, logTerm, index, commit, entries };
    }
    case 'append-response': {
      const { term, hintTerm: logTerm, index, reject, hintIndex: hint } = m;
      return { ...base, term, logTerm, index, reject, hint };
    }
    case 'vote':
    case 'pre-vote':
      return { ...base, term: m.term, logTerm: m.lastTerm, index: m.lastIndex };
    case 'vote-response':
    case 'pre-vote-response':
      return { ...base, term: m.term, reject: m.reject };
    case 'heartbeat':
      return { ...base, term: m.term, commit: m.commit, readRound: m.readRound };
    case 'heartbeat-response':
      return { ...base, term: m.term, readRound: m.readRound };
    case 'snapshot':
      return { ...base, term: m.term, snapshot: m.snapshot };
    case 'timeout-now':
      return { ...base, term: m.term };
    case 'propose':
      return { ...base, entries: m.entries.map(asEntry) };
    case 'read-index':
      return { ...base, context: m.context };
    case 'read-index-response':
      return { ...base, context: m.context, index: m.index, reject: m.reject };
    case 'transfer-leader':
      return { ...base, from: idName(m.transferee) };
  }
}

const block = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? '' : `${title}:\n${lines.map((line) => `${line}\n`).join('')}`;

/** An update as a script shows it; `messages` are all that leave, local ones included. */
export function describeUpdate(update: Update, messages: readonly MessageParts[]): string {
  let out = '';
  const { softState, hardState, snapshot } = update;
  if (softState !== null) out += `Lead:${softState.leader} State:${ROLE_NAMES[softState.role]}\n`;
  if (hardState !== null) out += `${describeHardState(hardState)}\n`;
  if (update.readStates.length > 0) {
    out += `ReadStates ${update.readStates.map((read) => `${read.context}@${read.index}`).join(' ')}\n`;
  }
  if (update.readsDropped.length > 0) out += `ReadsDropped ${update.readsDropped.join(' ')}\n`;
  out += block('Entries', update.entries.map(describeEntry));
  if (snapshot !== null) out += `Snapshot ${describeSnapshot(snapshot)}\n`;
  out += block('CommittedEntries', update.committedEntries.map(describeEntry));
  out += block(
    'Messages',
    messages.map((message) => describeParts(message)),
  );
  return out === '' ? '<empty Ready>' : `Ready MustSync=${update.mustSync}:\n${out}`;
}
