/**
 * What the page shows and plays: a run of the engine, a place in it, and the branches that acting in the past left
 * behind. The engine is asynchronous, although it uses nothing but microtasks; all that changes a run goes through one
 * queue, so that a key pressed in the middle of a frame waits for the frame's events.
 *
 * The place is an event and a simulated time: messages and timers move between events, so the time may be behind the
 * event's own, up to the next one.
 */
import { type Accessor, batch, createSignal, type Setter } from 'solid-js';
import {
  type LabAction,
  LabRun,
  type LabScript,
  type LabView,
  type MutantName,
  SimRun,
  type SimRunOptions,
  type ViewableRun,
} from '../../../src/lab/index.js';
import type { Selection } from './selection.js';

/** One line of history; acting in the past of one begins another. */
export interface Branch {
  readonly number: number;
  readonly run: ViewableRun;
  /** The event up to which it equals the branch it left; 0 for the first. */
  readonly fromEvent: number;
}

/** From what a run and all its branches follow. */
export interface Origin {
  readonly seed: number;
  readonly mutants: readonly MutantName[];
}

const originOf = ({ seed, options }: LabScript): Origin => ({ seed, mutants: options.mutants });

export interface LoadOptions {
  /** Runs up to this event before anything is shown. */
  readonly untilEvent?: number;
  readonly untilMs?: number;
  readonly play?: boolean;
}

export type PauseWhen = (view: LabView) => boolean;

export const SPEEDS: readonly number[] = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20];
const DEFAULT_SPEED = 0.2;
/** Of a frame's 16 ms so many may go to the engine; a cluster too busy for the speed is shown more slowly. */
const ENGINE_BUDGET_MS = 9;
/** A tab that was hidden goes on where it was, and does not catch up. */
const FRAME_MS_MAX = 100;
/** What summarises a whole history is not drawn anew at every frame. */
const GROWN_EVERY_MS = 100;
/** A long replay works so long before the page is drawn. */
const SLICE_MS = 200;
/** How far a search for the next mark looks, simulated and real. */
const SEARCH_MS = 5_000;
const SEARCH_BUDGET_MS = 3_000;

export class Session {
  readonly run: Accessor<ViewableRun>;
  readonly origin: Accessor<Origin>;
  readonly view: Accessor<LabView>;
  /** The simulated time shown. */
  readonly now: Accessor<number>;
  readonly playing: Accessor<boolean>;
  readonly speed: Accessor<number>;
  readonly selection: Accessor<Selection | null>;
  readonly branches: Accessor<readonly Branch[]>;
  /** Why the last action was refused; empty if it was not. */
  readonly error: Accessor<string>;
  /** A fork or a load is under way. */
  readonly busy: Accessor<boolean>;
  /** Changes some times a second while the run grows, for those who read its history. */
  readonly grown: Accessor<number>;

  readonly #setRun: Setter<ViewableRun>;
  readonly #setOrigin: Setter<Origin>;
  readonly #setView: Setter<LabView>;
  readonly #setNow: Setter<number>;
  readonly #setPlaying: Setter<boolean>;
  readonly #setSpeed: Setter<number>;
  readonly #setSelection: Setter<Selection | null>;
  readonly #setBranches: Setter<readonly Branch[]>;
  readonly #setError: Setter<string>;
  readonly #setBusy: Setter<boolean>;
  readonly #setGrown: Setter<number>;
  readonly #highlit: Accessor<readonly number[]>;
  readonly #setHighlit: Setter<readonly number[]>;
  #pauseWhen: PauseWhen | null = null;
  #queue: Promise<void> = Promise.resolve();
  #lastFrame = 0;
  #grownAt = 0;
  #frameWanted = false;

