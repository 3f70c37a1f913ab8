/**
 * Looks at a run between its events and writes down what has changed. An event of the Lab is the smallest piece of a run
 * that changes the picture; what changes nothing (a tick of a time-out that goes on running) belongs to the next one.
 */
import { type ConfState, RaftNode, type TraceEvent } from '../../raft/index.js';
import type { HostObserver, MemberProcess, ObservedWorld, SimHost } from '../../sim/index.js';
import type { Moment } from '../client/open-operation.js';
import { OperationLog } from '../client/operation-log.js';
import { Directory } from '../view/directory.js';
import { EntryViews } from '../view/entry-views.js';
import type { LabEventCause } from '../view/event-view.js';
import { MemberEyes } from '../view/member-eyes.js';
import type { MemberView } from '../view/member-view.js';
import { MessageEyes } from '../view/message-eyes.js';
import type { CutView, LabView } from '../view/view.js';
import { NodeProbe } from '../world/node-probe.js';
import { History, type TracedEvent } from './history.js';
import { Violations } from './violations.js';

export interface RecorderOptions {
  readonly heartbeatMs: number;
  readonly diskMs: number;
  readonly messageMs: number;
}

/** Of a world without cuts that are known. */
const NO_CUTS: readonly CutView[] = [];
const NO_TRACES: readonly TracedEvent[] = [];

/** What a machine was like when it was looked at. */
interface Glimpse {
  readonly eyes: MemberEyes;
  life: number;
  state: SimHost['state'];
  isPaused: boolean;
  writeMs: number;
  clockRate: number;
  isLeader: boolean;
  term: number;
  confState: ConfState | null;
}

const CAUSES: Readonly<Record<string, LabEventCause>> = {
  message: 'message',
  timer: 'timer',
  turn: 'member',
  write: 'disk',
  sync: 'disk',
  commit: 'disk',
  request: 'client',
  'snapshot-chunk': 'snapshot',
  'snapshot-done': 'snapshot',
  'snapshot-broken': 'snapshot',
};

