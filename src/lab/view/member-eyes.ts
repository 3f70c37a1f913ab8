/** Looks at one machine and the member on it, and makes a new view only of what has changed. */
import type { RaftCore } from '../../raft/index.js';
import type { SimHost } from '../../sim/index.js';
import type { NodeProbe } from '../world/node-probe.js';
import { ConfigurationEyes, NO_CONFIGURATION } from './configuration-view.js';
import type { Directory } from './directory.js';
import type { EntryViews } from './entry-views.js';
import { KeyEyes } from './key-view.js';
import { LogEyes } from './log-view.js';
import type { MemberState, MemberView, ProgressView, TimerView } from './member-view.js';
import { keptList, sameFields } from './same.js';

/** Timers that start less than this apart are the same one: sums of ticks are not exact. */
const TIMER_TOLERANCE_MS = 0.5;

export interface EyesParts {
  readonly host: SimHost;
  readonly id: number;
  readonly directory: Directory;
  readonly entries: EntryViews;
  readonly heartbeatMs: number;
  /** Of a healthy disk. */
  readonly diskMs: number;
}

const NOBODY_VOTED: readonly number[] = [];
const NO_PROGRESS: readonly ProgressView[] = [];

function emptyView({ id, host, diskMs }: EyesParts): MemberView {
  return {
    id,
    name: host.name,
    raftId: '',
    state: 'absent',
    learner: false,
    role: 'follower',
    term: 0,
    vote: 0,
    leader: 0,
    votesGranted: NOBODY_VOTED,
    votesRefused: NOBODY_VOTED,
    electionTimer: null,
    heartbeatTimer: null,
    firstIndex: 1,
    lastIndex: 0,
    commit: 0,
    applied: 0,
    durableIndex: 0,
    log: [],
    progress: NO_PROGRESS,
    configuration: NO_CONFIGURATION,
    revision: 0,
    compactedRevision: 0,
    kv: [],
    writing: 0,
    diskMs,
    diskSlow: false,
    clockRate: 1,
    lives: 0,
  };
}

export class MemberEyes {
  readonly #parts: EyesParts;
  readonly #configuration = new ConfigurationEyes();
  readonly #log: LogEyes;
  readonly #keys = new KeyEyes();
  #view: MemberView;
  /** The life that was looked at. */
  #probe: NodeProbe | undefined;

  constructor(parts: EyesParts) {
    this.#parts = parts;
    this.#log = new LogEyes(parts.entries);
    this.#view = emptyView(parts);
  }

  get view(): MemberView {
    return this.#view;
  }

