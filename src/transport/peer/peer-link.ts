/**
 * Our way to one peer: two lanes, each a TCP connection of its own.
 *
 * One connection with two streams would not do. What HTTP/2 could still reorder is only what has not reached the
 * socket, but up to a mebibyte in the process and several in the kernel are beyond that, and on a link of 10 Mbit/s
 * four mebibytes are three seconds: three election time-outs in which no heartbeat arrives. Two connections share the
 * link fairly, packet by packet, so a heartbeat waits for a round trip and not for a queue. The price is a second write
 * in turns that have both appends and heartbeats; heartbeats are few.
 *
 * The control lane also is the judge of life: it is idle often enough that the answers to its pings are prompt, so an
 * election time-out of silence ends both lanes. The bulk lane's own pings wait behind its entries; it gets longer.
 */
import type { Timer } from '../../platform/index.js';
import type { Message } from '../../raft/index.js';
import type { PeerEnvironment } from './environment.js';
import { BULK_QUEUE_BYTES_MAX, CONTROL_QUEUE_BYTES_MAX, GUEST_IDLE_MS } from './limits.js';
import { type LaneOwner, OutgoingLane } from './outgoing-lane.js';

/** Appends keep their order among themselves, so even empty ones are bulk. */
export function isBulk(message: Message): boolean {
  return message.kind === 'append' || message.kind === 'propose';
}

export interface LinkOwner {
  /** Where the peer may be, best first. */
  urlsOf(peer: bigint): readonly string[];
  /** Members of the configuration, as opposed to guests. */
  isPeer(id: bigint): boolean;
  /** Whether the cluster says that the peer is at the URL. */
  isVouchedFor(id: bigint, url: string): boolean;
  onUnreachable(peer: bigint): void;
  onIdle(link: PeerLink): void;
  onRemoved(): void;
}

export class PeerLink implements LaneOwner {
  readonly peer: bigint;
  readonly #env: PeerEnvironment;
  readonly #owner: LinkOwner;
  readonly #control: OutgoingLane;
  readonly #bulk: OutgoingLane;
  #usedAt: number;
  /** Of the next look whether a guest is still in use. */
  #idleTimer: Timer | undefined;
  #url: string | undefined;

  constructor(peer: bigint, env: PeerEnvironment, owner: LinkOwner) {
    this.peer = peer;
    this.#env = env;
    this.#owner = owner;
    this.#usedAt = env.clock.now();
    this.#control = new OutgoingLane('control', peer, CONTROL_QUEUE_BYTES_MAX, env, this);
    this.#bulk = new OutgoingLane('bulk', peer, BULK_QUEUE_BYTES_MAX, env, this);
    this.#control.start();
    this.#bulk.start();
    this.#watchIdle();
  }

  /** Since when both lanes stand. */
  get connectedSince(): number | undefined {
    const control = this.#control.openSince;
    const bulk = this.#bulk.openSince;
    return control === undefined || bulk === undefined ? undefined : Math.max(control, bulk);
  }

  /** The URL by which the peer was reached last, or else the first it has. */
  get url(): string | undefined {
    const urls = this.urls();
    return this.#url !== undefined && urls.includes(this.#url) ? this.#url : urls[0];
  }

  /** Takes an encoded message; false if it is dropped. */
  send(bulk: boolean, bytes: Uint8Array, length: number): boolean {
    this.#usedAt = this.#env.clock.now();
    return (bulk ? this.#bulk : this.#control).send(bytes, length);
  }

  /** The peer has been heard of. */
  wake(): void {
    this.#control.wake();
    this.#bulk.wake();
  }

  stop(): void {
    this.#idleTimer?.cancel();
    this.#control.stop();
    this.#bulk.stop();
  }

  /** A guest may stay connected for ever, but not its link. One that has become a peer is none of our business any more. */
  #watchIdle(): void {
    if (this.#owner.isPeer(this.peer)) return;
    const idleMs = this.#env.clock.now() - this.#usedAt;
    if (idleMs >= GUEST_IDLE_MS) this.#owner.onIdle(this);
    else this.#idleTimer = this.#env.clock.setTimer(GUEST_IDLE_MS - idleMs, () => this.#watchIdle());
  }

  urls(): readonly string[] {
    return this.#owner.urlsOf(this.peer);
  }

  onOpen(lane: OutgoingLane, url: string): void {
    this.#url = url;
    if (lane === this.#control) this.#bulk.wake();
    else this.#control.wake();
    if (this.connectedSince === undefined) return;
    this.#env.log.note('peer became active', { 'peer-id': this.peer, url });
  }

  onLost(lane: OutgoingLane, wasOpen: boolean, reason: string): boolean {
    if (wasOpen) {
      this.#env.log.warn(`inactive ${this.peer}`, 'peer became inactive', {
        'peer-id': this.peer,
        error: reason,
      });
    } else {
      this.#env.log.warn(`connect ${this.peer}`, 'cannot connect to a peer', {
        'peer-id': this.peer,
        'peer-urls': this.urls(),
        error: reason,
      });
    }
    this.#owner.onUnreachable(this.peer);
    if (lane === this.#control && wasOpen) this.#bulk.drop(reason);
    if (this.#owner.isPeer(this.peer) || this.#env.clock.now() - this.#usedAt < GUEST_IDLE_MS) return true;
    this.#owner.onIdle(this);
    return false;
  }

  /** A member that was removed ends for good, so not everybody is believed. */
  onRemoved(url: string): void {
    if (this.#owner.isVouchedFor(this.peer, url)) this.#owner.onRemoved();
  }
}