export class Recorder implements HostObserver {
  readonly directory = new Directory();
  readonly operations: OperationLog;
  readonly violations: Violations;
  readonly #options: RecorderOptions;
  readonly #entries: EntryViews;
  readonly #probes = new Map<number, NodeProbe>();
  readonly #glimpses: Glimpse[] = [];
  #world!: ObservedWorld;
  #messages!: MessageEyes;
  #history!: History;
  #members: readonly MemberView[] = [];
  readonly #touched = new Set<SimHost>();
  #traces: TracedEvent[] = [];
  #streams = 0;
  /** Cuts and retired machines are known only of scripts. */
  cuts: () => readonly CutView[] = () => NO_CUTS;
  isRetired: (host: SimHost) => boolean = () => false;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.operations = new OperationLog(() => this.now());
    this.#entries = new EntryViews(this.directory, (requestId) => this.operations.operationOf(requestId));
    this.violations = new Violations(this.directory, () => this.now());
  }

  /** Before anything happens. */
  begins(world: ObservedWorld): void {
    this.#world = world;
    const { messageMs } = this.#options;
    this.#messages = new MessageEyes(world.network, this.directory, messageMs, () => this.now().event);
    this.#messages.onStream = () => this.#streams++;
  }

  /** What there is now is the beginning. */
  opens(): void {
    this.#lookAtMembers();
    this.#history = new History(this.#view(0));
  }

  get history(): History {
    return this.#history;
  }

  get messages(): MessageEyes {
    return this.#messages;
  }

  /** What happens now belongs to the event that is not over yet. */
  now(): Moment {
    const event = this.#history === undefined ? 0 : this.#history.last.event + 1;
    return { ms: this.#world.queue.now, event };
  }

  trace(host: SimHost, event: TraceEvent): void {
    this.#traces.push({ member: host.address + 1, event });
  }

  opened(host: SimHost, opened: MemberProcess): void {
    const member = host.address + 1;
    const { memberId } = opened.member.options;
    this.directory.learn(memberId, member);
    this.directory.learnFrom(opened.member.machine.cluster.list(), this.#world.network);
    const now = (): number => this.#world.queue.now;
    this.#probes.set(member, new NodeProbe(member, opened.node, now, this.operations));
  }

  failed(error: Error): void {
    this.violations.note(error);
  }

  /** What always holds of each member must hold now. */
  check(): void {
    this.gather();
    for (const host of this.#world.touched) {
      try {
        host.assertInvariants();
      } catch (error) {
        this.failed(error as Error);
      }
    }
    this.#world.touched.clear();
  }

  /** Remembers where something has happened, for the next look. */
  gather(): void {
    for (const host of this.#world.touched) this.#touched.add(host);
  }

  /**
   * Looks whether anything has changed, and writes that down as an event. With `action` it is one in any case. Returns
   * whether there is one. `label`: of what set it off.
   */
  look(label: string, action = ''): boolean {
    const before = this.#history.last;
    this.#lookAtMembers();
    const isSame =
      this.#members === before.members &&
      this.#messages.look() === before.messages &&
      this.operations.look(this.#members, this.#probes) === before.operations &&
      this.cuts() === before.cuts &&
      this.violations.view === before.violations;
    if (isSame && action === '') return false;
    this.#write(this.#view(before.event + 1), label, action);
    return true;
  }

  #view(event: number): LabView {
    const { queue, hash } = this.#world;
    return {
      event,
      timeMs: queue.now,
      hash: hash.hex,
      members: this.#members,
      messages: this.#messages.look(),
      cuts: this.cuts(),
      operations: this.operations.look(this.#members, this.#probes),
      violations: this.violations.view,
    };
  }

  #write(view: LabView, label: string, action: string): void {
    const landed = this.#messages.takeLanded();
    const message = landed?.id ?? 0;
    const traces = this.#traces.length === 0 ? NO_TRACES : this.#traces;
    this.#traces = [];
    const cause = action !== '' ? 'action' : message > 0 ? 'message' : (CAUSES[label] ?? 'member');
    const before = this.#history.last.members;
    const moved = view.members.find((member) => member !== before[member.id - 1]);
    const member = landed?.to ?? moved?.id ?? 0;
    this.#history.add(view, { cause, member, message, action, traces });
    for (; this.#streams > 0; this.#streams--) this.#history.mark(view, 'snapshot', 0);
  }

  #lookAtMembers(): void {
    const { hosts } = this.#world;
    const touched = this.#touched;
    let next: MemberView[] | undefined;
    for (const host of hosts) {
      const glimpse = this.#glimpses[host.address] ?? this.#meet(host);
      const isChanged =
        touched.has(host) ||
        glimpse.life !== host.life ||
        glimpse.state !== host.state ||
        glimpse.isPaused !== host.isPaused ||
        glimpse.writeMs !== host.writeMsMax ||
        glimpse.clockRate !== host.clock.rate;
      if (isChanged) this.#lookAt(host, glimpse);
      const { view } = glimpse.eyes;
      if (this.#members[host.address] === view) continue;
      next ??= [...this.#members];
      next[host.address] = view;
    }
    touched.clear();
    if (next !== undefined) this.#members = next;
  }

  #meet(host: SimHost): Glimpse {
    const { heartbeatMs, diskMs } = this.#options;
    const eyes = new MemberEyes({
      host,
      id: host.address + 1,
      directory: this.directory,
      entries: this.#entries,
      heartbeatMs,
      diskMs,
    });
    const glimpse: Glimpse = {
      eyes,
      life: -1,
      state: 'down',
      isPaused: false,
      writeMs: host.writeMsMax,
      clockRate: host.clock.rate,
      isLeader: false,
      term: 0,
      confState: null,
    };
    this.#glimpses[host.address] = glimpse;
    return glimpse;
  }

  #lookAt(host: SimHost, glimpse: Glimpse): void {
    const member = host.address + 1;
    const { process } = host;
    const probe = this.#probes.get(member);
    const isOfThisLife = process !== undefined && probe?.core === RaftNode.coreOf(process.node);
    const confState = process === undefined ? null : probe!.core.tracker.confState;
    if (confState !== null && confState !== glimpse.confState) {
      glimpse.confState = confState;
      this.directory.learnFrom(process!.member.machine.cluster.list(), this.#world.network);
    }
    const view = glimpse.eyes.look(isOfThisLife ? probe : undefined, this.isRetired(host));
    glimpse.life = host.life;
    glimpse.state = host.state;
    glimpse.isPaused = host.isPaused;
    glimpse.writeMs = host.writeMsMax;
    glimpse.clockRate = host.clock.rate;
    const isLeader = view.role === 'leader' && isOfThisLife;
    const isElected = isLeader && !(glimpse.isLeader && glimpse.term === view.term);
    glimpse.isLeader = isLeader;
    glimpse.term = view.term;
    // An election may be over, and nobody has noticed.
    if (isElected && view.term >= this.#world.traffic.newestTerm) {
      this.violations.checkElected(member, probe!.core, this.#world.applied);
    }
  }
}
