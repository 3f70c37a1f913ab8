/** The services of locks and elections on a real store, with time and the log in the hands of the test. */
import { Cluster } from '../../membership/index.js';
import { Store, WatchableStore } from '../../mvcc/index.js';
import { EntryKind } from '../../raft/index.js';
import type { ReadContinuation, Waiter } from '../../server/index.js';
import { StateMachine } from '../../state-machine/index.js';
import { CLUSTER_ID, MEMBER_ID } from '../../state-machine/state-machine-fixture.conformance.js';
import { ByteWriter, decodeLatin1, encodeUtf8 } from '../../stdx/index.js';
import { MemoryBackend } from '../../storage/index.js';
import type { MethodHandler } from '../../transport/index.js';
import {
  CompactionRequest,
  encodeReplicatedRequest,
  HeaderEncoder,
  LeaseGrantRequest,
  type MessageType,
  ReplicatedRequestView,
  RequestKind,
} from '../../wire/index.js';
import type { ApiContext } from './context.js';
import { electionService } from './election.js';
import { lockService } from './lock.js';
import { FakeCall, FakeMember, type Proposed } from './service-fixture.conformance.js';

class QueueMember extends FakeMember {
  override readonly options = { clusterId: CLUSTER_ID, memberId: MEMBER_ID, electionMs: 1000 };
  readonly deferred: (() => void)[] = [];
  override readonly clock = {
    now: () => 0,
    wallTime: () => 0,
    setTimer: () => ({ cancel: () => undefined }),
    defer: (fn: () => void) => void this.deferred.push(fn),
  };
  readonly leases = { prepareGrant: ({ ttl }: LeaseGrantRequest) => ({ id: 0xabcn, ttl }) };
  /** Given to reads; undefined lets them go on. */
  unreadable: Parameters<ReadContinuation>[0];

  readCount = 0;

  override readBarrier(read: ReadContinuation): void {
    this.readCount++;
    read(this.unreadable);
  }
}

export class QueueFixture {
  readonly member = new QueueMember();
  readonly store: Store;
  readonly watchable: WatchableStore;
  readonly machine: StateMachine;
  readonly #methods: ReadonlyMap<string, MethodHandler>;

  constructor() {
    const backend = new MemoryBackend();
    let watchable: WatchableStore | undefined;
    const commitListener = {
      onCommit: (committed: Parameters<WatchableStore['onCommit']>[0]) => watchable?.onCommit(committed),
      onReplaced: () => watchable?.onReplaced(),
    };
    this.store = new Store(backend, { commitListener });
    this.store.restore();
    watchable = new WatchableStore(this.store, { defer: (fn) => this.member.clock.defer(fn) });
    this.watchable = watchable;
    const header = new HeaderEncoder(CLUSTER_ID, MEMBER_ID);
    this.machine = new StateMachine(this.store, new Cluster(), header);
    this.machine.restore(backend);
    const context = {
      member: this.member,
      machine: this.machine,
      options: { maxTxnOps: 128, version: '3.6.0' },
      scratch: new ByteWriter(),
    } as unknown as ApiContext;
    this.#methods = new Map([...lockService(context, watchable), ...electionService(context, watchable)]);
    for (const id of [1n, 2n, 3n]) {
      this.apply(RequestKind.LEASE_GRANT, LeaseGrantRequest.toBytes({ id, ttl: 60 }));
    }
  }

  /** Asks, and lets nothing happen yet. */
  begin<T>(path: string, type: MessageType<T>, request: Partial<T>, call = new FakeCall()): FakeCall {
    const method = this.#methods.get(path)!;
    const message = type.toBytes(type.create(request));
    method.handle(call, message, 0, message.length);
    if (method.kind === 'stream') call.onMessage?.(message, 0, message.length);
    return call;
  }

  /** Asks, and goes on until everything waits for something else. */
  call<T>(path: string, type: MessageType<T>, request: Partial<T>, call = new FakeCall()): FakeCall {
    this.begin(path, type, request, call);
    this.settle();
    return call;
  }

  settle(): void {
    const { proposed, deferred } = this.member;
    while (proposed.length > 0 || deferred.length > 0) {
      for (const { kind, body, waiter } of proposed.splice(0) as Proposed[]) this.apply(kind, body, waiter);
      for (const fn of deferred.splice(0)) fn();
    }
  }

  apply(kind: RequestKind, body: Uint8Array, waiter?: Waiter): void {
    const data = encodeReplicatedRequest(kind, 1, undefined, body, 0, body.length);
    const request = new ReplicatedRequestView();
    request.decode(data, 0, data.length);
    const out = new ByteWriter();
    const index = this.machine.appliedIndex + 1;
    const refusal = this.machine.apply({ index, term: 3, kind: EntryKind.NORMAL, data }, request, out);
    if (refusal === undefined) waiter?.reply(out.buf, 0, out.len);
    else waiter?.finish(refusal.code, refusal.message);
  }

  compact(revision: number): void {
    this.apply(RequestKind.COMPACTION, CompactionRequest.toBytes({ revision, physical: false }));
  }

  /** All keys there are. */
  keys(): string[] {
    const found: string[] = [];
    const first = new Uint8Array(1);
    this.store.forEachInRange(first, 0, 1, first, 0, 1, (kv) => {
      found.push(decodeLatin1(kv.buf.subarray(kv.keyStart, kv.keyEnd)));
      return true;
    });
    return found;
  }
}

/** The caller has gone. */
export function cancel(call: FakeCall): void {
  call.finished = true;
  call.onCancel?.();
}

export const NAME = encodeUtf8('n');
