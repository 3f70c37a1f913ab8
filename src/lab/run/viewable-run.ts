/** What can be looked at and wound back and forth, whether a script or a simulation makes it. */
import type { LabEvent, LabMark, MemberSpan, MessageTrack } from '../view/event-view.js';
import type { OperationView } from '../view/operation-view.js';
import type { LabView } from '../view/view.js';

/** How far to go: to whichever comes first. Without any goal it goes on until nothing is left to happen. */
export interface RunGoal {
  /** All that happens up to this time has happened. */
  readonly ms?: number;
  /** This event has happened. */
  readonly event?: number;
  /** So many more events have happened. */
  readonly events?: number;
  /** Asked behind each event. */
  readonly pauseWhen?: ((view: LabView) => boolean) | undefined;
}

/** Which goal was reached; `over`: nothing is left to happen. */
export type RunStop = 'time' | 'event' | 'paused' | 'over';

/** Lists that only grow, in order of time. */
export interface RunHistory {
  readonly spans: readonly MemberSpan[];
  readonly marks: readonly LabMark[];
  readonly messages: readonly MessageTrack[];
  readonly operations: readonly OperationView[];
}

export interface ViewableRun {
  /** Whether things can be done to it. */
  readonly canAct: boolean;
  /** How many events there were. */
  readonly eventCount: number;
  /** The oldest event whose view is still there. */
  readonly firstEvent: number;
  /** How far it has come; at or after its last event. */
  readonly timeMs: number;
  /** Fingerprint of all that happened. */
  readonly hash: string;
  view(): LabView;
  viewAt(event: number): LabView;
  event(event: number): LabEvent;
  timeOfEvent(event: number): number;
  /** The last event at or before a time. */
  eventAt(ms: number): number;
  history(): RunHistory;
  step(): Promise<boolean>;
  runUntil(goal: RunGoal): Promise<RunStop>;
}
