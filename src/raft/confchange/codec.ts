/**
 * The payload of conf change entries: raft must read it (a leader validates what others propose), so its bytes are made
 * here. Field numbers are those of etcd's raftpb: a V1 change {2 type, 3 node, 4 context}, a V2 change {1 transition,
 * 2 changes {1 type, 2 node}, 3 context}. A V2 change that says nothing is empty, and means: leave the joint configuration.
 */
import { assert, ByteReader, ByteWriter, EMPTY_BYTES, MalformedError } from '../../stdx/index.js';
import type { ConfChange, ConfChangeStep, ConfChangeTransition, ConfChangeType } from '../conf-change.js';
import { EntryKind } from '../entry.js';

const TYPES: readonly ConfChangeType[] = ['add-voter', 'remove', 'update', 'add-learner'];
const TRANSITIONS: readonly ConfChangeTransition[] = ['auto', 'implicit', 'explicit'];

const VARINT = 0;
const BYTES = 2;

/** The entry payload of `change`. V1 requires exactly one step and transition `auto`. */
export function encodeConfChange(change: ConfChange, v1: boolean): Uint8Array {
  const out = new ByteWriter(64);
  if (v1) {
    assert(change.changes.length === 1, 'a V1 conf change has exactly one step');
    assert(change.transition === 'auto', 'a V1 conf change has no transition of its own');
    const step = change.changes[0]!;
    out.intField(2, TYPES.indexOf(step.type));
    out.int64Field(3, step.nodeId);
    out.bytesField(4, change.context);
    return out.finish();
  }
  out.intField(1, TRANSITIONS.indexOf(change.transition));
  const inner = new ByteWriter(24);
  for (const step of change.changes) {
    inner.reset();
    inner.intField(1, TYPES.indexOf(step.type));
    inner.int64Field(2, step.nodeId);
    // A step of defaults is empty and must still be counted.
    out.bytesFieldAlways(2, inner.view());
  }
  out.bytesField(3, change.context);
  return out.finish();
}

function readType(reader: ByteReader): ConfChangeType {
  const type = TYPES[reader.uvarint()];
  if (type === undefined) throw new MalformedError('unknown conf change type');
  return type;
}

/** Reads {type, node, context} with the field numbers beginning at `typeField`. */
function readStep(reader: ByteReader, typeField: number): { step: ConfChangeStep; context: Uint8Array } {
  let type: ConfChangeType = 'add-voter';
  let nodeId = 0n;
  let context = EMPTY_BYTES;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === ((typeField << 3) | VARINT)) type = readType(reader);
    else if (tag === (((typeField + 1) << 3) | VARINT)) nodeId = reader.uvarint64();
    else if (tag === (((typeField + 2) << 3) | BYTES)) context = reader.bytes();
    else reader.skip(tag);
  }
  return { step: { type, nodeId }, context };
}

/** The change in a conf change entry. Throws {@link MalformedError} for bytes that {@link encodeConfChange} does not make. */
export function decodeConfChange(kind: EntryKind, data: Uint8Array): ConfChange {
  assert(kind !== EntryKind.NORMAL, 'only conf change entries hold a conf change');
  const reader = new ByteReader(data);
  if (kind === EntryKind.CONF_CHANGE) {
    const { step, context } = readStep(reader, 2);
    return { transition: 'auto', changes: [step], context };
  }
  let transition: ConfChangeTransition = 'auto';
  let context = EMPTY_BYTES;
  const changes: ConfChangeStep[] = [];
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === ((1 << 3) | VARINT)) {
      const known = TRANSITIONS[reader.uvarint()];
      if (known === undefined) throw new MalformedError('unknown conf change transition');
      transition = known;
    } else if (tag === ((2 << 3) | BYTES)) {
      changes.push(readStep(new ByteReader(reader.bytes()), 1).step);
    } else if (tag === ((3 << 3) | BYTES)) {
      context = reader.bytes();
    } else {
      reader.skip(tag);
    }
  }
  return { transition, changes, context };
}
