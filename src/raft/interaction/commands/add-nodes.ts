import { EMPTY_BYTES } from '../../../stdx/index.js';
import type { RaftConfig, ReadOnlyMode } from '../../config.js';
import type { Snapshot } from '../../message.js';
import type { Case } from '../datadriven.js';
import type { Environment } from '../environment.js';
import { ScriptNode } from '../script-node.js';
import { firstId, flag, option, optionIds, optionNumber, optionText } from './arguments.js';

export const ELECTION_TICKS = 3;
export const HEARTBEAT_TICKS = 1;

/** `add-nodes 3 voters=(1,2,3) index=2`: nodes that start from the same snapshot, or from nothing. */
export function addNodes(env: Environment, testCase: Case): string | null {
  const readOnlyText = optionText(testCase, 'read-only') ?? 'safe';
  if (readOnlyText !== 'safe' && readOnlyText !== 'lease-based') {
    return `invalid read-only option "${readOnlyText}"`;
  }
  const index = optionNumber(testCase, 'index') ?? 0;
  const given = ['voters', 'learners', 'index', 'content'].some((key) => option(testCase, key) !== undefined);
  if (given && index <= 1) return 'index must be specified as > 1 due to bootstrap';
  const bootstrap: Snapshot | null = given
    ? {
        index,
        term: 1,
        confState: {
          voters: optionIds(testCase, 'voters'),
          learners: optionIds(testCase, 'learners'),
          votersOutgoing: [],
          learnersNext: [],
          autoLeave: false,
        },
        data: EMPTY_BYTES,
      }
    : null;
  const readOnly: ReadOnlyMode = readOnlyText === 'safe' ? 'safe' : 'lease';
  const config: Omit<RaftConfig, 'id'> = {
    electionTicks: ELECTION_TICKS,
    heartbeatTicks: HEARTBEAT_TICKS,
    preVote: flag(testCase, 'prevote'),
    checkQuorum: flag(testCase, 'checkquorum'),
    readOnly,
    bytesPerMessageMax: optionNumber(testCase, 'max-size-per-msg') ?? Infinity,
    inflightMessagesMax: optionNumber(testCase, 'inflight') ?? Infinity,
    inflightBytesMax: Infinity,
    uncommittedBytesMax: optionNumber(testCase, 'uncommitted-size') ?? Infinity,
    applyingBytesMax: optionNumber(testCase, 'max-committed-size-per-ready') ?? Infinity,
    asyncStorageWrites: flag(testCase, 'async-storage-writes'),
    disableProposalForwarding: flag(testCase, 'disable-proposal-forwarding'),
    stepDownOnRemoval: flag(testCase, 'step-down-on-removal'),
    disableConfChangeValidation: flag(testCase, 'disable-conf-change-validation'),
    applied: index,
    random: env.random,
    trace: (event) => env.trace(event),
  };
  for (let i = Number(firstId(testCase)); i > 0; i--) {
    env.nodes.push(new ScriptNode({ ...config, id: BigInt(env.nodes.length + 1) }, bootstrap));
  }
  return null;
}
