/** What the story panel tells: a lesson, a scenario of the gallery, or nothing in particular. One for each session. */
import { type Accessor, createSignal, type Setter } from 'solid-js';
import type { Scenario } from '../gallery/scenario.js';
import type { Session } from '../session/session.js';
import { placeOf } from './courses.js';
import { LessonMachine, type LessonPort, type LessonState, NO_LESSON } from './lesson-machine.js';
import { rehearse } from './rehearse.js';

/** A scenario on the stage, as it is or with its rule broken. */
export interface OpenScenario {
  readonly scenario: Scenario;
  readonly broken: boolean;
  /** It stands still at a moment worth looking at. */
  readonly paused: boolean;
  /** It has been played to its end. */
  readonly ended: boolean;
}

/** Someone who looks on can stop a run only behind an event; a quiet cluster still has its heartbeats. */
function portOf(session: Session): LessonPort {
  return {
    view: () => session.view(),
    act: (action) => session.act(action),
    play: () => session.play(),
    pause: () => session.pause(),
    setSpeed: (speed) => session.setSpeed(speed),
    setPauseWhen: (predicate) => session.setPauseWhen(predicate),
    bookmark: () => ({ script: session.script(), event: session.view().event }),
    load: ({ script, event }) => session.load(script, { untilEvent: event }),
    select: (member) => {
      session.select({ kind: 'member', id: member });
      session.highlight([member]);
    },
    prepare: (lesson) => {
      const { course, index } = placeOf(lesson)!;
      return rehearse(course, index);
    },
  };
}

export class Story {
  readonly lesson: Accessor<LessonState>;
  readonly scenario: Accessor<OpenScenario | null>;
  /** What went wrong with a link; empty if nothing did. */
  readonly notice: Accessor<string>;
  readonly setNotice: Setter<string>;
  readonly machine: LessonMachine;
  readonly #session: Session;
  readonly #setScenario: Setter<OpenScenario | null>;

  constructor(session: Session) {
    this.#session = session;
    const [lesson, setLesson] = createSignal<LessonState>(NO_LESSON);
    this.lesson = lesson;
    [this.scenario, this.#setScenario] = createSignal<OpenScenario | null>(null);
    [this.notice, this.setNotice] = createSignal('');
    this.machine = new LessonMachine(portOf(session), (state) => setLesson(state));
  }

  async startLesson(lesson: string): Promise<void> {
    this.#setScenario(null);
    this.setNotice('');
    await this.machine.start(lesson);
  }

  /** Shows a scenario from where it gets interesting, and stops behind it. */
  async openScenario(scenario: Scenario, broken = false): Promise<void> {
    this.machine.leave();
    this.setNotice('');
    const told = broken && scenario.broken !== undefined ? scenario.broken : scenario;
    this.#setScenario({ scenario, broken: told !== scenario, paused: false, ended: false });
    await this.#session.load(told.script, { untilMs: scenario.startMs });
    // Another one may have been opened meanwhile.
    if (this.scenario()?.scenario !== scenario) return;
    if (scenario.look !== 0) this.#session.select({ kind: 'member', id: scenario.look });
    this.#session.setSpeed(scenario.speed);
    const stopsMs = [...(scenario.pausesMs ?? []), told.endMs];
    this.#session.setPauseWhen((view) => this.#stops(view.timeMs, stopsMs));
    this.#session.play();
  }

  /** Tells nothing any more: another run is about to be shown. */
  leave(): void {
    this.machine.leave();
    this.closeScenario();
    this.setNotice('');
  }

  closeScenario(): void {
    this.#session.setPauseWhen(null);
    this.#setScenario(null);
  }

  /** Whether the run stands still here; the stops that were passed are taken from the list. */
  #stops(timeMs: number, stopsMs: number[]): boolean {
    const open = this.scenario();
    if (open === null) return false;
    if (timeMs < stopsMs[0]!) {
      if (open.paused) this.#setScenario({ ...open, paused: false });
      return false;
    }
    stopsMs.shift();
    const ended = stopsMs.length === 0;
    if (ended) this.#session.setPauseWhen(null);
    this.#setScenario({ ...open, paused: !ended, ended });
    return true;
  }
}

const stories = new WeakMap<Session, Story>();

export function storyOf(session: Session): Story {
  let story = stories.get(session);
  if (story === undefined) {
    story = new Story(session);
    stories.set(session, story);
  }
  return story;
}
