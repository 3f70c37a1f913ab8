/**
 * Cases that chance would rarely meet: sizes at the limits, large batches, calls with the wrong number of messages. They run
 * after the random part, on whatever the store then holds, with keys of their own.
 */
import { type Message, waitUntil } from '../harness/index.js';
import { COMPACT, DELETE_RANGE, PUT, RANGE, TXN, unary } from './generate.js';
import type { Run } from './run.js';

export interface Scenario {
  readonly name: string;
  readonly run: (run: Run) => Promise<void>;
}

const WATCH = '/etcdserverpb.Watch/Watch';
const key = (text: string): Buffer => Buffer.from(text, 'latin1');
const filled = (length: number): Buffer => Buffer.alloc(length, 'v');
const put = (name: string, value: Uint8Array): Message => ({ key: key(name), value });

export const SCENARIOS: readonly Scenario[] = [
  { name: 'request sizes', run: requestSizes },
  { name: 'message count', run: messageCount },
  { name: 'duplicate keys', run: duplicateKeys },
  { name: 'delete many', run: deleteMany },
  { name: 'catch up in batches', run: catchUpInBatches },
  { name: 'fragments', run: fragments },
  { name: 'tombstone at the compaction', run: tombstoneAtCompaction },
  { name: 'stream ends', run: streamEnds },
];

/**
 * The limit on the replicated request, and the one on the gRPC message, met from both sides. (Two sizes between are left out:
 * the replicated request holds an id whose varint takes eight to ten bytes, by the member's own id.)
 */
async function requestSizes(run: Run): Promise<void> {
  for (const length of [
    1_000_000, 1_572_830, 1_572_839, 1_572_842, 1_572_843, 1_572_844, 1_572_864, 2_097_100, 2_097_140,
    2_097_141, 2_097_142, 2_097_143, 2_097_162, 3_000_000,
  ]) {
    await run.unary(unary('put of a size', PUT, put('s', filled(length))));
  }
  await run.unary(unary('put with a large key', PUT, { key: filled(1_000_000), value: key('x') }));
  await run.unary(unary('delete of a large key', DELETE_RANGE, { key: filled(1_000_000) }));
  await run.unary(unary('range of a large key', RANGE, { key: filled(2_000_000) }));
  const halves = {
    success: [{ request_put: put('h1', filled(786_000)) }, { request_put: put('h2', filled(786_900)) }],
  };
  await run.unary(unary('txn of a size', TXN, halves));
  await run.unary(
    unary('large delete range end', DELETE_RANGE, { key: key('zzz'), range_end: filled(1_600_000) }),
  );
  const large = await run.unary(
    unary('range over large values', RANGE, { key: key('h'), range_end: key('i') }),
  );
  if (large.code !== 0) run.report(`range over large values fails: ${large.text}`);
  await run.unary({ ...unary('gzip put of a size', PUT, put('s', filled(1_572_844))), gzip: true });
  await run.unary({ ...unary('gzip put of a size', PUT, put('s', filled(2_097_162))), gzip: true });
  await run.unary(unary('delete', DELETE_RANGE, { key: key('h'), range_end: key('t') }));
}

/** A unary method called with no message or with several. */
async function messageCount(run: Run): Promise<void> {
  const range = unary('message count', RANGE, { key: key('a') });
  for (const copies of [0, 2, 3]) await run.unary({ ...range, copies });
  await run.unary({ ...unary('message count', PUT, put('count', key('1'))), copies: 2 });
  await run.unary(unary('message count', RANGE, { key: key('count') }));
}

/** The rules on duplicate keys that depend on order and nesting (each row of the table). */
async function duplicateKeys(run: Run): Promise<void> {
  const p = (name: string): Message => ({ request_put: put(name, key('1')) });
  const d = (name: string, end?: string): Message => ({
    request_delete_range: end === undefined ? { key: key(name) } : { key: key(name), range_end: key(end) },
  });
  const nested = (success: Message[], failure: Message[] = []): Message => ({
    request_txn: { success, failure },
  });
  const bodies: Message[][] = [
    [p('k'), p('k')],
    [p('k'), d('k')],
    [d('k'), p('k')],
    [d('k'), d('k')],
    [d('j', 'l'), p('k')],
    [nested([p('k')], [p('k')])],
    [nested([p('k')], [d('k')])],
    [nested([p('k')]), nested([], [p('k')])],
    [nested([p('k')]), d('k')],
    [d('k'), nested([p('k')])],
    [p('k'), nested([d('k')])],
    [nested([d('k')]), nested([p('k')])],
    [nested([p('k')]), nested([d('k')])],
    [nested([d('k')]), nested([d('k')])],
    [p('k'), d('a', '\0')],
    [d('a', '\0'), p('k')],
    [nested([nested([p('k')])]), p('k')],
    [nested([nested([p('k')])]), nested([nested([p('k')])])],
    [{}],
    [p('k'), {}],
  ];
  for (const success of bodies) {
    await run.unary(unary('duplicate keys', TXN, { success }));
    await run.unary(
      unary('duplicate keys', TXN, { failure: success, compare: [{ key: key('k'), version: -1 }] }),
    );
    await run.unary(unary('duplicate keys', TXN, { failure: success }));
  }
}

/** One revision with thousands of events arrives whole. */
async function deleteMany(run: Run): Promise<void> {
  await putNumbered(run, 'many/', 2500);
  await run.watch(watchOf('many/', { prev_kv: true }));
  await run.unary(unary('delete many', DELETE_RANGE, { key: key('many/'), range_end: key('many0') }));
  await run.fleet.settle();
  await run.unary(
    unary('count after delete', RANGE, { key: key('many/'), range_end: key('many0'), count_only: true }),
  );
}

