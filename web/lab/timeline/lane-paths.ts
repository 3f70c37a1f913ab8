/**
 * What the three time lanes draw, as path data and rectangles. Abscissas are relative to an anchor time, so that the
 * drawing is moved by a transform from frame to frame and rebuilt only when history has grown or the window left it.
 */
import type { MemberSpan, MessageTrack, OperationView } from '../../../src/lab/index.js';

export const ROLE_ROW = 8;
export const MESSAGE_ROW = 12;
export const OPERATION_ROW = 14;
export const OPERATION_ROWS = 3;
const LANE_GAP = 8;
export const AXIS_HEIGHT = 16;

/** The stretch of time that is drawn, and its scale. */
export interface Stretch {
  readonly anchorMs: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly pixelsPerMs: number;
}

/** Where each lane begins for so many members, and how high all of them are. */
export interface LaneTops {
  readonly roles: number;
  readonly messages: number;
  readonly operations: number;
  readonly axis: number;
  readonly height: number;
}

export function laneTops(members: number): LaneTops {
  const roles = 2;
  const messages = roles + members * ROLE_ROW + LANE_GAP;
  const operations = messages + members * MESSAGE_ROW + LANE_GAP;
  const axis = operations + OPERATION_ROWS * OPERATION_ROW + LANE_GAP / 2;
  return { roles, messages, operations, axis, height: axis + AXIS_HEIGHT };
}

/** The first place in a list sorted by `keyOf` whose key is at least `key`. */
export function firstAtLeast<T>(list: readonly T[], key: number, keyOf: (item: T) => number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keyOf(list[middle]!) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

export interface SpanBar {
  readonly member: number;
  readonly term: number;
  readonly role: string;
  readonly state: string;
  readonly x: number;
  readonly width: number;
}

/** Each member's spans within the stretch; the last one of a member is open and runs to the end of the stretch. */
export function spanBars(spans: readonly MemberSpan[], stretch: Stretch): SpanBar[] {
  const bars: SpanBar[] = [];
  const endOf = new Map<number, number>();
  for (let i = spans.length - 1; i >= 0; i--) {
    const span = spans[i]!;
    const endMs = endOf.get(span.member) ?? stretch.toMs;
    endOf.set(span.member, span.fromMs);
    if (endMs <= stretch.fromMs || span.fromMs >= stretch.toMs) continue;
    const fromMs = Math.max(span.fromMs, stretch.fromMs);
    const x = (fromMs - stretch.anchorMs) * stretch.pixelsPerMs;
    const width = (Math.min(endMs, stretch.toMs) - fromMs) * stretch.pixelsPerMs;
    bars.push({ member: span.member, term: span.term, role: span.role, state: span.state, x, width });
  }
  return bars.reverse();
}

export type TrackGroup = 'heartbeat' | 'vote' | 'append' | 'other' | 'lost';

export function groupOf(track: MessageTrack): TrackGroup {
  if (track.fate === 'lost') return 'lost';
  if (track.kind.startsWith('heartbeat')) return 'heartbeat';
  if (track.kind.includes('vote')) return 'vote';
  if (track.kind.startsWith('append') || track.kind === 'snapshot') return 'append';
  return 'other';
}

/** Nothing flies longer than this before it began in the stretch, for the search of the first message drawn. */
const FLIGHT_MS_MAX = 1_000;
/** More lines than this are a grey mass on any screen. */
const TRACKS_MAX = 4_000;

/** One path for each group: from the sender's row to the receiver's; a lost message ends half-way. */
export function trackPaths(
  tracks: readonly MessageTrack[],
  rowOf: (member: number) => number,
  stretch: Stretch,
): Record<TrackGroup, string> {
  const paths: Record<TrackGroup, string> = { heartbeat: '', vote: '', append: '', other: '', lost: '' };
  const first = firstAtLeast(tracks, stretch.fromMs - FLIGHT_MS_MAX, (track) => track.sentMs);
  for (let i = first; i < tracks.length && i - first < TRACKS_MAX; i++) {
    const track = tracks[i]!;
    if (track.sentMs > stretch.toMs) break;
    const group = groupOf(track);
    const part = group === 'lost' ? 0.5 : 1;
    const x1 = (track.sentMs - stretch.anchorMs) * stretch.pixelsPerMs;
    const x2 = x1 + (track.arrivesMs - track.sentMs) * part * stretch.pixelsPerMs;
    const y1 = rowOf(track.from);
    const y2 = y1 + (rowOf(track.to) - y1) * part;
    paths[group] += `M${x1.toFixed(1)} ${y1.toFixed(1)}L${x2.toFixed(1)} ${y2.toFixed(1)}`;
  }
  return paths;
}

export interface OperationBar {
  readonly operation: OperationView;
  readonly row: number;
  readonly x: number;
  readonly width: number;
}

/** Requests from call to answer, each in the first row that is free at its call. */
export function operationBars(
  operations: readonly OperationView[],
  endMs: number,
  stretch: Stretch,
): OperationBar[] {
  const bars: OperationBar[] = [];
  const freeFrom = new Array<number>(OPERATION_ROWS).fill(0);
  for (const operation of operations) {
    if (operation.calledMs > stretch.toMs) break;
    const end = operation.answeredMs ?? endMs;
    if (end < stretch.fromMs) continue;
    let row = freeFrom.findIndex((free) => free <= operation.calledMs);
    if (row < 0) row = freeFrom.indexOf(Math.min(...freeFrom));
    freeFrom[row] = end;
    bars.push({
      operation,
      row,
      x: (operation.calledMs - stretch.anchorMs) * stretch.pixelsPerMs,
      width: Math.max(2, (end - operation.calledMs) * stretch.pixelsPerMs),
    });
  }
  return bars;
}

/** Times at round numbers, so that about eight fit into a span. */
export function axisTimes(stretch: Stretch, spanMs: number): number[] {
  const step =
    [100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000].find((one) => spanMs / one <= 9) ?? 300_000;
  const times: number[] = [];
  for (let ms = Math.ceil(Math.max(0, stretch.fromMs) / step) * step; ms <= stretch.toMs; ms += step)
    times.push(ms);
  return times;
}
