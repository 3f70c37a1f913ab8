/** What can be read of any run that a recorder follows. */
import type { Recorder } from '../record/recorder.js';
import type { LabEvent } from '../view/event-view.js';
import type { LabView } from '../view/view.js';
import { eventView } from './event-text.js';
import type { RunGoal, RunHistory, RunStop, ViewableRun } from './viewable-run.js';

export abstract class RecordedRun implements ViewableRun {
  protected readonly recorder: Recorder;

  protected constructor(recorder: Recorder) {
    this.recorder = recorder;
  }

  abstract readonly canAct: boolean;
  abstract get timeMs(): number;
  abstract get hash(): string;
  abstract runUntil(goal: RunGoal): Promise<RunStop>;

  get eventCount(): number {
    return this.recorder.history.last.event;
  }

  get firstEvent(): number {
    return this.recorder.history.first;
  }

  view(): LabView {
    return this.recorder.history.last;
  }

  viewAt(event: number): LabView {
    return this.recorder.history.viewAt(event);
  }

  event(event: number): LabEvent {
    return eventView(this.recorder, event);
  }

  timeOfEvent(event: number): number {
    return this.viewAt(event).timeMs;
  }

  eventAt(ms: number): number {
    return this.recorder.history.eventAt(ms);
  }

  history(): RunHistory {
    const { history, messages } = this.recorder;
    const { spans, marks } = history;
    return { spans, marks, messages: messages.tracks, operations: history.last.operations };
  }

  /** The next event. False if nothing is left to happen. */
  async step(): Promise<boolean> {
    return (await this.runUntil({ events: 1 })) === 'event';
  }
}
