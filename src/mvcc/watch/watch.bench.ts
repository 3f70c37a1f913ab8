/**
 * What watching costs, without a network: microseconds per commit or per event. Usage: node watch.bench.js [revisions]
 */
import { ByteWriter, encodeUtf8 } from '../../stdx/index.js';
import type { CommitListener } from '../commit-listener.js';
import { Store } from '../store.js';
import { MapBackend } from '../testing/map-backend.js';
import type { EventPieces } from './event-pieces.js';
import { EVENT_DELETE, EVENT_PUT } from './event-segment.js';
import { WatchableStore } from './watchable-store.js';
import type { WatchReader, WatchSink } from './watcher.js';

const revisions = Number(process.argv[2] ?? 200_000);
const VALUE = new Uint8Array(256).fill(120);
const KEYS = Array.from({ length: 1000 }, (_, i) =>
  encodeUtf8(`/registry/things/${String(i).padStart(6, '0')}`),
);

class CountingSink implements WatchSink {
  readonly reader: WatchReader = { ready: true };
  static readonly out = new ByteWriter(4 << 20);
  static events = 0;
  static responses = 0;

  deliver(_revision: number, events: EventPieces): void {
    const { out } = CountingSink;
    out.reset();
    events.writeTo(out);
    CountingSink.events += events.count;
    CountingSink.responses++;
  }

  compacted(): void {
    throw new Error('nothing is compacted here');
  }
}

class Bench {
  #listener: CommitListener | undefined;
  readonly store: Store;
  readonly watchable: WatchableStore;
  #deferred: (() => void)[] = [];
  stepMaxMs = 0;

  constructor() {
    const commitListener: CommitListener = { onCommit: (committed) => this.#listener?.onCommit(committed) };
    this.store = new Store(new MapBackend(), { commitListener, ringBytes: 1 << 30 });
    this.watchable = new WatchableStore(this.store, { defer: (fn) => this.#deferred.push(fn) });
    this.#listener = this.watchable;
  }

  watch(key: Uint8Array, rangeEnd: Uint8Array, startRevision = 0, prevKv = false): void {
    const spec = { key, rangeEnd, startRevision, eventMask: EVENT_PUT | EVENT_DELETE, prevKv };
    this.watchable.watch(spec, new CountingSink());
  }

  puts(count: number, perTurn: number): void {
    for (let i = 0; i < count; i++) {
      const key = KEYS[i % KEYS.length]!;
      this.store.begin();
      this.store.put(key, 0, key.length, VALUE, 0, VALUE.length, 0n);
      this.store.end();
      if (i % perTurn === perTurn - 1) this.turns();
    }
    this.turns();
  }

  turns(): void {
    while (this.#deferred.length > 0) {
      const batch = this.#deferred;
      this.#deferred = [];
      for (const fn of batch) {
        const begin = performance.now();
        fn();
        this.stepMaxMs = Math.max(this.stepMaxMs, performance.now() - begin);
      }
    }
  }
}

function measure(
  name: string,
  unit: string,
  count: number,
  prepare: (bench: Bench) => void,
  run: (bench: Bench) => void,
): void {
  const bench = new Bench();
  prepare(bench);
  CountingSink.events = 0;
  CountingSink.responses = 0;
  bench.stepMaxMs = 0;
  const cpu = process.cpuUsage();
  run(bench);
  const { user, system } = process.cpuUsage(cpu);
  const { events, responses } = CountingSink;
  console.log(
    `${name}: ${((user + system) / count).toFixed(3)} us per ${unit} (${events} events in ${responses} responses, ` +
      `longest step ${bench.stepMaxMs.toFixed(2)} ms, log ${(bench.watchable.logBytes / 1024).toFixed(0)} KiB)`,
  );
}

const NO_END = new Uint8Array(0);
const OPEN_END = new Uint8Array(1);
const FIRST = new Uint8Array(1);

for (let round = 0; round < 2; round++) {
  const put = (bench: Bench): void => bench.puts(revisions, 32);
  measure('no watcher', 'put', revisions, () => {}, put);
  measure('one watcher of everything', 'put', revisions, (b) => b.watch(FIRST, OPEN_END), put);
  measure('the same with previous values', 'put', revisions, (b) => b.watch(FIRST, OPEN_END, 0, true), put);
  measure(
    'a watcher for each of 1000 keys',
    'put',
    revisions,
    (b) => {
      for (const key of KEYS) b.watch(key, NO_END);
    },
    put,
  );
  measure(
    '100 watchers of everything',
    'event',
    revisions,
    (b) => {
      for (let i = 0; i < 100; i++) b.watch(FIRST, OPEN_END);
    },
    (b) => b.puts(revisions / 100, 32),
  );
  measure(
    'one watcher over all history',
    'event',
    revisions,
    (b) => {
      b.puts(revisions, 32);
      b.watch(FIRST, OPEN_END, 2);
    },
    (b) => b.turns(),
  );
  measure(
    '100 watchers over all history',
    'event and watcher',
    revisions * 100,
    (b) => {
      b.puts(revisions, 32);
      for (let i = 0; i < 100; i++) b.watch(FIRST, OPEN_END, 2);
    },
    (b) => b.turns(),
  );
}
