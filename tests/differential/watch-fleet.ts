/**
 * All watch streams of a run, each open to both endpoints, and the comparison of what they deliver.
 *
 * Deliveries are asynchronous, so comparisons happen at barriers ({@link WatchFleet.settle}): everything that the event log
 * says a watcher must have got is awaited, then both sides' events are compared. A barrier stands before each compaction
 * (a watcher that still reads history would be canceled, or not, by timing) and before each cancel.
 */
import { encode, type Message, type RawClient, sleep, waitUntil } from '../harness/index.js';
import type {
  StoreState,
  WatchCancelOperation,
  WatchCreateOperation,
  WatchProgressOperation,
  WatchSilentOperation,
} from './operation.js';
import { SHARED_STREAMS } from './operation.js';
import { countExpected, dropSuperseded, type WatcherModel } from './watch-model.js';
import { type ReceivedEvent, type ReceivedWatcher, WatchSide } from './watch-side.js';

interface Pair {
  readonly a: WatchSide;
  readonly b: WatchSide;
  readonly models: Map<number, WatcherModel>;
  controlsCompared: number;
  faultsTold: number;
}

const ANSWER_TIMEOUT_MS = 5000;
const PROGRESS_POLL_MS = 60;
const SILENCE_MS = 120;
const WATCHERS_MAX = 40;
/** etcd looks after watchers that read history every 100 ms; one that finds no event gives no sign when it is done. */
const CATCH_UP_MS = 350;

export class WatchFleet {
  eventsCompared = 0;
  watchersCreated = 0;
  /** Events left out of the comparison (see accepted-differences.ts, `superseded-at-compaction`). */
  superseded = 0;
  #clients: readonly [RawClient, RawClient];
  /** The log of all events has everything up to here from before. */
  #logFrom = 1;
  #report: (difference: string) => void;
  #pairs: Pair[] = [];
  #log: ReceivedEvent[] = [];
  #state: StoreState;

  constructor(a: RawClient, b: RawClient, state: StoreState, report: (difference: string) => void) {
    this.#clients = [a, b];
    this.#state = state;
    this.#report = report;
  }