  private constructor(run: LabRun) {
    [this.run, this.#setRun] = createSignal<ViewableRun>(run);
    [this.origin, this.#setOrigin] = createSignal<Origin>(originOf(run.script()));
    [this.view, this.#setView] = createSignal(run.view());
    [this.now, this.#setNow] = createSignal(run.view().timeMs);
    [this.playing, this.#setPlaying] = createSignal(false);
    [this.speed, this.#setSpeed] = createSignal(DEFAULT_SPEED);
    [this.selection, this.#setSelection] = createSignal<Selection | null>(null);
    [this.branches, this.#setBranches] = createSignal<readonly Branch[]>([{ number: 1, run, fromEvent: 0 }]);
    [this.error, this.#setError] = createSignal('');
    [this.busy, this.#setBusy] = createSignal(false);
    [this.grown, this.#setGrown] = createSignal(0);
    [this.#highlit, this.#setHighlit] = createSignal<readonly number[]>([]);
  }

  static async create(script: LabScript): Promise<Session> {
    return new Session(await LabRun.create(script));
  }

  /** Whether the newest event is shown, so that acting needs no fork. */
  isLive(): boolean {
    return this.view().event >= this.run().eventCount;
  }

  /** The present branch as a script. A replayed simulation is none. */
  script(): LabScript {
    return this.#scripted().script();
  }

  #scripted(): LabRun {
    const run = this.run();
    if (!(run instanceof LabRun)) throw new Error('a replayed simulation goes on as it went');
    return run;
  }

  select(selection: Selection | null): void {
    this.#setSelection(selection);
  }

  /** Members to which a lesson points. */
  highlight(members: readonly number[]): void {
    this.#setHighlit(members);
  }

  isHighlit(member: number): boolean {
    return this.#highlit().includes(member);
  }

  setSpeed(speed: number): void {
    this.#setSpeed(speed);
  }

  /** Asked after every event while playing, also of several in one frame; true stops right there. */
  setPauseWhen(pauseWhen: PauseWhen | null): void {
    this.#pauseWhen = pauseWhen;
  }

  play(): void {
    if (this.playing()) return;
    this.#setPlaying(true);
    this.#lastFrame = 0;
    this.#wantFrame();
  }

  pause(): void {
    this.#setPlaying(false);
    this.#setGrown(this.run().eventCount);
  }

  togglePlaying(): void {
    if (this.playing()) this.pause();
    else this.play();
  }

  /** Another run instead of this one and all its branches. */
  load(script: LabScript, options: LoadOptions = {}): Promise<void> {
    this.pause();
    return this.#exclusively(async () => {
      this.#setBusy(true);
      const run = await LabRun.create(script);
      if (options.untilEvent !== undefined) await run.runUntil({ event: options.untilEvent });
      if (options.untilMs !== undefined) await run.runUntil({ ms: options.untilMs });
      this.#begin(run, originOf(script), Math.max(run.view().timeMs, options.untilMs ?? 0));
      if (options.play === true) this.play();
    });
  }

  /**
   * A seed of the simulator, up to where a rule was broken, or to its end. It may take long, so the page is let draw
   * now and then.
   */
  loadSimulation(options: SimRunOptions): Promise<void> {
    this.pause();
    return this.#exclusively(async () => {
      this.#setBusy(true);
      const run = SimRun.create(options);
      let end = 'paused';
      while (end === 'paused' && run.view().violations.length === 0) {
        const sliceEnd = performance.now() + SLICE_MS;
        end = await run.runUntil({
          pauseWhen: (view) => view.violations.length > 0 || performance.now() > sliceEnd,
        });
        this.#begin(run, { seed: options.seed, mutants: [] }, run.view().timeMs);
        await new Promise((drawn) => setTimeout(drawn));
      }
    });
  }

  #begin(run: ViewableRun, origin: Origin, now: number): void {
    batch(() => {
      this.#setOrigin(origin);
      this.#setBranches([{ number: 1, run, fromEvent: 0 }]);
      this.#setSelection(null);
      this.#setHighlit([]);
      this.#setRun(run);
      this.#show(run.view(), now);
    });
  }

  /** Does something to the cluster at the time shown. In the past that begins a branch. */
  act(action: LabAction): Promise<void> {
    return this.#exclusively(async () => {
      let run = this.#scripted();
      const { event } = this.view();
      if (event < run.eventCount) {
        this.#setBusy(true);
        run = await run.fork(event);
        this.#addBranch(run, event);
      } else if (this.now() > run.timeMs) {
        await run.runUntil({ ms: this.now() });
      }
      await run.act(action);
      this.#show(run.view(), Math.max(run.view().timeMs, this.now()));
    });
  }

  /** Goes some events on or back. At the newest event, going on makes new ones. */
  stepEvents(count: number): Promise<void> {
    this.pause();
    return this.#exclusively(async () => {
      const run = this.run();
      const wanted = Math.max(run.firstEvent, this.view().event + count);
      if (wanted > run.eventCount) await run.runUntil({ event: wanted });
      const view = run.viewAt(Math.min(wanted, run.eventCount));
      this.#show(view, view.timeMs);
    });
  }

  /** Shows what was behind an event. The engine is not touched. */
  seek(event: number): void {
    const run = this.run();
    const view = run.viewAt(Math.min(Math.max(run.firstEvent, event), run.eventCount));
    this.#show(view, view.timeMs);
  }

  /** Shows what was at a time. */
  seekMs(ms: number): void {
    const run = this.run();
    const at = Math.min(Math.max(0, ms), run.timeMs);
    this.#show(run.viewAt(run.eventAt(at)), at);
  }

  /** Goes to the next or the previous mark: an election, a crash, a commit. At the end it plays on until there is one. */
  seekMark(direction: 1 | -1): Promise<void> {
    this.pause();
    return this.#exclusively(async () => {
      const run = this.run();
      const { event } = this.view();
      const { marks } = run.history();
      const known =
        direction === 1
          ? marks.find((mark) => mark.event > event)
          : marks.findLast((mark) => mark.event < event);
      if (known !== undefined || direction === -1) return this.seek(known?.event ?? 0);
      const before = marks.length;
      const deadline = performance.now() + SEARCH_BUDGET_MS;
      await run.runUntil({
        ms: run.timeMs + SEARCH_MS,
        pauseWhen: () => run.history().marks.length > before || performance.now() > deadline,
      });
      this.#show(run.view(), run.view().timeMs);
    });
  }

