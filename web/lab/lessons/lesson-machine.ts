/**
 * Where a reader is in the lessons: at which card, and whether it is about to happen, happening, explained, or left for
 * free play. It acts on the run through a port and waits for conditions of the view; it draws nothing.
 */
import type { LabAction, LabScript, LabView } from '../../../src/lab/index.js';
import type { Card, Lesson, Notes } from './card.js';
import { lessonAfter, placeOf } from './courses.js';

export type LessonPhase =
  /** The run is being brought to where the lesson begins. */
  | 'loading'
  /** The card says what is about to happen; its control was not used yet. */
  | 'ready'
  /** It is happening. */
  | 'running'
  /** It happened, and the card says why. */
  | 'explained'
  /** It did not happen in time. */
  | 'overdue'
  /** The reader plays; the card waits. */
  | 'free';

export interface LessonState {
  /** Empty: no lesson was begun. */
  readonly lesson: string;
  readonly card: number;
  readonly phase: LessonPhase;
  readonly notes: Notes;
}

/** A point of a run to come back to. */
export interface Bookmark {
  readonly script: LabScript;
  readonly event: number;
}

/** What lessons need of whoever shows the run. */
export interface LessonPort {
  view(): LabView;
  act(action: LabAction): Promise<void>;
  play(): void;
  pause(): void;
  setSpeed(speed: number): void;
  /** Asked behind every event; true stops the run right there. */
  setPauseWhen(predicate: ((view: LabView) => boolean) | null): void;
  bookmark(): Bookmark;
  /** Shows a run at an event, standing still. */
  load(bookmark: Bookmark): Promise<void>;
  /** Shows a member to the reader. */
  select(member: number): void;
  /** Plays a course headless up to the beginning of one of its lessons. */
  prepare(lesson: string): Promise<{ readonly bookmark: Bookmark; readonly notes: Notes }>;
}

export const NO_LESSON: LessonState = { lesson: '', card: 0, phase: 'free', notes: {} };

export class LessonMachine {
  readonly #port: LessonPort;
  readonly #changed: (state: LessonState) => void;
  #state: LessonState = NO_LESSON;
  /** Simulated time at which the control of the present card was used. */
  #startedMs = 0;
  /** Where free play left the lesson. */
  #left: { readonly bookmark: Bookmark; readonly state: LessonState } | undefined;

  constructor(port: LessonPort, changed: (state: LessonState) => void) {
    this.#port = port;
    this.#changed = changed;
  }

  get state(): LessonState {
    return this.#state;
  }

  /** Begins a lesson from its first card, whatever the run was doing. */
  async start(lesson: string): Promise<void> {
    this.#port.pause();
    this.#port.setPauseWhen(null);
    this.#left = undefined;
    this.#become({ lesson, card: 0, phase: 'loading', notes: {} });
    const { bookmark, notes } = await this.#port.prepare(lesson);
    // The reader may have chosen something else meanwhile.
    if (!this.#isLoading(lesson)) return;
    await this.#port.load(bookmark);
    if (this.#isLoading(lesson)) this.#enter(lesson, 0, notes);
  }

  /** The control of the card: does what it says, and lets time pass until it has happened. */
  async perform(): Promise<void> {
    const { phase, notes } = this.#state;
    const card = this.card;
    if (phase !== 'ready' || card === undefined) return;
    this.#startedMs = this.#port.view().timeMs;
    this.#become({ ...this.#state, phase: 'running' });
    for (const action of card.actions(this.#port.view(), notes)) await this.#port.act(action);
    this.#resume(card);
  }

  /** Another while for what did not happen in time. */
  wait(): void {
    const card = this.card;
    if (this.#state.phase !== 'overdue' || card === undefined) return;
    this.#startedMs = this.#port.view().timeMs;
    this.#become({ ...this.#state, phase: 'running' });
    this.#resume(card);
  }

  /** To the next card, or to the next lesson, which goes on in the same run where there is one. */
  async next(): Promise<void> {
    const { lesson, card, phase, notes } = this.#state;
    if (phase !== 'explained') return;
    const place = placeOf(lesson)!;
    if (card + 1 < place.lesson.cards.length) return this.#enter(lesson, card + 1, notes);
    const following = lessonAfter(lesson);
    if (following === undefined) return this.leave();
    if (placeOf(following)!.course === place.course) return this.#enter(following, 0, notes);
    return this.start(following);
  }

  /** Lets the reader do as they like, and remembers the place. */
  freePlay(): void {
    if (this.#state.phase === 'loading' || this.#state.phase === 'free') return;
    this.#port.setPauseWhen(null);
    this.#left = { bookmark: this.#port.bookmark(), state: this.#state };
    this.#become({ ...this.#state, phase: 'free' });
  }

  /** Back to where free play left the lesson, with the run as it was. */
  async back(): Promise<void> {
    const left = this.#left;
    if (left === undefined) return;
    this.#port.pause();
    this.#left = undefined;
    await this.#port.load(left.bookmark);
    this.#become(left.state);
    const card = this.card;
    if (left.state.phase === 'running' && card !== undefined) this.#resume(card);
  }

  /** Ends the lesson. The run stays. */
  leave(): void {
    this.#port.setPauseWhen(null);
    this.#left = undefined;
    this.#become(NO_LESSON);
  }

  get lesson(): Lesson | undefined {
    return placeOf(this.#state.lesson)?.lesson;
  }

  get card(): Card | undefined {
    return this.lesson?.cards[this.#state.card];
  }

  #isLoading(lesson: string): boolean {
    return this.#state.lesson === lesson && this.#state.phase === 'loading';
  }

  #enter(lesson: string, index: number, notes: Notes): void {
    const card = placeOf(lesson)!.lesson.cards[index]!;
    this.#port.pause();
    const entered = { ...notes, ...card.enter(this.#port.view(), notes) };
    this.#become({ lesson, card: index, phase: 'ready', notes: entered });
    this.#look(card, entered);
  }

  /** Plays on until the card has happened, or is overdue; it may have happened already. */
  #resume(card: Card): void {
    if (this.#observe(card, this.#port.view())) return;
    this.#port.setSpeed(card.speed);
    this.#port.setPauseWhen((view) => this.#observe(card, view));
    this.#port.play();
  }

  /** Whether the run shall stand still behind this view. */
  #observe(card: Card, view: LabView): boolean {
    if (this.#state.phase !== 'running') return false;
    const reached = card.reached(view, this.#state.notes);
    if (reached === null && view.timeMs - this.#startedMs < card.limitMs) return false;
    this.#port.setPauseWhen(null);
    this.#port.pause();
    if (reached === null) {
      this.#become({ ...this.#state, phase: 'overdue' });
    } else {
      const notes = { ...this.#state.notes, ...reached };
      this.#become({ ...this.#state, phase: 'explained', notes });
      this.#look(card, notes);
    }
    return true;
  }

  #look(card: Card, notes: Notes): void {
    const member = card.look(notes);
    if (member !== 0) this.#port.select(member);
  }

  #become(state: LessonState): void {
    this.#state = state;
    this.#changed(state);
  }
}
