/** `/debug/vars` in the form of Go's expvar: one variable a line, its value as JSON. */
import type { ProgressState, RaftStatus, Role } from '../../raft/index.js';
import type { Endpoint } from './exchange.js';

/** Names and values, as they are to be shown. */
export type DebugVariables = Readonly<Record<string, unknown>>;

const ROLE_NAMES: Readonly<Record<Role, string>> = {
  follower: 'StateFollower',
  'pre-candidate': 'StatePreCandidate',
  candidate: 'StateCandidate',
  leader: 'StateLeader',
};

const PROGRESS_NAMES: Readonly<Record<ProgressState, string>> = {
  probe: 'StateProbe',
  replicate: 'StateReplicate',
  snapshot: 'StateSnapshot',
};

/** The status of raft as etcd's raft prints it. */
export function raftVariables(status: RaftStatus): DebugVariables {
  const hex = (id: bigint): string => id.toString(16);
  const progress: Record<string, unknown> = {};
  for (const { id, match, next, state } of status.progress) {
    progress[hex(id)] = { match, next, state: PROGRESS_NAMES[state] };
  }
  return {
    id: hex(status.id),
    term: status.term,
    vote: hex(status.vote),
    commit: status.commit,
    lead: hex(status.leader),
    raftState: ROLE_NAMES[status.role],
    applied: status.applied,
    progress,
    leadtransferee: hex(status.transferee),
  };
}

export function debugVarsEndpoint(read: () => DebugVariables): Endpoint {
  return [
    '/debug/vars',
    (_request, respond) => {
      const lines = Object.entries(read())
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`);
      const headers = { 'Content-Type': 'application/json; charset=utf-8' };
      respond({ status: 200, headers, body: `{\n${lines.join(',\n')}\n}\n` });
    },
  ];
}
