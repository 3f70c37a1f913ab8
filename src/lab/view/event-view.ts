import type { TraceEvent } from '../../raft/index.js';

/** What set an event off. */
export type LabEventCause =
  | 'start'
  | 'message'
  | 'timer'
  | 'disk'
  | 'client'
  | 'snapshot'
  | 'action'
  | 'member';

/** One line of the core's trace: what a member decided, and why. */
export interface TraceLine {
  readonly member: number;
  readonly term: number;
  readonly kind: TraceEvent['kind'];
  /** `1a2b@3 became leader: votes-won`, with members by name. */
  readonly text: string;
}

/** One step of a run: the smallest piece of it that changes the picture. */
export interface LabEvent {
  readonly event: number;
  readonly timeMs: number;
  readonly cause: LabEventCause;
  /** Where it happened; 0: nowhere in particular. */
  readonly member: number;
  /** Of a delivery; 0: none. */
  readonly message: number;
  /** What was done, of an action. */
  readonly action: string;
  readonly lines: readonly TraceLine[];
}

/** What is worth a mark on the time line. */
export type MarkKind =
  | 'election'
  | 'leader'
  | 'step-down'
  | 'crash'
  | 'restart'
  | 'pause'
  | 'resume'
  | 'partition'
  | 'heal'
  | 'commit'
  | 'snapshot'
  | 'membership'
  | 'violation';

export interface LabMark {
  readonly event: number;
  readonly timeMs: number;
  readonly kind: MarkKind;
  readonly member: number;
}

/** For so long a member was in one state, role and term; the next span of the member ends it. */
export interface MemberSpan {
  readonly member: number;
  readonly fromMs: number;
  readonly fromEvent: number;
  readonly state: string;
  readonly role: string;
  readonly term: number;
}

/** A message's whole way, for the space-time diagram. */
export interface MessageTrack {
  readonly id: number;
  readonly from: number;
  readonly to: number;
  readonly kind: string;
  readonly term: number;
  readonly sentMs: number;
  readonly sentEvent: number;
  readonly arrivesMs: number;
  readonly fate: 'flying' | 'delivered' | 'lost';
  /** 0 while it flies. */
  readonly endEvent: number;
}
