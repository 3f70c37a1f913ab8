export { EVENTS_KEPT_MAX, KEYS_SHOWN, LOG_ENTRIES_SHOWN, SIZE_MAX, SIZE_MIN } from './limits.js';
export { describeAction } from './run/describe-action.js';
export { LabRun } from './run/lab-run.js';
export { SimRun, type SimRunOptions } from './run/sim-run.js';
export type { RunGoal, RunHistory, RunStop, ViewableRun } from './run/viewable-run.js';
export type { LabAction, LabActionKind } from './script/action.js';
export {
  decodeFragment,
  encodeScript,
  encodeSimLink,
  type LabLink,
  LinkError,
  type RunEnd,
} from './script/link.js';
export { MUTANT_NAMES, type MutantName } from './script/mutant-name.js';
export { RANDOM_SCRIPT_MS, randomScript } from './script/random-script.js';
export {
  DEFAULT_LAB_OPTIONS,
  type LabOptions,
  type LabScript,
  labScript,
  type TimedAction,
} from './script/script.js';
export { assertScript, ScriptError } from './script/validate.js';
export type {
  LabEvent,
  LabEventCause,
  LabMark,
  MarkKind,
  MemberSpan,
  MessageTrack,
  TraceLine,
} from './view/event-view.js';
export type {
  ConfigurationView,
  EntryView,
  KeyView,
  MemberState,
  MemberView,
  ProgressView,
  TimerView,
} from './view/member-view.js';
export type { MessageField, MessageView } from './view/message-view.js';
export type {
  OperationKind,
  OperationStatus,
  OperationStepName,
  OperationStepView,
  OperationView,
} from './view/operation-view.js';
export {
  type CutView,
  INVARIANT_NAMES,
  type InvariantName,
  type LabView,
  type ViolationView,
} from './view/view.js';
