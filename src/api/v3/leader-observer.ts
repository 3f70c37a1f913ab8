/**
 * Tells a stream who leads an election and what the leader says, from now on. A caller that reads slowly misses leaders and
 * words in between at most when the leader changes; the latest always comes.
 */
import {
  EVENT_DELETE,
  EVENT_PUT,
  type EventPieces,
  type WatchableStore,
  type Watcher,
  type WatchReader,
  type WatchSink,
} from '../../mvcc/index.js';
import { Reason, type Refusal } from '../../state-machine/index.js';
import { ByteWriter, copyOf, EMPTY_BYTES } from '../../stdx/index.js';
import { Status, type StreamCall } from '../../transport/index.js';
import { type Event, EventType, type KeyValue, LeaderResponse, WatchResponse } from '../../wire/index.js';
import { always, type CallerKv, firstFound } from './caller-kv.js';
import type { LeaderDependent, LeaderMonitor } from './leader-monitor.js';
import { type KeyInterval, oldestIn } from './queue-keys.js';

export interface LeaderObserverParts {
  readonly store: WatchableStore;
  readonly monitor: LeaderMonitor;
}

function eventsOf(pieces: EventPieces): readonly Event[] {
  const out = new ByteWriter(pieces.bytes);
  pieces.writeTo(out);
  return WatchResponse.decode(out.buf, 0, out.len).events;
}

export class LeaderObserver implements WatchSink, WatchReader, LeaderDependent {
  readonly reader: WatchReader = this;
  readonly #kv: CallerKv;
  readonly #call: StreamCall;
  readonly #parts: LeaderObserverParts;
  readonly #keys: KeyInterval;
  #watcher: Watcher | undefined;
  /** Of one leader's key, rather than for the first key of the election. */
  #isFollowing = false;
  /** What the watcher brings does not count any more. */
  #isMovingOn = false;
  #isOver = false;
  #ready = true;

  constructor(kv: CallerKv, call: StreamCall, parts: LeaderObserverParts, keys: KeyInterval) {
    this.#kv = kv;
    this.#call = call;
    this.#parts = parts;
    this.#keys = keys;
  }

  get ready(): boolean {
    return this.#ready;
  }

  begin(): void {
    const call = this.#call;
    call.onCancel = () => this.#end();
    call.onDrain = () => {
      if (this.#ready || this.#isOver) return;
      this.#ready = true;
      this.#parts.store.resume(this);
    };
    if (call.metadata('hasleader') === 'true') this.#parts.monitor.add(this);
    this.#kv.onRefused = (refusal) => this.#refused(refusal);
    this.#read();
  }

  onLeaderLost(): void {
    this.#end();
    this.#call.finish(Reason.NO_LEADER.code, Reason.NO_LEADER.message);
  }

  deliver(revision: number, pieces: EventPieces): void {
    if (this.#isMovingOn) return;
    for (const { type, kv } of eventsOf(pieces)) {
      if (type === EventType.DELETE) return this.#moveOn(() => this.#read());
      if (!this.#isFollowing) {
        this.#send(kv!.modRevision, kv!);
        return this.#moveOn(() => this.#follow(kv!.key, kv!.modRevision + 1));
      }
      this.#send(revision, kv!);
    }
  }

  /** What was said meanwhile is lost, but not what is said now. */
  compacted(): void {
    this.#moveOn(() => this.#read());
  }

  #read(): void {
    this.#kv.txn(always(oldestIn(this.#keys)), (answer) => {
      if (this.#isOver) return;
      const { revision } = answer.header!;
      const kv = firstFound(answer, 0);
      if (kv === undefined) {
        this.#isFollowing = false;
        this.#watch({ ...this.#keys, startRevision: revision + 1, eventMask: EVENT_PUT });
      } else {
        this.#send(revision, kv);
        this.#follow(kv.key, revision + 1);
      }
    });
  }

  #follow(key: Uint8Array, startRevision: number): void {
    this.#isFollowing = true;
    const eventMask = EVENT_PUT | EVENT_DELETE;
    this.#watch({ key: copyOf(key), rangeEnd: EMPTY_BYTES, startRevision, eventMask });
  }

  #watch(spec: KeyInterval & { readonly startRevision: number; readonly eventMask: number }): void {
    this.#watcher = this.#parts.store.watch({ ...spec, prevKv: false }, this);
  }

  /** In a turn of its own: the store is handing out events now. */
  #moveOn(next: () => void): void {
    if (this.#isMovingOn) return;
    this.#isMovingOn = true;
    this.#kv.context.member.clock.defer(() => {
      this.#isMovingOn = false;
      if (this.#isOver) return;
      this.#stopWatching();
      next();
    });
  }

  #send(revision: number, kv: KeyValue): void {
    const { member, machine } = this.#kv.context;
    const { clusterId, memberId } = member.options;
    const header = { clusterId, memberId, revision, raftTerm: machine.appliedTerm };
    const message = LeaderResponse.toBytes({ header, kv });
    if (!this.#call.send(message, 0, message.length)) this.#ready = false;
  }

  /** etcd ends the stream without a word; but whoever could go on elsewhere, or later, should know. */
  #refused({ code, message }: Refusal): void {
    this.#end();
    if (code === Status.UNAVAILABLE) this.#call.finish(code, message);
    else this.#call.finish(Status.OK, '');
  }

  #stopWatching(): void {
    if (this.#watcher !== undefined) this.#parts.store.cancel(this.#watcher);
    this.#watcher = undefined;
  }

  #end(): void {
    this.#isOver = true;
    this.#stopWatching();
    this.#parts.monitor.remove(this);
  }
}