  /** The present view: the same object as before, if nothing has changed. */
  look(probe: NodeProbe | undefined, isRetired: boolean): MemberView {
    const { host } = this.#parts;
    const process = host.process;
    const isRunning = process !== undefined && probe !== undefined;
    const next = isRunning ? this.#lookAtLife(probe) : this.#lookAtDisk(isRetired);
    if (!sameFields(this.#view, next)) this.#view = next;
    return this.#view;
  }

  #state(isRetired: boolean): MemberState {
    const { host } = this.#parts;
    if (host.isPaused) return 'paused';
    switch (host.state) {
      case 'down':
        if (isRetired) return 'removed';
        return host.isAbsent ? 'absent' : 'down';
      case 'stopping':
        return 'up';
      default:
        return host.state;
    }
  }

  /** Nothing runs: what is left is on the disk. */
  #lookAtDisk(isRetired: boolean): MemberView {
    const before = this.#view;
    const { host } = this.#parts;
    const shared = { ...this.#machine(), state: this.#state(isRetired) };
    if (this.#probe === undefined) return { ...before, ...shared };
    this.#probe = undefined;
    const kept = this.#log.keepUpTo(before.durableIndex);
    return {
      ...emptyView(this.#parts),
      ...shared,
      raftId: before.raftId,
      learner: before.learner,
      term: before.term,
      vote: before.vote,
      firstIndex: before.firstIndex,
      lastIndex: before.durableIndex,
      commit: Math.min(before.commit, before.durableIndex),
      durableIndex: before.durableIndex,
      log: kept,
      configuration: before.configuration,
      lives: host.lives,
    };
  }

  #machine(): Pick<MemberView, 'diskMs' | 'diskSlow' | 'clockRate' | 'lives'> {
    const { host, diskMs } = this.#parts;
    return {
      diskMs: host.writeMsMax,
      diskSlow: host.writeMsMax > diskMs,
      clockRate: host.clock.rate,
      lives: host.lives,
    };
  }

  #lookAtLife(probe: NodeProbe): MemberView {
    this.#probe = probe;
    const { id, host, directory, diskMs } = this.#parts;
    const { core } = probe;
    const { store, member } = host.process!;
    const { log, tracker } = core;
    const own = tracker.get(core.id);
    return {
      id,
      name: host.name,
      raftId: probe.raftId,
      state: this.#state(false),
      learner: own?.learner === true,
      role: core.role,
      term: core.term,
      vote: directory.numberOf(core.vote),
      leader: directory.numberOf(core.leader),
      votesGranted: this.#votes(core, true, this.#view.votesGranted),
      votesRefused: this.#votes(core, false, this.#view.votesRefused),
      electionTimer: this.#electionTimer(probe),
      heartbeatTimer: this.#heartbeatTimer(probe),
      firstIndex: log.firstIndex(),
      lastIndex: log.lastIndex(),
      commit: log.committed,
      applied: member.machine.appliedIndex,
      durableIndex: log.unstable.offset - 1,
      log: this.#log.look(core),
      progress: this.#progress(core),
      configuration: this.#configuration.look(tracker.confState, directory),
      revision: store.revision,
      compactedRevision: Math.max(0, store.compactedRevision),
      kv: this.#keys.look(store),
      writing: probe.writing,
      diskMs: host.writeMsMax,
      diskSlow: host.writeMsMax > diskMs,
      clockRate: host.clock.rate,
      lives: host.lives,
    };
  }

  #votes(core: RaftCore, granted: boolean, before: readonly number[]): readonly number[] {
    if (core.role !== 'candidate' && core.role !== 'pre-candidate') return NOBODY_VOTED;
    const voters: number[] = [];
    for (const [id, vote] of core.tracker.votes) {
      if (vote === granted) voters.push(this.#parts.directory.numberOf(id));
    }
    return keptList(before, voters);
  }

  #timer(before: TimerView | null, startedMs: number, firesMs: number): TimerView {
    const isSame =
      before !== null &&
      Math.abs(before.startedMs - startedMs) < TIMER_TOLERANCE_MS &&
      Math.abs(before.firesMs - firesMs) < TIMER_TOLERANCE_MS;
    return isSame ? before : { startedMs, firesMs };
  }

  #tickMs(): number {
    return this.#parts.heartbeatMs / this.#parts.host.clock.rate;
  }

  #electionTimer({ core, lastTickMs }: NodeProbe): TimerView | null {
    if (core.isLeader || !core.promotable) return null;
    const { electionElapsed, randomizedElectionTicks } = core;
    const tickMs = this.#tickMs();
    return this.#timer(
      this.#view.electionTimer,
      lastTickMs - electionElapsed * tickMs,
      lastTickMs + (randomizedElectionTicks - electionElapsed) * tickMs,
    );
  }

  #heartbeatTimer({ core, lastTickMs }: NodeProbe): TimerView | null {
    if (!core.isLeader) return null;
    const tickMs = this.#tickMs();
    const { heartbeatElapsed, config } = core;
    return this.#timer(
      this.#view.heartbeatTimer,
      lastTickMs - heartbeatElapsed * tickMs,
      lastTickMs + (config.heartbeatTicks - heartbeatElapsed) * tickMs,
    );
  }

  #progress({ isLeader, tracker }: RaftCore): readonly ProgressView[] {
    if (!isLeader) return NO_PROGRESS;
    const before = this.#view.progress;
    const { members } = tracker;
    let next: ProgressView[] | undefined;
    for (let i = 0; i < members.length; i++) {
      const progress = members[i]!;
      const member = this.#parts.directory.numberOf(progress.id);
      const known = before[i];
      if (known !== undefined && isShownBy(progress, known) && known.member === member) continue;
      next ??= [...before];
      next[i] = shown(progress, member);
    }
    if (next === undefined && before.length === members.length) return before;
    return (next ?? before).slice(0, members.length);
  }
}

type Progress = RaftCore['tracker']['members'][number];

function shown(progress: Progress, member: number): ProgressView {
  const { match, next, state, paused, recentActive: active, inflights } = progress;
  return { member, match, next, state, paused, active, inflight: inflights.count };
}

/** Whether a view still says what is so: views are made for few of the many looks. */
function isShownBy(progress: Progress, view: ProgressView): boolean {
  return (
    view.match === progress.match &&
    view.next === progress.next &&
    view.state === progress.state &&
    view.paused === progress.paused &&
    view.active === progress.recentActive &&
    view.inflight === progress.inflights.count
  );
}
