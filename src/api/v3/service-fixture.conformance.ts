/** Services on a fake member and a real state machine, called without a connection. */
import assert from 'node:assert/strict';
import { MemberCounters, type ReadContinuation, type Waiter } from '../../server/index.js';
import type { Refusal } from '../../state-machine/index.js';
import {
  CLUSTER_ID,
  MEMBER_ID,
  StateMachineFixture,
} from '../../state-machine/state-machine-fixture.conformance.js';
import { ByteWriter } from '../../stdx/index.js';
import type { MethodHandler, StreamCall } from '../../transport/index.js';
import { HeaderEncoder, type MessageType, type RequestKind } from '../../wire/index.js';
import type { ApiContext } from './context.js';

/** What a service has answered. */
export class FakeCall implements StreamCall {
  readonly path = '/test';
  readonly timeoutMs = Infinity;
  readonly remoteAddress = 'test';
  readonly bufferedBytes = 0;
  readonly messages: Uint8Array[] = [];
  status: string | undefined;
  finished = false;
  onCancel: (() => void) | undefined;
  onMessage: ((message: Uint8Array, start: number, end: number) => void) | undefined;
  onHalfClose: (() => void) | undefined;
  onDrain: (() => void) | undefined;
  readonly #metadata: Readonly<Record<string, string>>;

  constructor(metadata: Readonly<Record<string, string>> = {}) {
    this.#metadata = metadata;
  }

  metadata(name: string): string | undefined {
    return this.#metadata[name];
  }

  reply(message: Uint8Array, start: number, end: number): void {
    if (this.finished) return;
    this.send(message, start, end);
    this.finish(0, '');
  }

  send(message: Uint8Array, start: number, end: number): boolean {
    this.messages.push(message.slice(start, end));
    return true;
  }

  finish(code: number, message: string): void {
    if (this.finished) return;
    this.finished = true;
    this.status = `${code} ${message}`.trim();
  }

  pause(): void {}

  resume(): void {}

  /** The one message of an answer with status 0. */
  answer<T>(type: MessageType<T>): T {
    assert.deepEqual([this.status, this.messages.length], ['0', 1]);
    return type.decode(this.messages[0]!);
  }
}

export interface Proposed {
  readonly kind: RequestKind;
  readonly body: Uint8Array;
  readonly waiter: Waiter;
}

/** A member that does nothing but remember what it was asked. */
export class FakeMember {
  readonly options = { clusterId: CLUSTER_ID, memberId: MEMBER_ID };
  readonly header = new HeaderEncoder(CLUSTER_ID, MEMBER_ID);
  hasLeader = true;
  leader = MEMBER_ID;
  term = 4;
  commitIndex = 17;
  readsAreLocal = false;
  isLearner = false;
  readonly clock = { now: () => 0, defer: (work: () => void): void => work() };
  readonly counters = new MemberCounters();
  /** The room there is, and who waits for the alarm that there is none. */
  quotaBytes = 2 ** 31;
  readonly raising: (() => void)[] = [];
  readonly guard = {
    quota: {
      bytes: 2 ** 31,
      hasRoomFor: (cost: number): boolean => cost === 0 || cost < this.quotaBytes,
    },
    raiseNoSpace: (done: () => void): void => void this.raising.push(done),
  };
  readonly proposed: Proposed[] = [];
  readonly reads: ReadContinuation[] = [];
  readonly transfers: { to: bigint; done: (refusal: Refusal | undefined) => void }[] = [];
  readonly compactions: { revision: number; done: (refusal: Refusal | undefined) => void }[] = [];

  propose(kind: RequestKind, body: Uint8Array, start: number, end: number, waiter: Waiter): void {
    this.proposed.push({ kind, body: body.slice(start, end), waiter });
  }

  readBarrier(read: ReadContinuation): void {
    this.reads.push(read);
  }

  transferLeadership(to: bigint, done: (refusal: Refusal | undefined) => void): void {
    this.transfers.push({ to, done });
  }

  whenCompacted(revision: number, done: (refusal: Refusal | undefined) => void): void {
    this.compactions.push({ revision, done });
  }
}

export class ServiceFixture {
  readonly member = new FakeMember();
  readonly state = new StateMachineFixture();
  readonly context = {
    member: this.member,
    machine: this.state.machine,
    options: { maxTxnOps: 128, version: '3.6.0' },
    scratch: new ByteWriter(),
  } as unknown as ApiContext;
  readonly #methods: ReadonlyMap<string, MethodHandler>;

  constructor(service: (context: ApiContext) => [string, MethodHandler][]) {
    this.#methods = new Map(service(this.context));
  }

  /** Calls a method with bytes that stand in the middle of a larger buffer. */
  callBytes(path: string, message: Uint8Array, metadata: Readonly<Record<string, string>> = {}): FakeCall {
    return this.#callBytesWith(new FakeCall(metadata), path, message);
  }

  /** A call whose other end the test plays. */
  callWith<T>(call: FakeCall, path: string, type: MessageType<T>, request: Partial<T>): void {
    this.#callBytesWith(call, path, type.toBytes(type.create(request)));
  }

  #callBytesWith(call: FakeCall, path: string, message: Uint8Array): FakeCall {
    const method = this.#methods.get(path);
    assert.ok(method !== undefined, path);
    const padded = new Uint8Array(message.length + 9).fill(0xff);
    padded.set(message, 5);
    if (method.kind === 'unary') {
      method.handle(call, padded, 5, 5 + message.length);
    } else {
      method.handle(call);
      call.onMessage?.(padded, 5, 5 + message.length);
    }
    return call;
  }

  call<T>(
    path: string,
    type: MessageType<T>,
    request: Partial<T>,
    metadata: Readonly<Record<string, string>> = {},
  ): FakeCall {
    return this.callBytes(path, type.toBytes(type.create(request)), metadata);
  }
}
