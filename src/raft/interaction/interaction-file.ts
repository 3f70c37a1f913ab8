/** Scripts that drive whole nodes: `interaction/*.txt`. */
import { must } from '../../stdx/index.js';
import { addNodes } from './commands/add-nodes.js';
import * as delivery from './commands/delivery.js';
import * as events from './commands/events.js';
import * as views from './commands/views.js';
import type { Case, Handler } from './datadriven.js';
import { Environment } from './environment.js';

/** Prints through the environment; returns an error text or null. */
type Command = (env: Environment, testCase: Case) => string | null;

const COMMANDS: Readonly<Record<string, Command>> = {
  'add-nodes': addNodes,
  campaign: events.campaign,
  compact: views.compact,
  'deliver-msgs': delivery.deliverMessages,
  'forget-leader': events.forgetLeader,
  'log-level': delivery.logLevel,
  'process-append-thread': delivery.processAppendThread,
  'process-apply-thread': delivery.processApplyThread,
  'process-ready': delivery.processReady,
  propose: events.propose,
  'propose-conf-change': events.proposeConfChange,
  'raft-log': views.raftLog,
  'raft-state': views.raftState,
  'read-index': events.readIndex,
  'report-snapshot': events.reportSnapshot,
  'report-unreachable': events.reportUnreachable,
  restart: events.restart,
  'send-snapshot': delivery.sendSnapshot,
  'set-randomized-election-timeout': events.setRandomizedElectionTimeout,
  stabilize: delivery.stabilize,
  status: views.status,
  'tick-election': events.tickElection,
  'tick-heartbeat': events.tickHeartbeat,
  'transfer-leadership': events.transferLeadership,
};

/** The handler of one interaction file, with an environment of its own. Invariants are checked after every command. */
export function interactionHandler(): Handler {
  const env = new Environment();
  return (testCase) => {
    const command = must(COMMANDS[testCase.command], 'the command is known');
    const error = command(env, testCase);
    for (const node of env.nodes) node.raft.assertInvariants();
    if (error !== null) {
      if (env.level === 'NONE') return error;
      env.write(error);
    }
    const out = env.takeOutput();
    return out === '' ? 'ok' : out;
  };
}
