/**
 * Records: the content of a frame. A frame holds, in this order and each at most once: the segment's header (in a
 * segment's first frame), a hard state, a snapshot marker, a run of consecutive entries; zeros fill it up. All numbers
 * are varints.
 */
import type { ConfState, Entry, EntryKind, HardState, NodeId } from '../../raft/index.js';
import { ByteReader, type ByteWriter, MalformedError } from '../../stdx/index.js';

/** Whose log this is. A member refuses a log of another cluster or member. */
export interface WalMetadata {
  readonly clusterId: bigint;
  readonly memberId: bigint;
}

/** The state machine's state up to `index` is safe elsewhere: a restart needs only the entries after it. */
export interface SnapshotMarker {
  readonly index: number;
  readonly term: number;
  readonly confState: ConfState;
}

export interface SegmentHeader {
  readonly salt: number;
  /** Bytes the file had when its first frame was written: a shorter one has been truncated. */
  readonly segmentBytes: number;
  /** No segment of this log is ever smaller, used or not. */
  readonly segmentBytesMin: number;
  readonly metadata: WalMetadata;
}

/** What a frame says. Entries are views of the decoded bytes. */
export interface Records {
  header: SegmentHeader | undefined;
  hardState: HardState | undefined;
  marker: SnapshotMarker | undefined;
  entries: Entry[];
}

const RecordType = { PADDING: 0, HEADER: 1, HARD_STATE: 2, MARKER: 3, ENTRIES: 4 } as const;
const ZERO_PAD = new Uint8Array(8);
/** Changes when an older reader could not make sense of the log. */
const FORMAT_VERSION = 1;

export function encodeHeader(out: ByteWriter, header: SegmentHeader): void {
  out.byte(RecordType.HEADER);
  out.varint(FORMAT_VERSION);
  out.varint(header.salt);
  out.varint(header.segmentBytes);
  out.varint(header.segmentBytesMin);
  out.varint64(header.metadata.clusterId);
  out.varint64(header.metadata.memberId);
}

function encodeHardState(out: ByteWriter, state: HardState): void {
  out.byte(RecordType.HARD_STATE);
  out.varint(state.term);
  out.varint64(state.vote);
  out.varint(state.commit);
}

function encodeMarker(out: ByteWriter, marker: SnapshotMarker): void {
  out.byte(RecordType.MARKER);
  out.varint(marker.index);
  out.varint(marker.term);
  const { confState } = marker;
  encodeIds(out, confState.voters);
  encodeIds(out, confState.learners);
  encodeIds(out, confState.votersOutgoing);
  encodeIds(out, confState.learnersNext);
  out.byte(confState.autoLeave ? 1 : 0);
}

function encodeIds(out: ByteWriter, ids: readonly NodeId[]): void {
  out.varint(ids.length);
  for (const id of ids) out.varint64(id);
}

/** Appends a run of entries; their indexes are consecutive, so only the first is written. */
function encodeEntries(out: ByteWriter, entries: readonly Entry[]): void {
  out.byte(RecordType.ENTRIES);
  out.varint(entries[0]!.index);
  out.varint(entries.length);
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i]!;
    out.varint(entry.term);
    out.byte(entry.kind);
    out.varint(entry.data.length);
    out.raw(entry.data);
  }
}

/** Appends what there is, and zeros up to a multiple of eight bytes. */
export function encodeRecords(
  out: ByteWriter,
  hardState: HardState | undefined,
  marker: SnapshotMarker | undefined,
  entries: readonly Entry[],
): void {
  if (hardState !== undefined) encodeHardState(out, hardState);
  if (marker !== undefined) encodeMarker(out, marker);
  if (entries.length > 0) encodeEntries(out, entries);
  const rest = out.len % 8;
  if (rest !== 0) out.raw(ZERO_PAD, 0, 8 - rest);
}

/** Decodes a whole payload. Throws MalformedError: after a matching checksum that is damage too. */
export function decodeRecords(payload: Uint8Array): Records {
  const records: Records = { header: undefined, hardState: undefined, marker: undefined, entries: [] };
  const reader = new ByteReader(payload);
  while (!reader.done) {
    const type = reader.byte();
    if (type === RecordType.HEADER) records.header = decodeHeader(reader);
    else if (type === RecordType.HARD_STATE) records.hardState = decodeHardState(reader);
    else if (type === RecordType.MARKER) records.marker = decodeMarker(reader);
    else if (type === RecordType.ENTRIES) records.entries = decodeEntries(reader);
    else if (type === RecordType.PADDING) reader.pos = reader.end;
    else throw new MalformedError(`unknown record type ${type}`);
  }
  return records;
}

function decodeHeader(reader: ByteReader): SegmentHeader {
  const version = reader.uvarint();
  if (version !== FORMAT_VERSION) throw new MalformedError(`format version ${version} is not known`);
  const salt = reader.uvarint();
  const segmentBytes = reader.uvarint();
  const segmentBytesMin = reader.uvarint();
  const metadata = { clusterId: reader.uvarint64(), memberId: reader.uvarint64() };
  return { salt, segmentBytes, segmentBytesMin, metadata };
}

function decodeHardState(reader: ByteReader): HardState {
  return { term: reader.uvarint(), vote: reader.uvarint64(), commit: reader.uvarint() };
}

function decodeMarker(reader: ByteReader): SnapshotMarker {
  const index = reader.uvarint();
  const term = reader.uvarint();
  const voters = decodeIds(reader);
  const learners = decodeIds(reader);
  const votersOutgoing = decodeIds(reader);
  const learnersNext = decodeIds(reader);
  const autoLeave = reader.bool();
  return { index, term, confState: { voters, learners, votersOutgoing, learnersNext, autoLeave } };
}

function decodeIds(reader: ByteReader): NodeId[] {
  const ids: NodeId[] = [];
  for (let count = reader.length(); count > 0; count--) ids.push(reader.uvarint64());
  return ids;
}

function decodeEntries(reader: ByteReader): Entry[] {
  const entries: Entry[] = [];
  let index = reader.uvarint();
  for (let count = reader.length(); count > 0; count--) {
    const term = reader.uvarint();
    const kind = reader.byte() as EntryKind;
    if (kind > 2) throw new MalformedError(`unknown entry kind ${kind}`);
    entries.push({ index: index++, term, kind, data: reader.bytes() });
  }
  return entries;
}
