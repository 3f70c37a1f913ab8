/**
 * What a lesson is made of. A card tells what is about to happen, has a control that lets it happen in the real run, and
 * waits for it: it looks at the view behind each event and never says what comes out. So a lesson is told by the server's
 * own code, and goes another way if that code does.
 */
import type { LabAction, LabScript, LabView } from '../../../src/lab/index.js';

/** What cards found out and later ones and the texts speak of, such as `leader` or `term`. */
export type Notes = Readonly<Record<string, number | string>>;

export interface Card {
  readonly id: string;
  /** Sections of the Raft paper and of the thesis that say why. */
  readonly paper: string;
  readonly thesis: string;
  /** How fast time passes meanwhile: messages are looked at slowly, timers are not. */
  readonly speed: number;
  /** Simulated time within which it happens; afterwards the run went another way. */
  readonly limitMs: number;
  /** Whom and what the text in front of the control speaks of. */
  readonly enter: (view: LabView, notes: Notes) => Notes;
  /** What the control does; nothing: it only lets time pass. */
  readonly actions: (view: LabView, notes: Notes) => readonly LabAction[];
  /** What the text behind it speaks of, once it has happened. */
  readonly reached: (view: LabView, notes: Notes) => Notes | null;
  /** The member to look at; 0: none. */
  readonly look: (notes: Notes) => number;
}

export interface Lesson {
  readonly id: string;
  readonly cards: readonly Card[];
}

/** Lessons that follow one another in one run. */
export interface Course {
  readonly id: string;
  readonly script: LabScript;
  readonly lessons: readonly Lesson[];
}

/** Enough for what needs messages and disks only. */
const USUAL_LIMIT_MS = 5000;
/** Slow enough to see a message fly. */
export const MESSAGE_SPEED = 0.05;
export const TIMER_SPEED = 0.5;

type CardInput = Pick<Card, 'id' | 'paper' | 'thesis' | 'reached'> & Partial<Card>;

/** A card with the usual pace, which notes nothing beforehand and only lets time pass. */
export function card(input: CardInput): Card {
  return {
    speed: MESSAGE_SPEED,
    limitMs: USUAL_LIMIT_MS,
    enter: () => ({}),
    actions: () => [],
    look: () => 0,
    ...input,
  };
}

export function numberIn(notes: Notes, name: string): number {
  const value = notes[name];
  return typeof value === 'number' ? value : 0;
}