  showBranch(number: number): void {
    const branch = this.branches().find((candidate) => candidate.number === number);
    if (branch === undefined) return;
    batch(() => {
      this.#setRun(branch.run);
      this.#show(branch.run.view(), branch.run.view().timeMs);
    });
  }

  #addBranch(run: ViewableRun, fromEvent: number): void {
    batch(() => {
      const branches = this.branches();
      this.#setBranches([...branches, { number: branches.length + 1, run, fromEvent }]);
      this.#setRun(run);
    });
  }

  #show(view: LabView, now: number): void {
    batch(() => {
      this.#setView(view);
      this.#setNow(now);
      const time = performance.now();
      if (!this.playing() || time - this.#grownAt > GROWN_EVERY_MS) {
        this.#grownAt = time;
        this.#setGrown(this.run().eventCount);
      }
    });
  }

  /** Runs what changes a run when all that was asked before is done; what the engine refuses becomes `error`. */
  #exclusively(work: () => Promise<void>): Promise<void> {
    this.#queue = this.#queue.then(async () => {
      try {
        this.#setError('');
        await work();
      } catch (error) {
        this.#setError(error instanceof Error ? error.message : String(error));
      } finally {
        this.#setBusy(false);
      }
    });
    return this.#queue;
  }

  #wantFrame(): void {
    if (this.#frameWanted) return;
    this.#frameWanted = true;
    requestAnimationFrame((time) => {
      this.#frameWanted = false;
      if (!this.playing()) return;
      const passed = this.#lastFrame === 0 ? 0 : Math.min(FRAME_MS_MAX, time - this.#lastFrame);
      this.#lastFrame = time;
      this.#exclusively(() => this.#advance(passed * this.speed())).then(() => {
        if (this.playing()) this.#wantFrame();
      });
    });
  }

  async #advance(ms: number): Promise<void> {
    const run = this.run();
    const target = this.now() + ms;
    if (this.view().event < run.eventCount || target < run.timeMs) {
      this.#replay(run, target);
      return;
    }
    const deadline = performance.now() + ENGINE_BUDGET_MS;
    let stopped = false;
    const end = await run.runUntil({
      ms: target,
      pauseWhen: (view) => {
        stopped = this.#pauseWhen?.(view) === true;
        return stopped || performance.now() > deadline;
      },
    });
    if (stopped) this.pause();
    const view = run.view();
    this.#show(view, end === 'time' ? target : Math.max(view.timeMs, this.now()));
  }

  /** Plays events that are there already. */
  #replay(run: ViewableRun, target: number): void {
    const last = run.eventAt(Math.min(target, run.timeMs));
    let view = this.view();
    if (this.#pauseWhen === null) {
      view = run.viewAt(Math.max(last, view.event));
    } else {
      while (view.event < last) {
        view = run.viewAt(view.event + 1);
        if (this.#pauseWhen(view)) {
          this.pause();
          this.#show(view, view.timeMs);
          return;
        }
      }
    }
    this.#show(view, target);
  }
}
