/** Commands that show something. */
import { must } from '../../../stdx/index.js';
import type { NodeId } from '../../entry.js';
import type { Case } from '../datadriven.js';
import { describeEntry, describeProgress, ROLE_NAMES } from '../describe.js';
import type { Environment } from '../environment.js';
import { firstId, idArguments } from './arguments.js';

function writeLog(env: Environment, id: NodeId): void {
  const { storage } = env.node(id);
  const first = storage.firstIndex();
  const last = storage.lastIndex();
  if (last < first) {
    env.write(`log is empty: first index=${first}, last index=${last}`);
    return;
  }
  for (const entry of storage.entries(first, last + 1, Infinity)) env.writeLine(describeEntry(entry));
}

/** `raft-log 1`: what is stable. */
export function raftLog(env: Environment, testCase: Case): null {
  writeLog(env, firstId(testCase));
  return null;
}

/** `compact 1 17`: forgets the log up to and including that index. */
export function compact(env: Environment, testCase: Case): string | null {
  const id = firstId(testCase);
  const index = Number(must(idArguments(testCase)[1], 'an index is given'));
  if (!env.node(id).storage.compact(index)) return 'requested index is unavailable due to compaction';
  writeLog(env, id);
  return null;
}

export function raftState(env: Environment): null {
  for (const node of env.nodes) {
    const { role, term, leader, confState } = node.raft.status();
    const voter = confState.voters.includes(node.id) || confState.votersOutgoing.includes(node.id);
    const suffrage = voter ? '(Voter)' : '(Non-Voter)';
    env.writeLine(`${node.id}: ${ROLE_NAMES[role]} ${suffrage} Term:${term} Lead:${leader}`);
  }
  return null;
}

/** `status 1`: the progress of each member, if this node leads. */
export function status(env: Environment, testCase: Case): null {
  for (const progress of env.node(firstId(testCase)).raft.status().progress) {
    env.writeLine(`${progress.id}: ${describeProgress(progress)}`);
  }
  return null;
}
