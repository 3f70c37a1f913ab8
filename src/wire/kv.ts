/** mvccpb: what the store holds and what a watch delivers. */
import { bytes, type EnumType, enumeration, int64, int64Id, message } from './field.js';
import { MessageType } from './message.js';

/** One key at one revision. A deletion is told by `key` and `modRevision` alone. */
export interface KeyValue {
  readonly key: Uint8Array;
  /** Revision of the put that began the key's present life. */
  readonly createRevision: number;
  /** Revision of the last put, or of the deletion. */
  readonly modRevision: number;
  /** Puts in the present life: 1 after the first. */
  readonly version: number;
  readonly value: Uint8Array;
  /** The lease the key is attached to, 0n without one. */
  readonly lease: bigint;
}
export const KeyValue: MessageType<KeyValue> = new MessageType('mvccpb.KeyValue', {
  key: bytes(1),
  createRevision: int64(2, 'create_revision'),
  modRevision: int64(3, 'mod_revision'),
  version: int64(4),
  value: bytes(5),
  lease: int64Id(6),
});

/** What happened to a key. */
export const EventType = { PUT: 0, DELETE: 1 } as const;
export type EventType = (typeof EventType)[keyof typeof EventType];
const EVENT_TYPE: EnumType = { protoName: 'mvccpb.Event.EventType', values: EventType };

/** One change, in a watch answer. */
export interface Event {
  /** An {@link EventType}. */
  readonly type: number;
  /** The key after the change. */
  readonly kv: KeyValue | undefined;
  /** The key before it, if the watch asked and the revision is not compacted. */
  readonly prevKv: KeyValue | undefined;
}
export const Event: MessageType<Event> = new MessageType('mvccpb.Event', {
  type: enumeration(1, EVENT_TYPE),
  kv: message(2, () => KeyValue),
  prevKv: message(3, () => KeyValue, 'prev_kv'),
});
