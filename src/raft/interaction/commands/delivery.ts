import { assert } from '../../../stdx/index.js';
import type { Case } from '../datadriven.js';
import { describeParts } from '../describe.js';
import type { Environment } from '../environment.js';
import type { LogLevel } from '../etcd-log.js';
import { LOG_LEVELS } from '../etcd-log.js';
import type { ScriptNode } from '../script-node.js';
import { queuedMessage } from '../script-node.js';
import { firstId, flag, idArguments, optionIds, optionText } from './arguments.js';

/** Does `body` for each named node, under a header each if there are several. */
function forNodes(env: Environment, testCase: Case, what: string, body: (node: ScriptNode) => void): void {
  const ids = idArguments(testCase);
  for (const id of ids) {
    const node = env.node(id);
    if (ids.length === 1) body(node);
    else env.section(`> ${id} ${what}`, () => body(node));
  }
}

/** `process-ready 1 2`: takes one update of each. */
export function processReady(env: Environment, testCase: Case): null {
  forNodes(env, testCase, 'handling Ready', (node) => env.processUpdate(node));
  return null;
}

/** `process-append-thread 1 2`: one write of each becomes durable. */
export function processAppendThread(env: Environment, testCase: Case): null {
  forNodes(env, testCase, 'processing append thread', (node) => env.processAppendThread(node));
  return null;
}

/** `process-apply-thread 1 2`: one batch of each is applied. */
export function processApplyThread(env: Environment, testCase: Case): null {
  forNodes(env, testCase, 'processing apply thread', (node) => env.processApplyThread(node));
  return null;
}

/** `deliver-msgs 1 drop=(2) type=MsgApp`; with `newest-first=true` in an order in which a network may bring them. */
export function deliverMessages(env: Environment, testCase: Case): null {
  const name = optionText(testCase, 'type');
  if (flag(testCase, 'newest-first')) env.queue.reverse();
  let count = 0;
  const dropped = optionIds(testCase, 'drop');
  for (const id of idArguments(testCase)) {
    assert(!dropped.includes(id), 'a node is delivered to or dropped, not both');
    count += env.deliver(id, name, false);
  }
  for (const id of dropped) count += env.deliver(id, name, true);
  if (count === 0) env.writeLine('no messages');
  return null;
}

/** One pass each over updates, messages and the two threads. False if there was nothing to do. */
function stabilizeRound(env: Environment, nodes: readonly ScriptNode[]): boolean {
  let busy = false;
  const pass = (
    what: string,
    ready: (node: ScriptNode) => boolean,
    body: (node: ScriptNode) => void,
  ): void => {
    for (const node of nodes) {
      if (!ready(node)) continue;
      busy = true;
      env.section(`> ${node.id} ${what}`, () => body(node));
    }
  };
  pass(
    'handling Ready',
    (node) => node.raft.hasUpdate(),
    (node) => env.processUpdate(node),
  );
  pass(
    'receiving messages',
    (node) => env.queue.some((queued) => queued.to === node.id),
    (node) => env.deliver(node.id, null, false),
  );
  pass(
    'processing append thread',
    (node) => node.appendWork.length > 0,
    (node) => {
      while (node.appendWork.length > 0) env.processAppendThread(node);
    },
  );
  pass(
    'processing apply thread',
    (node) => node.applyWork.length > 0,
    (node) => {
      while (node.applyWork.length > 0) env.processApplyThread(node);
    },
  );
  return busy;
}

/** `stabilize [1 2] [log-level=none]`: until none of the nodes has anything to do. */
export function stabilize(env: Environment, testCase: Case): string | null {
  const ids = idArguments(testCase);
  const nodes = ids.length === 0 ? [...env.nodes] : ids.map((id) => env.node(id));
  const levelBefore = env.level;
  const levelText = optionText(testCase, 'log-level');
  if (levelText !== null) {
    const error = setLevel(env, levelText);
    if (error !== null) return error;
  }
  while (stabilizeRound(env, nodes));
  env.level = levelBefore;
  return null;
}

function setLevel(env: Environment, text: string): string | null {
  const level = text.toUpperCase() as LogLevel;
  if (!LOG_LEVELS.includes(level)) return `log levels must be either of [${LOG_LEVELS.join(' ')}]`;
  env.level = level;
  return null;
}

/** `log-level none` */
export function logLevel(env: Environment, testCase: Case): string | null {
  return setLevel(env, testCase.args[0]!.key);
}

/** `send-snapshot 1 2`: a snapshot on its way that the leader's progress knows nothing of. */
export function sendSnapshot(env: Environment, testCase: Case): null {
  const from = env.node(firstId(testCase));
  const to = idArguments(testCase)[1]!;
  const { term } = from.raft;
  const queued = queuedMessage({
    kind: 'snapshot',
    from: from.id,
    to,
    term,
    snapshot: from.latestSnapshot(),
  });
  env.queue.push(queued);
  env.write(describeParts(queued.parts));
  return null;
}
