import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MemberSpan, MessageTrack, OperationView } from '../../../src/lab/index.js';
import {
  axisTimes,
  firstAtLeast,
  laneTops,
  OPERATION_ROWS,
  operationBars,
  type Stretch,
  spanBars,
  trackPaths,
} from './lane-paths.js';

const stretch: Stretch = { anchorMs: 1_000, fromMs: 1_000, toMs: 2_000, pixelsPerMs: 0.1 };

test('binary search finds the first at least as great', () => {
  const list = [1, 3, 3, 7];
  for (const key of [0, 1, 2, 3, 4, 7, 8]) {
    const naive = list.findIndex((one) => one >= key);
    assert.equal(
      firstAtLeast(list, key, (one) => one),
      naive < 0 ? list.length : naive,
    );
  }
});

test('a span ends where the next one of its member begins, and the last is open', () => {
  const span = (member: number, fromMs: number, role: string): MemberSpan => ({
    member,
    fromMs,
    fromEvent: 0,
    state: 'up',
    role,
    term: 1,
  });
  const bars = spanBars(
    [span(1, 0, 'follower'), span(2, 0, 'follower'), span(1, 1_500, 'candidate'), span(1, 1_600, 'leader')],
    stretch,
  );
  assert.deepEqual(
    bars.map((bar) => [bar.member, bar.role, bar.x, bar.width]),
    [
      [1, 'follower', 0, 50],
      [2, 'follower', 0, 100],
      [1, 'candidate', 50, 10],
      [1, 'leader', 60, 40],
    ],
  );
});

test('messages become lines between rows; a lost one ends half-way', () => {
  const track = (kind: string, sentMs: number, fate: MessageTrack['fate']): MessageTrack => ({
    id: 1,
    from: 1,
    to: 2,
    kind,
    term: 1,
    sentMs,
    sentEvent: 1,
    arrivesMs: sentMs + 100,
    fate,
    endEvent: 2,
  });
  const tracks = [
    track('append', 1_000, 'delivered'),
    track('vote', 1_100, 'lost'),
    track('append', 9_000, 'flying'),
  ];
  const paths = trackPaths(tracks, (member) => member * 10, stretch);
  assert.equal(paths.append, 'M0.0 10.0L10.0 20.0');
  assert.equal(paths.lost, 'M10.0 10.0L15.0 15.0');
  assert.equal(paths.vote, '');
});

test('requests at the same time stand in different rows', () => {
  const operation = (id: number, calledMs: number, answeredMs: number | undefined) =>
    ({ id, calledMs, answeredMs }) as OperationView;
  const bars = operationBars(
    [
      operation(1, 1_000, 1_200),
      operation(2, 1_100, undefined),
      operation(3, 1_300, 1_400),
      operation(4, 500, 600),
    ],
    1_800,
    stretch,
  );
  assert.deepEqual(
    bars.map((bar) => [bar.operation.id, bar.row, bar.width]),
    [
      [1, 0, 20],
      [2, 1, 70],
      [3, 0, 10],
    ],
  );
  const flood = Array.from({ length: 9 }, (_, i) => operation(i, 1_000 + i, undefined));
  assert.ok(operationBars(flood, 1_800, stretch).every((bar) => bar.row >= 0 && bar.row < OPERATION_ROWS));
});

test('lanes do not overlap, and the axis has few and round times', () => {
  for (let members = 3; members <= 9; members++) {
    const tops = laneTops(members);
    assert.ok(tops.roles < tops.messages && tops.messages < tops.operations && tops.operations < tops.axis);
  }
  for (const spanMs of [500, 1_000, 7_000, 60_000]) {
    const times = axisTimes({ ...stretch, toMs: 1_000 + spanMs }, spanMs);
    assert.ok(times.length >= 2 && times.length <= 11, `${spanMs}: ${times.length}`);
    assert.ok(times.every((ms) => ms % 100 === 0));
  }
});
