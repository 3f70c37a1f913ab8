/**
 * A run of the Lab: a cluster of whole members that goes on as far as it is asked to, remembers all its views, and can be
 * had again from any of its events. Everything follows from the script.
 */
import { settle } from '../../sim/index.js';
import { Operator } from '../act/operator.js';
import { perform } from '../act/perform.js';
import type { Stage } from '../act/stage.js';
import { LabClient } from '../client/lab-client.js';
import { breakConsensus } from '../mutant/broken-consensus.js';
import { Recorder } from '../record/recorder.js';
import type { LabAction } from '../script/action.js';
import type { LabScript, TimedAction } from '../script/script.js';
import { assertScript } from '../script/validate.js';
import { LabWorld } from '../world/lab-world.js';
import { describeAction } from './describe-action.js';
import { isFollowedUp } from './follow-up.js';
import { RecordedRun } from './recorded-run.js';
import type { RunGoal, RunStop } from './viewable-run.js';

export class LabRun extends RecordedRun {
  readonly #script: LabScript;
  readonly #world: LabWorld;
  readonly #stage: Stage;
  /** Done so far, and those of the script that are still to come. */
  readonly #done: TimedAction[] = [];
  #pending: TimedAction[];
  /** The run has come so far, even if nothing happened last. */
  #timeMs = 0;
  #isBusy = false;

  /** A run from its beginning. Throws if the script is not one. */
  static async create(script: LabScript): Promise<LabRun> {
    assertScript(script);
    const run = new LabRun(script);
    run.#stage.operator.found();
    await settle('');
    run.recorder.opens();
    return run;
  }

  private constructor(script: LabScript) {
    const { heartbeatMs, diskMs, messageMs, mutants } = script.options;
    const recorder = new Recorder({ heartbeatMs, diskMs, messageMs });
    super(recorder);
    this.#script = script;
    this.#pending = [...script.actions];
    const fail = (error: Error): void => recorder.failed(error);
    const observer = {
      trace: recorder.trace.bind(recorder),
      opened: (...[host, opened]: Parameters<Recorder['opened']>) => {
        breakConsensus(mutants, opened);
        recorder.opened(host, opened);
      },
    };
    const world = new LabWorld(script, observer, fail);
    this.#world = world;
    const operator = new Operator(world);
    recorder.cuts = () => world.cuts.view;
    recorder.isRetired = (host) => operator.isRetired(host);
    recorder.begins(world);
    const client = new LabClient({
      log: recorder.operations,
      now: () => recorder.now(),
      hashBytes: (bytes) => world.hash.bytes(bytes),
      fail,
    });
    this.#stage = { world, operator, client, messages: recorder.messages };
  }

  readonly canAct = true;

  get timeMs(): number {
    return this.#timeMs;
  }

  get hash(): string {
    return this.recorder.history.last.hash;
  }

  /** The script of what has happened so far and what of the original one is still to come. */
  script(): LabScript {
    return { ...this.#script, actions: [...this.#done, ...this.#pending] };
  }

  /** Goes on until one of the goals is reached; which one. */
  async runUntil(goal: RunGoal): Promise<RunStop> {
    if (this.#isBusy) throw new Error('a run takes one step at a time');
    this.#isBusy = true;
    try {
      return await this.#runUntil(goal);
    } finally {
      this.#isBusy = false;
    }
  }

  async #runUntil({ ms = Number.POSITIVE_INFINITY, event, events, pauseWhen }: RunGoal): Promise<RunStop> {
    const lastEvent = Math.min(
      event ?? Number.POSITIVE_INFINITY,
      this.eventCount + (events ?? Number.POSITIVE_INFINITY),
    );
    while (this.eventCount < lastEvent) {
      const before = this.eventCount;
      const action = this.#dueAction();
      if (action !== undefined && (action.atMs ?? 0) <= ms) {
        await this.#perform(action);
      } else {
        const { nextTime } = this.#world.queue;
        if (nextTime === undefined || nextTime > ms) {
          // Nobody hears of a last moment without an end.
          if (ms !== Number.POSITIVE_INFINITY) this.#timeMs = Math.max(this.#timeMs, ms);
          return nextTime === undefined && ms === Number.POSITIVE_INFINITY ? 'over' : 'time';
        }
        await this.#takeEvent();
      }
      if (this.eventCount > before && pauseWhen?.(this.view()) === true) return 'paused';
    }
    return 'event';
  }

  /** Does something now. It is an event of its own. */
  async act(action: LabAction): Promise<void> {
    if (this.#isBusy) throw new Error('a run takes one step at a time');
    this.#isBusy = true;
    try {
      // What was to follow on events that will now be others has no place any more.
      this.#pending = this.#pending.filter(({ afterEvent }) => afterEvent === undefined);
      const isLater = this.#timeMs > this.view().timeMs;
      const afterEvent = this.eventCount;
      const timed = { afterEvent, ...(isLater && { atMs: this.#timeMs }), action };
      assertScript({ ...this.#script, actions: [timed] });
      this.#pending.unshift(timed);
      await this.#perform(timed);
    } finally {
      this.#isBusy = false;
    }
  }

  /** Another run that is as this one was behind an event, to go on differently. */
  async fork(event: number): Promise<LabRun> {
    const kept = this.#done.filter(({ afterEvent }) => afterEvent === undefined || afterEvent < event);
    const actions = [...kept, ...this.#pending.filter(({ afterEvent }) => afterEvent === undefined)];
    const run = await LabRun.create({ ...this.#script, actions });
    await run.runUntil({ event });
    return run;
  }

  /** The script's next action, if nothing else comes before it. */
  #dueAction(): TimedAction | undefined {
    const action = this.#pending[0];
    if (action === undefined) return undefined;
    const { nextTime = Number.POSITIVE_INFINITY } = this.#world.queue;
    const { afterEvent, atMs } = action;
    if (afterEvent === undefined) return nextTime > atMs ? action : undefined;
    if (this.eventCount < afterEvent) return undefined;
    return atMs === undefined || nextTime > atMs ? action : undefined;
  }

  async #perform(timed: TimedAction): Promise<void> {
    this.#pending.shift();
    this.#done.push(timed);
    const { queue, hash } = this.#world;
    if (timed.atMs !== undefined && timed.atMs > queue.now) queue.passUntil(timed.atMs);
    const description = describeAction(timed.action);
    hash.text(description);
    perform(this.#stage, timed.action);
    await settle('');
    this.recorder.check();
    await this.#followUp();
    this.#look('', description);
  }

  async #takeEvent(): Promise<void> {
    const { queue } = this.#world;
    queue.step();
    const { label } = queue;
    await settle(label);
    this.recorder.check();
    await this.#followUp();
    this.#look(label, '');
  }

  async #followUp(): Promise<void> {
    const { queue } = this.#world;
    while (isFollowedUp(queue)) {
      queue.step();
      await settle(queue.label);
      this.recorder.check();
    }
  }

  #look(label: string, action: string): void {
    this.recorder.look(label, action);
    this.#timeMs = Math.max(this.#timeMs, this.#world.queue.now);
  }
}