  /** Opens the log of all events (pair 0), the shared streams, and a set of watchers that live for the whole run. */
  async open(): Promise<void> {
    this.#logFrom = this.#state.revision;
    this.#pairs.push(this.#newPair((event) => this.#log.push(event)));
    const everything = { key: Buffer.from([0]), range_end: Buffer.from([0]) };
    await this.#createOn(0, { ...everything, start_revision: this.#logFrom === 1 ? 1 : this.#logFrom + 1 });
    for (let i = 0; i < SHARED_STREAMS; i++) this.#pairs.push(this.#newPair());
    const key = (text: string): Buffer => Buffer.from(text, 'latin1');
    const lifelong: Message[] = [
      { ...everything },
      { ...everything, prev_kv: true, fragment: true },
      { ...everything, filters: [0], prev_kv: true },
      { ...everything, filters: [1], progress_notify: true },
      { ...everything, start_revision: 40 },
      { key: key('a') },
      {
        key: key('c/'),
        range_end: key('c0'),
        start_revision: Math.max(1, this.#state.compacted),
        prev_kv: true,
      },
      { key: key('b'), range_end: key('\0'), filters: [7], progress_notify: true },
    ];
    for (const request of lifelong)
      await this.create({ kind: 'watch-create', label: 'watch, lifelong', request });
  }

  async create(operation: WatchCreateOperation): Promise<void> {
    if (operation.sharedStream !== undefined) {
      await this.#createOn(1 + operation.sharedStream, operation.request);
      return;
    }
    const index = this.#pairs.push(this.#newPair()) - 1;
    await this.#createOn(index, operation.request);
    if (this.#pairs[index]!.models.size === 0) this.#closePair(index);
    else if (this.#alive().length > WATCHERS_MAX)
      await this.cancel({ kind: 'watch-cancel', label: '', pick: index });
  }

  async cancel(operation: WatchCancelOperation): Promise<void> {
    const alive = this.#alive();
    if (alive.length === 0) return;
    const [index, model] = alive[operation.pick % alive.length]!;
    await this.settle();
    const pair = this.#pairs[index]!;
    await this.#control(pair, encode('WatchRequest', { cancel_request: { watch_id: model.id } }), 'cancel');
    pair.models.delete(model.id);
    if (index > SHARED_STREAMS && pair.models.size === 0) this.#closePair(index);
  }

  silent(operation: WatchSilentOperation): void {
    const pair = this.#pairs[1 + operation.sharedStream]!;
    pair.a.send(operation.body);
    pair.b.send(operation.body);
  }

  /** A manual progress request: answered when every watcher of the stream has caught up, never answered otherwise. */
  async progress(operation: WatchProgressOperation): Promise<void> {
    const alive = this.#alive();
    if (alive.length === 0) return;
    const [index] = alive[operation.pick % alive.length]!;
    await this.settle();
    const pair = this.#pairs[index]!;
    const models = [...pair.models.values()];
    const isBlocked = models.some(
      (model) => model.isCompacted || model.startRevision > this.#state.revision + 1,
    );
    const [before, beforeB] = [pair.a.progress.length, pair.b.progress.length];
    const answered = (): boolean => pair.a.progress.length > before && pair.b.progress.length > beforeB;
    const body = encode('WatchRequest', { progress_request: {} });
    for (let waited = 0; waited < ANSWER_TIMEOUT_MS && !answered(); waited += PROGRESS_POLL_MS) {
      pair.a.send(body);
      pair.b.send(body);
      await waitUntil(answered, isBlocked ? SILENCE_MS : PROGRESS_POLL_MS);
      if (isBlocked) break;
    }
    const [a, b] = [pair.a.progress.at(-1), pair.b.progress.at(-1)];
    const [countA, countB] = [pair.a.progress.length - before, pair.b.progress.length - beforeB];
    if (countA > 0 !== countB > 0) {
      this.#report(
        `manual progress on stream ${index} (${describe(models)}): a answers ${countA} times, b ${countB} times`,
      );
    } else if (countA > 0 && a !== b) {
      this.#report(`manual progress on stream ${index}: a ${a}, b ${b}`);
    }
  }

  /** A barrier after which no watcher reads history any more, so that a compaction cancels none of them by chance. */
  async settleHistory(): Promise<void> {
    await this.settle();
    const now = Date.now();
    const since = this.#alive().map(([, model]) =>
      model.readsHistory && model.expected === 0 ? now - model.createdAtMs : now,
    );
    const youngest = Math.min(now, ...since);
    if (youngest < CATCH_UP_MS) await sleep(CATCH_UP_MS - youngest);
  }

  /** Waits for all deliveries up to the current revision and compares them. */
  async settle(): Promise<void> {
    const { revision } = this.#state;
    const log = this.#pairs[0]!;
    const isOld = revision === this.#logFrom;
    const reached = (side: WatchSide): boolean =>
      isOld || (side.watchers.get(0)?.lastRevision ?? 0) >= revision;
    const inTime = await waitUntil(() => reached(log.a) && reached(log.b), ANSWER_TIMEOUT_MS);
    if (!inTime) {
      const [a, b] = [log.a, log.b].map((side) => side.watchers.get(0)?.lastRevision);
      this.#report(`the log of all events does not reach revision ${revision}: a is at ${a}, b at ${b}`);
    }
    for (const [index, model] of this.#alive(true)) await this.#compareWatcher(index, model);
    for (const [index, pair] of this.#pairs.entries()) {
      this.#compareControls(index, pair);
      pair.a.caughtUp();
      pair.b.caughtUp();
    }
  }

  async close(): Promise<void> {
    await this.settle();
    for (const index of this.#pairs.keys()) this.#closePair(index);
  }

  /** Leaves all streams and opens new ones, to servers that were started again. */
  async reopen(clients: readonly [RawClient, RawClient]): Promise<void> {
    this.#clients = clients;
    this.#pairs = [];
    await this.open();
  }

  /** Number of fragments that each side has received so far. */
  fragments(): readonly [number, number] {
    const count = (side: WatchSide): number =>
      [...side.watchers.values()].reduce((sum, w) => sum + w.fragments, 0);
    return [
      this.#pairs.reduce((sum, pair) => sum + count(pair.a), 0),
      this.#pairs.reduce((sum, pair) => sum + count(pair.b), 0),
    ];
  }

  #newPair(onEvent?: (event: ReceivedEvent) => void): Pair {
    const [a, b] = this.#clients;
    return {
      a: new WatchSide(a, onEvent),
      b: new WatchSide(b),
      models: new Map(),
      controlsCompared: 0,
      faultsTold: 0,
    };
  }

  #closePair(index: number): void {
    const pair = this.#pairs[index]!;
    this.#compareControls(index, pair);
    pair.models.clear();
    pair.a.close();
    pair.b.close();
  }

  async #createOn(index: number, request: Message): Promise<void> {
    const pair = this.#pairs[index]!;
    const start = Number(request['start_revision'] ?? 0);
    await this.#control(pair, encode('WatchRequest', { create_request: request }), 'create', start === 0);
    if (pair.a.lastWasRefused || pair.b.lastWasRefused) return;
    this.watchersCreated++;
    const id = pair.a.lastCreatedId;
    const createdRevision = pair.a.lastCreatedRevision;
    pair.models.set(id, {
      streamIndex: index,
      id,
      request,
      startRevision: start > 0 ? start : createdRevision + 1,
      createdRevision,
      compactedAtCreation: this.#state.compacted,
      isCompacted: start > 0 && start < this.#state.compacted,
      readsHistory: start > 0 && start <= createdRevision,
      createdAtMs: Date.now(),
      isReported: false,
      logAt: 0,
      expected: 0,
      compared: 0,
    });
  }

