/** What consensus must not do, each as the smallest change to the product's text that makes it do so. */
import type { Patch } from './patched-simulator.js';

export interface ClusterMutant {
  readonly name: string;
  readonly patches: readonly Patch[];
  /** Clients without whom nobody would notice. */
  readonly clients?: { readonly leaseClients?: number; readonly guests?: number };
}

function mutant(name: string, ...patches: Patch[]): ClusterMutant {
  return { name, patches };
}

const LEASE_TTL_RESET: ClusterMutant = {
  ...mutant('a new leader gives leases no time', {
    file: 'lease/deadlines',
    find: 'lease.deadlineMs = countedFrom + lease.believedTtl * 1000 + this.#extensionMs;',
    replace: 'lease.deadlineMs = now;',
  }),
  clients: { leaseClients: 4 },
};

/** Of puts; other requests need no rights at all then, which only who has none would notice. */
const RIGHTS_AT_PROPOSE: ClusterMutant = {
  ...mutant(
    'rights are asked for when a put is proposed, and not when it is applied',
    {
      file: 'state-machine/state-machine',
      find: 'const refusal = this.#entryPermissions.check(request);',
      replace: 'const refusal = undefined;',
    },
    {
      file: 'api/v3/kv',
      find: 'propose(context, call, RequestKind.PUT, buf, start, end);',
      replace: `const who = context.logins.known(call.metadata('token'));
      const key = buf.subarray(putView.keyStart, putView.keyEnd);
      const denied = context.machine.auth.enabled && context.machine.permissions.put(who, { key, lease: 0n, prevKv: false });
      if (denied) return refuse(call, authReason(denied));
      propose(context, call, RequestKind.PUT, buf, start, end);`,
    },
  ),
  clients: { guests: 4 },
};

export const CLUSTER_MUTANTS: readonly ClusterMutant[] = [
  LEASE_TTL_RESET,
  RIGHTS_AT_PROPOSE,
  mutant('a vote is not persisted', {
    file: 'server/log-writer',
    find: 'wal.append(hardState, entries,',
    replace: 'wal.append(hardState && { ...hardState, vote: 0n }, entries,',
  }),
  mutant('the term is not persisted without entries', {
    file: 'server/log-writer',
    find: 'wal.append(hardState, entries,',
    replace: 'wal.append(entries.length > 0 ? hardState : undefined, entries,',
  }),
  mutant('a vote is given twice in a term', {
    file: 'raft/receive/vote',
    find: 'const canVote = vote === message.from || free ||',
    replace: 'const canVote = true ||',
  }),
  mutant('a vote is given to a shorter log', {
    file: 'raft/receive/vote',
    find: 'const granted = canVote && log.isUpToDate(candidateLast);',
    replace: 'const granted = canVote;',
  }),
  mutant('votes are asked for before the term is durable', {
    file: 'raft/election',
    find: "raft.sendAfterAppend({ kind: 'vote', ...request });",
    replace: "raft.send({ kind: 'vote', ...request });",
  }),
  mutant('entries of earlier terms are committed by counting', {
    file: 'raft/leader/replication',
    find: '|| raft.log.term(index) !== raft.term)',
    replace: ')',
  }),
  mutant('a term begins without an empty entry', {
    file: 'raft/election',
    find: 'const appended = appendProposed(raft, NO_OPS);',
    replace: 'const appended = NO_OPS.length > 0;',
  }),
  mutant('a leader counts itself before its own write is durable', {
    file: 'raft/leader/proposals',
    find: 'raft.log.append(entries);',
    replace: 'raft.log.append(entries); raft.tracker.get(raft.id)?.acked(index);',
  }),
  mutant('an append truncates the log before the match is checked', {
    file: 'raft/receive/append',
    find: 'const from = log.firstDifference(entries);',
    replace:
      'const start = entries.length > 0 ? Math.max(entries[0].index, log.committed + 1) : 0; const from = entries.length > 0 && start <= entries[entries.length - 1].index ? start : null;',
  }),
  mutant(
    'a heartbeat commits what the follower may not hold',
    {
      file: 'raft/leader/replication',
      find: 'const commit = progress.match < committed ? progress.match : committed;',
      replace: 'const commit = committed;',
    },
    {
      file: 'raft/receive/heartbeat',
      find: 'raft.log.commitTo(message.commit);',
      replace: 'raft.log.commitTo(Math.min(message.commit, raft.log.lastIndex()));',
    },
  ),
  mutant('a follower acknowledges before its write is durable', {
    file: 'raft/receive/append',
    find: `function respond(raft, to, index) {
    const { id, term } = raft;
    raft.sendAfterAppend({`,
    replace: `function respond(raft, to, index) {
    const { id, term } = raft;
    raft.send({`,
  }),
  mutant('a read index is given before the first commit of the term', {
    file: 'raft/leader/reads',
    find: 'if (!raft.committedInTerm)',
    replace: 'if (raft.id === 0n)',
  }),
  mutant('a read index is given without asking the others', {
    file: 'raft/leader/reads',
    find: 'else if (raft.tracker.isOnlyVoter(raft.id) || leaseHolds(raft)) {',
    replace: 'else if (raft.id !== 0n) {',
  }),
  mutant(
    'reads rest on a lease without check-quorum',
    { file: 'raft/config', find: "readOnly: 'safe',", replace: "readOnly: 'lease'," },
    { file: 'raft/config', find: 'checkQuorum: true,', replace: 'checkQuorum: false,' },
    {
      file: 'raft/config',
      find: "assert(config.readOnly !== 'lease' || config.checkQuorum,",
      replace: 'assert(true,',
    },
  ),
  mutant(
    'a read context is used again',
    { file: 'server/read-barrier', find: '++this.#context', replace: 'this.#context' },
    {
      file: 'raft/reads/read-queue',
      find: "assert(context > this.#lastContext, 'read contexts ascend');",
      replace: '',
    },
  ),
  mutant('a read does not wait for the state', {
    file: 'server/read-barrier',
    find: 'this.#confirmed[0].index <= appliedIndex',
    replace: 'this.#confirmed[0].index >= 0',
  }),
  mutant('a leader answers reads by itself', {
    file: 'server/sole-voter',
    find: 'machine.appliedIndex === node.commitIndex &&',
    replace: 'machine.appliedIndex === node.commitIndex ||',
  }),
  mutant('two conf changes are in flight', {
    file: 'raft/leader/proposals',
    find: 'if (raft.pendingConfIndex > applied) {',
    replace: 'if (raft.id === 0n) {',
  }),
  mutant(
    'a snapshot older than the log is installed',
    {
      file: 'raft/receive/snapshot',
      find: 'if (snapshot.index <= log.committed)',
      replace: 'if (raft.id === 0n)',
    },
    {
      file: 'raft/receive/snapshot',
      find: 'if (log.matches(snapshot))',
      replace: 'if (raft.id === 0n)',
    },
    {
      file: 'raft/log/log',
      find: "assert(snapshot.index > this.committed, 'a snapshot never takes committed entries back');",
      replace: '',
    },
  ),
  mutant('a compaction drops a tombstone that a watch may still ask for', {
    file: 'mvcc/compaction',
    find: 'else if (log.isDelete && log.main < this.#target) {',
    replace: 'else if (log.isDelete && log.main <= this.#target) {',
  }),
  mutant('members give out the same request ids', {
    file: 'server/member',
    find: 'new Proposals(random(), ',
    replace: 'new Proposals(random() % 1, ',
  }),
];
