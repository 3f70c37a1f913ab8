/**
 * One LeaseKeepAlive stream. Its requests are answered in order; those that arrive in one turn, or while others are under
 * way, are renewed together. A client with ten thousand leases sends them all on one stream.
 */
import { Reason, type Refusal } from '../../state-machine/index.js';
import type { StreamCall } from '../../transport/index.js';
import { LeaseKeepAliveRequest } from '../../wire/index.js';
import { type ApiContext, emptyScratch, refuse, refuseMalformedMessage } from './context.js';
import { deniedNow } from './credentials.js';
import type { LeaderDependent, LeaderMonitor } from './leader-monitor.js';
import { KEEP_ALIVES_WAITING_MAX } from './limits.js';

export class KeepAliveStream implements LeaderDependent {
  readonly #context: ApiContext;
  readonly #call: StreamCall;
  readonly #monitor: LeaderMonitor;
  /** Requests that wait, and the revisions at which they came: answers show those, never newer ones. */
  #ids: bigint[] = [];
  #revisions: number[] = [];
  /** A batch is under way, or will be at the end of the turn. */
  #isBusy = false;
  #isPaused = false;
  /** The client reads too slowly. */
  #isBlocked = false;
  #isHalfClosed = false;
  #isEnded = false;

  constructor(context: ApiContext, call: StreamCall, monitor: LeaderMonitor) {
    this.#context = context;
    this.#call = call;
    this.#monitor = monitor;
    call.onMessage = (buf, start, end) => this.#onMessage(buf, start, end);
    call.onHalfClose = () => this.#onHalfClose();
    call.onDrain = () => this.#onDrain();
    call.onCancel = () => this.#end();
    if (call.metadata('hasleader') === 'true') monitor.add(this);
  }

  onLeaderLost(): void {
    this.#finish(Reason.NO_LEADER);
  }

  #onMessage(buf: Uint8Array, start: number, end: number): void {
    if (this.#isEnded) return;
    try {
      const { id } = LeaseKeepAliveRequest.decode(buf, start, end);
      const { permissions } = this.#context.machine;
      const denied = deniedNow(this.#context, this.#call, (who) => permissions.changeLease(who, id));
      if (denied !== undefined) return this.#finish(denied);
      this.#ids.push(id);
      this.#revisions.push(this.#context.machine.store.revision);
    } catch (error) {
      this.#end();
      refuseMalformedMessage(this.#call, error);
      return;
    }
    if (this.#ids.length >= KEEP_ALIVES_WAITING_MAX) {
      this.#isPaused = true;
      this.#call.pause();
    }
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.#context.member.clock.defer(() => this.#renew());
  }

  #onHalfClose(): void {
    this.#isHalfClosed = true;
    if (!this.#isBusy) this.#finish(undefined);
  }

  #onDrain(): void {
    if (this.#isEnded || !this.#isBlocked) return;
    this.#isBlocked = false;
    this.#renew();
  }

  #renew(): void {
    if (this.#isEnded) return;
    const ids = this.#ids;
    const revisions = this.#revisions;
    if (ids.length === 0) {
      this.#isBusy = false;
      if (this.#isHalfClosed) this.#finish(undefined);
      return;
    }
    this.#ids = [];
    this.#revisions = [];
    if (this.#isPaused) {
      this.#isPaused = false;
      this.#call.resume();
    }
    this.#context.member.leases.renew(ids, (answer) => {
      if (this.#isEnded) return;
      if ('message' in answer) return this.#finish(answer);
      this.#isBlocked = !this.#send(ids, revisions, answer);
      if (!this.#isBlocked) this.#context.member.clock.defer(() => this.#renew());
    });
  }

  /** Returns whether there is room for more. */
  #send(ids: readonly bigint[], revisions: readonly number[], ttls: readonly number[]): boolean {
    const { member, machine } = this.#context;
    let hasRoom = true;
    for (let i = 0; i < ids.length; i++) {
      const scratch = emptyScratch(this.#context);
      member.header.write(scratch, revisions[i]!, machine.appliedTerm);
      scratch.int64Field(2, ids[i]!);
      scratch.intField(3, ttls[i]!);
      hasRoom = this.#call.send(scratch.buf, 0, scratch.len);
    }
    return hasRoom;
  }

  #finish(refusal: Refusal | undefined): void {
    if (this.#isEnded) return;
    this.#end();
    if (refusal === undefined) this.#call.finish(0, '');
    else refuse(this.#call, refusal);
  }

  #end(): void {
    this.#isEnded = true;
    this.#monitor.remove(this);
  }
}
