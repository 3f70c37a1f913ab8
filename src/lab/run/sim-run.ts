/**
 * A seed of the simulator, looked at like a run of the Lab: its random options, faults and clients are its own, so nothing
 * can be done to it; but it can be stepped, wound back and read event by event, and ends in the simulator's own hash.
 */
import {
  type ObservedWorld,
  type PortWrappers,
  type SimulationResult,
  settle,
  simulate,
} from '../../sim/index.js';
import { Recorder } from '../record/recorder.js';
import type { LabView } from '../view/view.js';
import { sha1 } from '../world/sha1.js';
import { isFollowedUp } from './follow-up.js';
import { RecordedRun } from './recorded-run.js';
import type { RunGoal, RunStop } from './viewable-run.js';

export interface SimRunOptions {
  readonly seed: number;
  readonly minutes: number;
  readonly leaseClients?: number;
  readonly guests?: number;
  /** Puts something broken between members and their surroundings. */
  readonly wrappers?: PortWrappers;
}

/** For the pictures of timers and messages; the simulator draws its own delays. */
const HEARTBEAT_MS = 100;
const USUAL_MS = 5;

interface Goal {
  readonly ms: number;
  readonly event: number;
  readonly pauseWhen: ((view: LabView) => boolean) | undefined;
  readonly reached: (stop: RunStop) => void;
}

export class SimRun extends RecordedRun {
  readonly canAct = false;
  readonly #options: SimRunOptions;
  #world!: ObservedWorld;
  #goal: Goal | undefined;
  /** Lets the simulation go on, which waits between two events. */
  #resume: (() => void) | undefined;
  #result: SimulationResult | undefined;
  /** What set off the event that is not over yet. */
  #label = '';
  #isOver = false;

  constructor(options: SimRunOptions) {
    super(new Recorder({ heartbeatMs: HEARTBEAT_MS, diskMs: USUAL_MS, messageMs: USUAL_MS }));
    this.#options = options;
  }

  /** A run from its beginning. */
  static create(options: SimRunOptions): SimRun {
    const run = new SimRun(options);
    void run.#simulate();
    return run;
  }

  get timeMs(): number {
    return this.#world.queue.now;
  }

  /** At its end that of the simulator. */
  get hash(): string {
    return this.#world.hash.hex;
  }

  /** What the simulator says of it; undefined until it is over. */
  get result(): SimulationResult | undefined {
    return this.#result;
  }

  runUntil(goal: RunGoal): Promise<RunStop> {
    const { ms = Number.POSITIVE_INFINITY, event, events, pauseWhen } = goal;
    if (this.#goal !== undefined) return Promise.reject(new Error('a run takes one step at a time'));
    const last = Math.min(
      event ?? Number.POSITIVE_INFINITY,
      this.eventCount + (events ?? Number.POSITIVE_INFINITY),
    );
    if (this.#isOver) return Promise.resolve('over');
    if (this.eventCount >= last) return Promise.resolve('event');
    return new Promise((reached) => {
      this.#goal = { ms, event: last, pauseWhen, reached };
      const resume = this.#resume;
      this.#resume = undefined;
      resume?.();
    });
  }

  async #simulate(): Promise<void> {
    const recorder = this.recorder;
    this.#result = await simulate({
      ...this.#options,
      sha1,
      settle: () => this.#between(),
      observer: {
        begins: (world) => {
          this.#world = world;
          recorder.begins(world);
          recorder.opens();
        },
        trace: (host, event) => recorder.trace(host, event),
        opened: (host, opened) => recorder.opened(host, opened),
        failed: (error) => recorder.failed(error),
      },
    });
    this.#isOver = true;
    // The last checks may have found something.
    recorder.look('');
    this.#reach('over');
  }

  /** Called by the simulation between two events; it goes on when this resolves. */
  async #between(): Promise<void> {
    const { queue } = this.#world;
    if (this.#label === '') this.#label = queue.label;
    await settle(queue.label);
    this.recorder.gather();
    if (isFollowedUp(queue)) return;
    const hasChanged = this.recorder.look(this.#label);
    this.#label = '';
    const stop = this.#stopOf(hasChanged);
    if (stop !== undefined) this.#reach(stop);
    if (this.#goal !== undefined) return;
    await new Promise<void>((resolve) => {
      this.#resume = resolve;
    });
  }

  #stopOf(hasChanged: boolean): RunStop | undefined {
    const goal = this.#goal;
    if (goal === undefined) return undefined;
    if (hasChanged && goal.pauseWhen?.(this.view()) === true) return 'paused';
    if (this.eventCount >= goal.event) return 'event';
    return (this.#world.queue.nextTime ?? Number.POSITIVE_INFINITY) > goal.ms ? 'time' : undefined;
  }

  #reach(stop: RunStop): void {
    const goal = this.#goal;
    this.#goal = undefined;
    goal?.reached(stop);
  }
}
