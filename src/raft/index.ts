export type { ConfChange, ConfChangeStep, ConfChangeTransition, ConfChangeType } from './conf-change.js';
export { isLeaveJoint } from './conf-change.js';
export { decodeConfChange, encodeConfChange } from './confchange/codec.js';
export { sameConfState } from './confchange/conf-state.js';
export type { RaftConfig, ReadOnlyMode } from './config.js';
export { DEFAULT_RAFT_CONFIG } from './config.js';
export type { RaftCore } from './core.js';
export type { ConfState, Entry, HardState, NodeId } from './entry.js';
export { EMPTY_CONF_STATE, EMPTY_HARD_STATE, EntryKind, NOBODY } from './entry.js';
export type { RaftEvent, StepResult } from './event.js';
export { assertStep } from './invariants.js';
export { entryBytes } from './log/entry-bytes.js';
export { MemoryStorage } from './log/memory-storage.js';
export type { LogStorage } from './log/storage.js';
export type {
  AppendMessage,
  AppendResponseMessage,
  HeartbeatMessage,
  HeartbeatResponseMessage,
  Message,
  MessageKind,
  MessageOf,
  ProposedEntry,
  ProposeMessage,
  ReadIndexMessage,
  ReadIndexResponseMessage,
  Snapshot,
  SnapshotMessage,
  TimeoutNowMessage,
  TransferLeaderMessage,
  VoteMessage,
  VoteResponseMessage,
} from './message.js';
export { RaftNode } from './node.js';
export type { ProgressState, ProgressStatus, RaftStatus } from './status.js';
export type { LogPointers, LogPosition, RoleReason, TraceEvent } from './trace.js';
export { formatConfState, formatProgress, formatTrace } from './trace.js';
export type { AppendAck, AppendWork, ReadState, Role, SoftState, Update } from './update.js';