  /** Sends a request that is answered and waits for the answer of both. */
  async #control(pair: Pair, body: Uint8Array, what: string, live = false): Promise<void> {
    const [before, beforeB] = [pair.a.controls.length, pair.b.controls.length];
    pair.a.send(body, live);
    pair.b.send(body, live);
    const answered = (): boolean => pair.a.controls.length > before && pair.b.controls.length > beforeB;
    if (await waitUntil(answered, ANSWER_TIMEOUT_MS, 1)) {
      this.#compareControls(this.#pairs.indexOf(pair), pair);
      return;
    }
    this.#report(
      `watch ${what} not answered: a ${pair.a.controls.length - before} answers, b ${pair.b.controls.length - beforeB}` +
        `${endings(pair)}`,
    );
  }

  /** The watchers that a test may still choose; with `all`, the lifelong ones of the log too. */
  #alive(all = false): [number, WatcherModel][] {
    const found: [number, WatcherModel][] = [];
    for (const [index, pair] of this.#pairs.entries()) {
      if (index === 0 && !all) continue;
      for (const model of pair.models.values()) found.push([index, model]);
    }
    return found;
  }

  async #compareWatcher(index: number, model: WatcherModel): Promise<void> {
    if (model.isReported) return;
    const pair = this.#pairs[index]!;
    const [a, b] = [pair.a.watchers.get(model.id), pair.b.watchers.get(model.id)];
    if (a === undefined || b === undefined) return; // The created response was reported as a difference.
    const expected = countExpected(model, this.#log);
    const complete = (side: ReceivedWatcher): boolean => {
      this.superseded += dropSuperseded(model, this.#log, side.events);
      return model.isCompacted ? side.compacted !== undefined : side.events.length >= expected;
    };
    const inTime = await waitUntil(() => complete(a) && complete(b), ANSWER_TIMEOUT_MS, 1);
    const where = `watcher ${index}/${model.id} ${describe([model])}`;
    if (!inTime || a.events.length > expected || b.events.length > expected) {
      model.isReported = true;
      this.#report(
        `${where}: ${model.isCompacted ? 'must be canceled as compacted' : `must have ${expected} events`}; ` +
          `a has ${a.events.length}${a.compacted ?? ''}, b has ${b.events.length}${b.compacted ?? ''}${endings(pair)}`,
      );
    }
    if (a.compacted !== b.compacted && !model.isReported) {
      model.isReported = true;
      this.#report(`${where}: a ${a.compacted}, b ${b.compacted}`);
    }
    for (; model.compared < Math.min(a.events.length, b.events.length); model.compared++) {
      this.eventsCompared++;
      const [x, y] = [a.events[model.compared]!.text, b.events[model.compared]!.text];
      if (x !== y) this.#report(`${where}, event ${model.compared}:\n    a ${x}\n    b ${y}`);
    }
  }

  #compareControls(index: number, pair: Pair): void {
    const { a, b } = pair;
    for (; pair.controlsCompared < Math.min(a.controls.length, b.controls.length); pair.controlsCompared++) {
      const [x, y] = [a.controls[pair.controlsCompared], b.controls[pair.controlsCompared]];
      if (x !== y) this.#report(`control answer on stream ${index}:\n    a ${x}\n    b ${y}`);
    }
    const faults = [...a.faults.map((fault) => `a: ${fault}`), ...b.faults.map((fault) => `b: ${fault}`)];
    for (const fault of faults.slice(pair.faultsTold))
      this.#report(`broken promise on stream ${index}, ${fault}`);
    pair.faultsTold = faults.length;
  }
}

function describe(models: readonly WatcherModel[]): string {
  return models
    .map(
      (model) =>
        `start ${model.startRevision} created at ${model.createdRevision} compacted ${model.compactedAtCreation}`,
    )
    .join('; ');
}

function endings(pair: Pair): string {
  const end = (name: string, side: WatchSide): string =>
    side.ended === undefined ? '' : `; ${name}'s stream ended: ${side.ended.code} ${side.ended.message}`;
  return end('a', pair.a) + end('b', pair.b);
}
