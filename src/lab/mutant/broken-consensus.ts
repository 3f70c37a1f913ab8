/**
 * Mutants of consensus itself, put around the one object a member drives. The product has no switch for any of them: each
 * changes what goes into this node, what comes out of it, or its state behind its back.
 */
import { EntryKind, type Message, type RaftCore, type RaftEvent, RaftNode } from '../../raft/index.js';
import type { MemberProcess } from '../../sim/index.js';
import type { MutantName } from '../script/mutant-name.js';

type Break = (opened: MemberProcess, core: RaftCore) => void;

/** Runs `then` behind every event. */
function afterStep(node: RaftNode, then: (event: RaftEvent) => void): void {
  const step = node.step.bind(node);
  node.step = (event) => {
    const result = step(event);
    then(event);
    return result;
  };
}

/** Puts `change(message)` in the place of what is received. */
function changeReceived(node: RaftNode, change: (message: Message) => Message): void {
  const step = node.step.bind(node);
  node.step = (event) =>
    step(event.kind === 'receive' ? { kind: 'receive', message: change(event.message) } : event);
}

/** Entries of earlier terms count as committed once a majority holds them (thesis 3.6.2 forbids it, figure 8). */
const commitOldTermByCount: Break = ({ node }, core) => {
  afterStep(node, () => {
    if (!core.isLeader) return;
    const index = core.tracker.committedIndex();
    if (Number.isFinite(index)) core.log.commitTo(index);
  });
};

/** A leader opens its term without an entry of its own, as the paper's figure 8 supposes. */
const noEmptyEntry: Break = (_opened, core) => {
  const { log } = core;
  const append = log.append.bind(log);
  log.append = (entries) => {
    const [first] = entries;
    const isOpening =
      core.isLeader &&
      entries.length === 1 &&
      first!.kind === EntryKind.NORMAL &&
      first!.data.length === 0 &&
      log.term(log.lastIndex()) !== core.term;
    return isOpening ? 'extended' : append(entries);
  };
  const sendAfterAppend = core.sendAfterAppend.bind(core);
  core.sendAfterAppend = (message) => {
    const isOfOpening =
      message.kind === 'append-response' && message.to === core.id && message.index > log.lastIndex();
    if (!isOfOpening) sendAfterAppend(message);
  };
};

/** Term and log reach the disk, the vote does not. */
const voteNotPersisted: Break = ({ wal }) => {
  const append = wal.append.bind(wal);
  wal.append = (hardState, ...rest) => append(hardState && { ...hardState, vote: 0n }, ...rest);
};

/** Votes are given to candidates that lack entries of the voter (thesis 3.6.1 forbids it). */
const voteToShorterLog: Break = ({ node }, core) => {
  changeReceived(node, (message) => {
    if (message.kind !== 'vote' && message.kind !== 'pre-vote') return message;
    const { index, term } = core.log.lastPosition();
    return {
      ...message,
      lastIndex: Math.max(index, message.lastIndex),
      lastTerm: Math.max(term, message.lastTerm),
    };
  });
};

/** Whoever asks for a vote in the present term gets it. */
const voteTwice: Break = ({ node }, core) => {
  const granted = (message: Message): Message =>
    message.kind === 'vote-response' && message.reject && message.term === core.term
      ? { ...message, reject: false, commitIndex: 0, commitTerm: 0 }
      : message;
  const takeUpdate = node.takeUpdate.bind(node);
  node.takeUpdate = () => {
    const update = takeUpdate();
    const { append, messages } = update;
    return {
      ...update,
      messages: messages.map(granted),
      append: append && { ...append, responses: append.responses.map(granted) },
    };
  };
};

/** A leader counts itself among those that hold an entry before its own write is durable. */
const leaderCountsItselfEarly: Break = ({ node }, core) => {
  afterStep(node, ({ kind }) => {
    if (core.isLeader && kind !== 'tick') core.tracker.get(core.id)?.acked(core.log.lastIndex());
  });
};

/** What is on the leader's own disk counts as committed. */
const commitWithoutMajority: Break = ({ node }, core) => {
  afterStep(node, () => {
    if (core.isLeader) core.log.commitTo(core.log.unstable.offset - 1);
  });
};

/** A leader answers read indexes without asking whether it still leads (thesis 6.4, step 3). */
const readWithoutQuorum: Break = ({ node }, core) => {
  const step = node.step.bind(node);
  node.step = (event) => {
    const result = step(event);
    const { reads, log } = core;
    if (!core.isLeader || !reads.hasWaiting) return result;
    for (const { from, context } of reads.takeConfirmed(Number.POSITIVE_INFINITY)) {
      const index = log.committed;
      if (from === core.id) reads.states.push({ context, index });
      else core.send({ kind: 'read-index-response', from: core.id, to: from, context, index, reject: false });
    }
    return result;
  };
};

/** A read does not wait until the state has what its read index says. */
const readBeforeApply: Break = ({ node }) => {
  const takeUpdate = node.takeUpdate.bind(node);
  node.takeUpdate = () => {
    const update = takeUpdate();
    return { ...update, readStates: update.readStates.map(({ context }) => ({ context, index: 0 })) };
  };
};

const BREAKS: Partial<Record<MutantName, Break>> = {
  'commit-old-term-by-count': commitOldTermByCount,
  'no-empty-entry': noEmptyEntry,
  'vote-not-persisted': voteNotPersisted,
  'vote-to-shorter-log': voteToShorterLog,
  'vote-twice': voteTwice,
  'leader-counts-itself-early': leaderCountsItselfEarly,
  'commit-without-majority': commitWithoutMajority,
  'read-without-quorum': readWithoutQuorum,
  'read-before-apply': readBeforeApply,
};

/** Breaks a member that is about to take part. */
export function breakConsensus(mutants: readonly MutantName[], opened: MemberProcess): void {
  const core = RaftNode.coreOf(opened.node);
  for (const mutant of mutants) BREAKS[mutant]?.(opened, core);
}
