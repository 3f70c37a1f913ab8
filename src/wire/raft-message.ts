/**
 * What raft nodes say to one another, as bytes between members: a format of our own, since members are of one kind.
 *
 *     kind, 1 byte · from, to: 8 bytes each, little-endian · the kind's fields as varints, in the order of the types
 *
 * Entries are a count and then, one by one: index (the first only, they are consecutive), term, kind, length, data.
 * Decoded entries are views of the input.
 */
import {
  type ConfState,
  type Entry,
  EntryKind,
  type Message,
  type MessageKind,
  type ProposedEntry,
  type Snapshot,
} from '../raft/index.js';
import { assert, ByteReader, type ByteWriter, MalformedError, unreachable } from '../stdx/index.js';

/** The numbers are on the wire between members of different versions: never changed, never reused. */
const KIND_NUMBERS: Record<MessageKind, number> = {
  append: 1,
  'append-response': 2,
  vote: 3,
  'pre-vote': 4,
  'vote-response': 5,
  'pre-vote-response': 6,
  heartbeat: 7,
  'heartbeat-response': 8,
  snapshot: 9,
  'timeout-now': 10,
  propose: 11,
  'read-index': 12,
  'read-index-response': 13,
  'transfer-leader': 14,
};

const KINDS: (MessageKind | undefined)[] = [];
for (const [kind, number] of Object.entries(KIND_NUMBERS)) KINDS[number] = kind as MessageKind;

/** Entries in one message; a count above it is malformed, before anything is allocated for it. */
const ENTRIES_MAX = 1 << 20;

const ENTRY_KIND_LAST = EntryKind.CONF_CHANGE_V2;

function writeId(out: ByteWriter, id: bigint): void {
  out.reserve(8);
  let low = Number(id & 0xffffffffn);
  let high = Number((id >> 32n) & 0xffffffffn);
  for (let i = 0; i < 4; i++, low >>>= 8) out.buf[out.len++] = low & 255;
  for (let i = 0; i < 4; i++, high >>>= 8) out.buf[out.len++] = high & 255;
}

function readId(reader: ByteReader): bigint {
  let low = 0;
  let high = 0;
  for (let i = 0; i < 4; i++) low += reader.byte() * 2 ** (8 * i);
  for (let i = 0; i < 4; i++) high += reader.byte() * 2 ** (8 * i);
  return (BigInt(high) << 32n) | BigInt(low);
}

function writeFlag(out: ByteWriter, flag: boolean): void {
  out.byte(flag ? 1 : 0);
}

function readFlag(reader: ByteReader): boolean {
  const byte = reader.byte();
  if (byte > 1) throw new MalformedError('a flag is 0 or 1');
  return byte === 1;
}

/** An index, term or count: safe integers only. */
function readNumber(reader: ByteReader): number {
  const value = reader.uvarint();
  if (!Number.isSafeInteger(value)) throw new MalformedError('number out of range');
  return value;
}

function writeData(out: ByteWriter, entry: ProposedEntry): void {
  out.byte(entry.kind);
  out.varint(entry.data.length);
  out.raw(entry.data);
}

function readData(reader: ByteReader): ProposedEntry {
  const kind = reader.byte();
  if (kind > ENTRY_KIND_LAST) throw new MalformedError('unknown kind of entry');
  return { kind: kind as EntryKind, data: reader.bytes() };
}

function readCount(reader: ByteReader): number {
  const count = readNumber(reader);
  // Each takes two bytes at least.
  if (count > ENTRIES_MAX || count * 2 > reader.end - reader.pos)
    throw new MalformedError('more entries than bytes');
  return count;
}

function writeEntries(out: ByteWriter, entries: readonly Entry[]): void {
  out.varint(entries.length);
  if (entries.length === 0) return;
  out.varint(entries[0]!.index);
  for (const entry of entries) {
    out.varint(entry.term);
    writeData(out, entry);
  }
}

function readEntries(reader: ByteReader): Entry[] {
  const count = readCount(reader);
  const entries: Entry[] = [];
  if (count === 0) return entries;
  const first = readNumber(reader);
  for (let i = 0; i < count; i++) {
    const term = readNumber(reader);
    const { kind, data } = readData(reader);
    entries.push({ index: first + i, term, kind, data });
  }
  return entries;
}

function writeConfState(out: ByteWriter, conf: ConfState): void {
  for (const ids of [conf.voters, conf.learners, conf.votersOutgoing, conf.learnersNext]) {
    out.varint(ids.length);
    for (const id of ids) writeId(out, id);
  }
  writeFlag(out, conf.autoLeave);
}

function readIds(reader: ByteReader): bigint[] {
  const count = readNumber(reader);
  if (count * 8 > reader.end - reader.pos) throw new MalformedError('more ids than bytes');
  return Array.from({ length: count }, () => readId(reader));
}

function readConfState(reader: ByteReader): ConfState {
  return {
    voters: readIds(reader),
    learners: readIds(reader),
    votersOutgoing: readIds(reader),
    learnersNext: readIds(reader),
    autoLeave: readFlag(reader),
  };
}