/** A watcher far behind gets at most a thousand revisions at a time, without gaps. */
async function catchUpInBatches(run: Run): Promise<void> {
  const first = run.state.revision + 1;
  for (let i = 0; i < 1300; i++) await run.unary(unary('put', PUT, put(`batch/${i % 7}`, key(String(i)))));
  await run.watch(watchOf('batch/', { start_revision: first }));
  await run.watch(watchOf('batch/', { start_revision: first + 100, prev_kv: true, filters: [1] }));
  await run.unary(unary('delete', DELETE_RANGE, { key: key('batch/'), range_end: key('batch0') }));
  await run.fleet.settle();
}

/** A revision whose events are above the message limit is split for those who asked, and whole for the others. */
async function fragments(run: Run): Promise<void> {
  const pair = (fill: string): Message => ({
    success: ['0', '1'].map((i) => ({ request_put: put(`fragment/${i}`, Buffer.alloc(700_000, fill)) })),
  });
  const first = run.state.revision + 1;
  const before = run.fleet.fragments();
  await run.watch(watchOf('fragment/', { fragment: true, prev_kv: true }));
  await run.watch(watchOf('fragment/', { prev_kv: true }));
  for (const fill of ['1', '2', '3']) await run.unary(unary('large txn', TXN, pair(fill)));
  await run.watch(watchOf('fragment/', { start_revision: first, fragment: true, prev_kv: true }));
  await run.watch(watchOf('fragment/', { start_revision: first, fragment: true }));
  await run.watch(watchOf('fragment/', { start_revision: first, prev_kv: true }));
  await run.fleet.settle();
  const after = run.fleet.fragments();
  if (after[0] === before[0] || after[1] === before[1]) {
    run.report(`no fragments were sent: a ${after[0] - before[0]}, b ${after[1] - before[1]}`);
  }
  await run.unary(unary('delete', DELETE_RANGE, { key: key('fragment/'), range_end: key('fragment0') }));
}

/** A deletion at the compacted revision itself can still be watched. */
async function tombstoneAtCompaction(run: Run): Promise<void> {
  for (const value of ['1', '2']) await run.unary(unary('put', PUT, put('t/k', key(value))));
  await run.unary(unary('delete', DELETE_RANGE, { key: key('t/k') }));
  const revision = run.state.revision;
  await run.unary(unary('put', PUT, put('t/k', key('3'))));
  await run.unary(unary('compact', COMPACT, { revision, physical: true }));
  await run.watch(watchOf('t/', { start_revision: revision, prev_kv: true }));
  await run.watch(watchOf('t/', { start_revision: revision - 1, prev_kv: true }));
  await run.fleet.settle();
  for (const at of [revision - 1, revision, revision + 1]) {
    await run.unary(unary('range', RANGE, { key: key('t/k'), revision: at }));
  }
}

/** How streams end: by a malformed message, by a method that does not exist, and not by a half-close. */
async function streamEnds(run: Run): Promise<void> {
  const cases: { name: string; path: string; bodies: Buffer[]; ends: boolean }[] = [
    { name: 'cut message', path: WATCH, bodies: [Buffer.from([0x0a, 0x05, 0x01])], ends: true },
    { name: 'wrong wire type', path: WATCH, bodies: [Buffer.from([0x08, 0x01])], ends: true },
    { name: 'field zero', path: WATCH, bodies: [Buffer.from([0x00, 0x01])], ends: true },
    { name: 'message above the limit', path: WATCH, bodies: [filled(2_097_153)], ends: true },
    { name: 'unknown method', path: '/etcdserverpb.Watch/Nope', bodies: [], ends: true },
    { name: 'unknown field', path: WATCH, bodies: [Buffer.from([0xa2, 0x06, 0x01, 0x00])], ends: false },
    { name: 'empty', path: WATCH, bodies: [Buffer.alloc(0)], ends: false },
  ];
  for (const { name, path, bodies, ends } of cases) {
    const streams = run.clients.map((client) => client.stream(path, () => {}));
    for (const stream of streams) {
      for (const body of bodies) stream.send(body);
      stream.halfClose();
    }
    const isOver = (): boolean => streams.every((stream) => stream.ended !== undefined);
    await waitUntil(isOver, ends ? 5000 : 300);
    const [a, b] = streams.map((stream) =>
      JSON.stringify(stream.ended ?? 'open').replace(
        /(unmarshalling request: |unmarshal the received message: )[^"]*/,
        '$1…',
      ),
    );
    if (a !== b || isOver() !== ends) run.report(`stream with ${name}: a ${a}, b ${b}`);
    for (const stream of streams) stream.cancel();
  }
}

async function putNumbered(run: Run, prefix: string, count: number): Promise<void> {
  for (let start = 0; start < count; start += 125) {
    const success = Array.from({ length: Math.min(125, count - start) }, (_, i) => ({
      request_put: put(`${prefix}${String(start + i).padStart(5, '0')}`, key(`value ${start + i}`)),
    }));
    await run.unary(unary('txn', TXN, { success }));
  }
}

function watchOf(prefix: string, extra: Message): { kind: 'watch-create'; label: string; request: Message } {
  const end = Buffer.from(key(prefix));
  end[end.length - 1]! += 1;
  return { kind: 'watch-create', label: 'watch', request: { key: key(prefix), range_end: end, ...extra } };
}
