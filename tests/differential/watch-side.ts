/** One endpoint's half of a watch stream: what came, sorted by watcher, with the promises checked that hold on each side alone. */
import { decode, type Message, type RawClient, type RawStream, render } from '../harness/index.js';
import { withoutIds } from './answer.js';

const WATCH_PATH = '/etcdserverpb.Watch/Watch';
const REVISIONS_PER_RESPONSE_MAX = 1000;
/** Below this, received in one burst, no live watcher falls behind: it is less than the client's window. */
const BURST_BYTES_MAX = 40_000;

export interface ReceivedWatcher {
  readonly id: number;
  /** Every response must carry one revision and name it in its header: the watcher never had to catch up. */
  readonly live: boolean;
  /** In order. */
  readonly events: ReceivedEvent[];
  /** `mod_revision` of the last event. */
  lastRevision: number;
  /** Text of the response that ended it because of a compaction. */
  compacted: string | undefined;
  canceled: boolean;
  /** A series of fragments is open. */
  inFragments: boolean;
  fragments: number;
}

export interface ReceivedEvent {
  /** All of it, comparable. */
  readonly text: string;
  readonly key: Buffer;
  readonly modRevision: number;
  readonly isDelete: boolean;
}

export class WatchSide {
  /** Answers to control requests, in order. */
  readonly controls: string[] = [];
  /** Manual progress answers (watch_id -1). */
  readonly progress: string[] = [];
  /** Current watchers by id. */
  readonly watchers = new Map<number, ReceivedWatcher>();
  /** Broken promises: each is a difference from what etcd guarantees. */
  readonly faults: string[] = [];
  lastCreatedId = -1;
  lastCreatedRevision = 0;
  lastWasRefused = false;
  #stream: RawStream;
  #nextIsLive = false;
  #burstBytes = 0;
  #onEvent: ((event: ReceivedEvent) => void) | undefined;

  constructor(client: RawClient, onEvent?: (event: ReceivedEvent) => void) {
    this.#onEvent = onEvent;
    this.#stream = client.stream(WATCH_PATH, (body) => this.#receive(body));
  }

  get ended(): { code: number; message: string } | undefined {
    return this.#stream.ended;
  }

  /** @param live whether the next create starts at the current revision. */
  send(body: Uint8Array, live = false): void {
    this.#nextIsLive = live;
    this.#stream.send(body);
  }

  /** Everything sent so far has arrived. */
  caughtUp(): void {
    this.#burstBytes = 0;
  }

  close(): void {
    this.#stream.cancel();
  }

  #receive(body: Buffer): void {
    let response: Message;
    try {
      response = decode('WatchResponse', body);
    } catch (error) {
      this.faults.push(`undecodable response (${error}): ${body.toString('hex').slice(0, 200)}`);
      return;
    }
    const id = Number(response['watch_id'] ?? 0);
    const events = (response['events'] ?? []) as Message[];
    const text = render(withoutIds(response), true);
    if (response['header'] === undefined) this.faults.push(`no header: ${text}`);
    if (response['created'] === true) this.#created(response, id, text);
    else if (response['canceled'] === true) this.#canceled(response, id, text);
    else if (events.length > 0) this.#events(response, id, events, body.length);
    else if (id === -1) this.progress.push(text);
    else if (!this.watchers.has(id)) this.faults.push(`progress of no watcher: ${text}`);
  }

  #created(response: Message, id: number, text: string): void {
    this.controls.push(text);
    this.lastWasRefused = response['canceled'] === true;
    this.lastCreatedId = id;
    this.lastCreatedRevision = Number((response['header'] as Message | undefined)?.['revision'] ?? 0);
    if (this.lastWasRefused) return;
    if (this.watchers.get(id)?.canceled === false)
      this.faults.push(`second watcher with the same id: ${text}`);
    this.watchers.set(id, {
      id,
      live: this.#nextIsLive,
      events: [],
      lastRevision: 0,
      compacted: undefined,
      canceled: false,
      inFragments: false,
      fragments: 0,
    });
  }

  #canceled(response: Message, id: number, text: string): void {
    const watcher = this.watchers.get(id);
    if (watcher === undefined) {
      this.faults.push(`cancel of no watcher: ${text}`);
      return;
    }
    if (Number(response['compact_revision'] ?? 0) !== 0) {
      if (watcher.compacted !== undefined) this.faults.push(`second cancel by compaction: ${text}`);
      watcher.compacted = text;
      return;
    }
    watcher.canceled = true;
    this.controls.push(text);
  }

  #events(response: Message, id: number, events: readonly Message[], bytes: number): void {
    const watcher = this.watchers.get(id);
    if (watcher === undefined || watcher.canceled || watcher.compacted !== undefined) {
      this.faults.push(`${events.length} events for watcher ${id}, which is not alive`);
      return;
    }
    const headerRevision = Number((response['header'] as Message | undefined)?.['revision'] ?? 0);
    const revisions = new Set<number>();
    for (const event of events) {
      const kv = event['kv'] as Message;
      const modRevision = Number(kv['mod_revision']);
      revisions.add(modRevision);
      const received = {
        text: render(event, true),
        key: (kv['key'] as Buffer) ?? Buffer.alloc(0),
        modRevision,
        isDelete: event['type'] === 1,
      };
      watcher.events.push(received);
      this.#onEvent?.(received);
    }
    this.#checkOrder(watcher, [...revisions], headerRevision, bytes);
    const more = response['fragment'] === true;
    if (more || watcher.inFragments) watcher.fragments++;
    watcher.inFragments = more;
  }

  #checkOrder(
    watcher: ReceivedWatcher,
    revisions: readonly number[],
    headerRevision: number,
    bytes: number,
  ): void {
    const where = `watcher ${watcher.id}, revisions ${revisions.slice(0, 5).join(',')}${revisions.length > 5 ? '…' : ''}`;
    for (const revision of revisions) {
      const isContinued = watcher.inFragments && revision === watcher.lastRevision;
      if (revision <= watcher.lastRevision && !isContinued) {
        this.faults.push(
          `${where}: after ${watcher.lastRevision}: out of order, or one revision in two responses`,
        );
      }
      watcher.lastRevision = revision;
    }
    if (headerRevision < watcher.lastRevision) {
      this.faults.push(`${where}: header revision ${headerRevision} is below`);
    }
    if (revisions.length > REVISIONS_PER_RESPONSE_MAX) {
      this.faults.push(`${where}: ${revisions.length} revisions in one response`);
    }
    // A stream whose window is full falls behind, and then catches up as one that reads history: large answers may do that.
    this.#burstBytes += bytes;
    const mayLag = this.#burstBytes > BURST_BYTES_MAX;
    if (watcher.live && !mayLag && (revisions.length !== 1 || headerRevision !== revisions[0])) {
      this.faults.push(
        `${where}: live, but header revision ${headerRevision} of ${revisions.length} revisions`,
      );
    }
  }
}