function writeSnapshot(out: ByteWriter, snapshot: Snapshot): void {
  out.varint(snapshot.index);
  out.varint(snapshot.term);
  writeConfState(out, snapshot.confState);
  out.varint(snapshot.data.length);
  out.raw(snapshot.data);
}

function readSnapshot(reader: ByteReader): Snapshot {
  const index = readNumber(reader);
  const term = readNumber(reader);
  return { index, term, confState: readConfState(reader), data: reader.bytes() };
}

/** Appends the message, without a length. */
export function writeRaftMessage(out: ByteWriter, message: Message): void {
  out.byte(KIND_NUMBERS[message.kind]);
  writeId(out, message.from);
  writeId(out, message.to);
  writeFields(out, message);
}

function writeFields(out: ByteWriter, message: Message): void {
  switch (message.kind) {
    case 'append':
      for (const n of [message.term, message.prevIndex, message.prevTerm, message.commit]) out.varint(n);
      return writeEntries(out, message.entries);
    case 'append-response':
      for (const n of [message.term, message.index, message.hintIndex, message.hintTerm]) out.varint(n);
      return writeFlag(out, message.reject);
    case 'vote':
    case 'pre-vote':
      for (const n of [message.term, message.lastIndex, message.lastTerm]) out.varint(n);
      return writeFlag(out, message.transfer);
    case 'vote-response':
    case 'pre-vote-response':
      for (const n of [message.term, message.commitIndex, message.commitTerm]) out.varint(n);
      return writeFlag(out, message.reject);
    case 'heartbeat':
      for (const n of [message.term, message.commit, message.readRound]) out.varint(n);
      return;
    case 'heartbeat-response':
      for (const n of [message.term, message.readRound]) out.varint(n);
      return;
    case 'snapshot':
      out.varint(message.term);
      return writeSnapshot(out, message.snapshot);
    case 'timeout-now':
      return out.varint(message.term);
    case 'propose':
      out.varint(message.entries.length);
      for (const entry of message.entries) writeData(out, entry);
      return;
    case 'read-index':
      return out.varint64(message.context);
    case 'read-index-response':
      out.varint64(message.context);
      out.varint(message.index);
      return writeFlag(out, message.reject);
    case 'transfer-leader':
      return writeId(out, message.transferee);
    default:
      return unreachable(message);
  }
}

/**
 * Reads `buf[start, end)`, which must be one whole message.
 *
 * @throws MalformedError
 */
export function readRaftMessage(buf: Uint8Array, start = 0, end: number = buf.length): Message {
  const reader = new ByteReader(buf, start, end);
  const kind = KINDS[reader.byte()];
  if (kind === undefined) throw new MalformedError('unknown kind of raft message');
  const from = readId(reader);
  const to = readId(reader);
  const message = readFields(reader, kind, from, to);
  if (!reader.done) throw new MalformedError('bytes after the end of a raft message');
  assert(message.kind === kind, 'a message is read as its kind');
  return message;
}

function readFields(reader: ByteReader, kind: MessageKind, from: bigint, to: bigint): Message {
  const number = (): number => readNumber(reader);
  switch (kind) {
    case 'append': {
      const [term, prevIndex, prevTerm, commit] = [number(), number(), number(), number()];
      return { kind, from, to, term, prevIndex, prevTerm, commit, entries: readEntries(reader) };
    }
    case 'append-response': {
      const [term, index, hintIndex, hintTerm] = [number(), number(), number(), number()];
      return { kind, from, to, term, index, hintIndex, hintTerm, reject: readFlag(reader) };
    }
    case 'vote':
    case 'pre-vote': {
      const [term, lastIndex, lastTerm] = [number(), number(), number()];
      return { kind, from, to, term, lastIndex, lastTerm, transfer: readFlag(reader) };
    }
    case 'vote-response':
    case 'pre-vote-response': {
      const [term, commitIndex, commitTerm] = [number(), number(), number()];
      return { kind, from, to, term, commitIndex, commitTerm, reject: readFlag(reader) };
    }
    case 'heartbeat':
      return { kind, from, to, term: number(), commit: number(), readRound: number() };
    case 'heartbeat-response':
      return { kind, from, to, term: number(), readRound: number() };
    case 'snapshot':
      return { kind, from, to, term: number(), snapshot: readSnapshot(reader) };
    case 'timeout-now':
      return { kind, from, to, term: number() };
    case 'propose':
      return { kind, from, to, entries: Array.from({ length: readCount(reader) }, () => readData(reader)) };
    case 'read-index':
      return { kind, from, to, context: reader.uvarint64() };
    case 'read-index-response':
      return { kind, from, to, context: reader.uvarint64(), index: number(), reject: readFlag(reader) };
    case 'transfer-leader':
      return { kind, from, to, transferee: readId(reader) };
    default:
      return unreachable(kind);
  }
}
