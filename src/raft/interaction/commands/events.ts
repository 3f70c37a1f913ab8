/** Commands that step one event. */
import { EMPTY_BYTES, encodeUtf8, must } from '../../../stdx/index.js';
import type { ConfChangeTransition } from '../../conf-change.js';
import type { NodeId } from '../../entry.js';
import { EntryKind } from '../../entry.js';
import type { RaftEvent } from '../../event.js';
import { parseSteps } from '../conf-change-text.js';
import type { Case } from '../datadriven.js';
import type { Environment } from '../environment.js';
import { errorText } from '../environment.js';
import { ELECTION_TICKS, HEARTBEAT_TICKS } from './add-nodes.js';
import { firstId, flag, idArguments, optionNumber, optionText } from './arguments.js';

function step(env: Environment, id: NodeId, event: RaftEvent): string | null {
  return errorText(env.node(id).raft.step(event));
}

export const campaign = (env: Environment, testCase: Case): string | null =>
  step(env, firstId(testCase), { kind: 'campaign' });

/** `propose 1 text`: a second bare argument is the payload, quotes and all. */
export function propose(env: Environment, testCase: Case): string | null {
  const data = encodeUtf8(must(testCase.args[1], 'a proposal has a payload').key);
  return step(env, firstId(testCase), { kind: 'propose', entries: [{ kind: EntryKind.NORMAL, data }] });
}

/** `propose-conf-change 1 [v1=true] [transition=explicit]` with the steps as input. */
export function proposeConfChange(env: Environment, testCase: Case): string | null {
  const transition = (optionText(testCase, 'transition') ?? 'auto') as ConfChangeTransition;
  if (!['auto', 'implicit', 'explicit'].includes(transition)) return `unknown transition ${transition}`;
  const changes = parseSteps(testCase.input);
  if (typeof changes === 'string') return changes;
  const v1 = flag(testCase, 'v1');
  if (v1 && (changes.length !== 1 || transition !== 'auto')) {
    return 'v1 conf change can only have one operation and no transition';
  }
  const change = { transition, changes, context: EMPTY_BYTES };
  return step(env, firstId(testCase), { kind: 'propose-conf-change', change, v1 });
}

function ticks(env: Environment, testCase: Case, count: number): null {
  for (let i = 0; i < count; i++) env.node(firstId(testCase)).raft.step({ kind: 'tick' });
  return null;
}

export const tickHeartbeat = (env: Environment, testCase: Case): null =>
  ticks(env, testCase, HEARTBEAT_TICKS);

export const tickElection = (env: Environment, testCase: Case): null => ticks(env, testCase, ELECTION_TICKS);

/** `read-index 1 context=7`. An error text names the reason. */
export function readIndex(env: Environment, testCase: Case): string | null {
  const context = BigInt(must(optionText(testCase, 'context'), 'a read has a context'));
  const result = env.node(firstId(testCase)).raft.step({ kind: 'read-index', context });
  return result === 'ok' ? null : `read dropped: ${result}`;
}

export function setRandomizedElectionTimeout(env: Environment, testCase: Case): null {
  const timeout = must(optionNumber(testCase, 'timeout'), 'a time-out is given');
  env.node(firstId(testCase)).raft.setRandomizedElectionTicks(timeout);
  return null;
}

export function reportUnreachable(env: Environment, testCase: Case): string | null {
  const peer = idArguments(testCase)[1]!;
  return step(env, firstId(testCase), { kind: 'report-unreachable', peer });
}

/** `report-snapshot 1 2 ok=true` */
export function reportSnapshot(env: Environment, testCase: Case): string | null {
  const peer = idArguments(testCase)[1]!;
  return step(env, firstId(testCase), { kind: 'report-snapshot', peer, ok: flag(testCase, 'ok') });
}

/** `transfer-leadership from=1 to=2` */
export function transferLeadership(env: Environment, testCase: Case): string | null {
  const from = BigInt(must(optionText(testCase, 'from'), 'a transfer has a from'));
  const to = BigInt(must(optionText(testCase, 'to'), 'a transfer has a to'));
  return step(env, from, { kind: 'transfer-leader', to });
}

export function forgetLeader(env: Environment, testCase: Case): null {
  step(env, firstId(testCase), { kind: 'forget-leader' });
  return null;
}

/** `restart 1`: as after a crash; what was not written is lost. */
export function restart(env: Environment, testCase: Case): null {
  const node = env.node(firstId(testCase));
  env.queue = env.queue.filter((queued) => !(queued.local && queued.to === node.id));
  node.restart();
  return null;
}
