/**
 * The network between the machines of a run. It knows addresses, links and bytes, nothing of raft: messages are encoded
 * at one end and decoded at the other. What is under way survives the process that sent it, and reaches whatever life
 * listens at its address when it arrives.
 */
import type { LeaseResponder, SnapshotWriter } from '../../server/index.js';
import type { Prng } from '../../stdx/index.js';
import type { EventQueue } from '../event-queue.js';
import type { FaultCounts } from '../fault-counts.js';
import type { Machine } from './machine.js';
import type { NetworkOptions } from './options.js';

/** Messages under way on a link before more are dropped, as by the bounded queue of a real transport. */
const UNDER_WAY_MAX = 1000;

interface Link {
  /** How many faults keep it cut; 0: it is whole. */
  cuts: number;
  /** Nothing arrives before this time. */
  cloggedUntil: number;
  /** When the last message of a lane arrives: what comes later must not overtake it. */
  readonly lastArrival: [bulk: number, urgent: number];
  underWay: number;
  /** Since when it is whole. */
  wholeSince: number;
}

export interface Parcel {
  /** Of the sender's cluster: other clusters' messages are refused. */
  readonly clusterId: bigint;
  readonly from: number;
  readonly bytes: Uint8Array;
}

/** One life of a member, as the network sees it. */
export interface Listener {
  readonly machine: Machine;
  readonly openedAt: number;
  /** A message has reached the machine. */
  arrive(parcel: Parcel): void;
  /** Somebody refuses this member's messages, for it was removed. */
  refuse(memberId: bigint): void;
  /** Who answers what is asked of this life in a call; undefined: nobody. */
  leaseResponder(): LeaseResponder | undefined;
  /** Where a snapshot's chunks go; undefined: not now. `bytes` is the encoded message. */
  beginSnapshot(bytes: Uint8Array): SnapshotWriter | undefined;
}

/** A stream between two machines. */
export interface Stream {
  involves(address: number): boolean;
  break(): void;
}

/** A message under way. */
export interface Flight {
  /** Counts up from 1. */
  readonly id: number;
  readonly to: number;
  readonly parcel: Parcel;
  readonly sentAt: number;
  arrivesAt: number;
  /** It was lost when it was sent, or has been since. */
  isLost: boolean;
  hasLanded: boolean;
}

/** Who looks at what passes the network; changes nothing. */
export interface FlightObserver {
  sent(flight: Flight): void;
  /** It has arrived, unless it is lost. One that was lost when it was sent never lands. */
  landed(flight: Flight): void;
  streamBegan(from: number, to: number, message: Uint8Array): void;
  streamEnded(from: number, to: number, isComplete: boolean): void;
}

/** How long a message takes, and whether it is lost, if not as {@link NetworkOptions} say. */
export type TransitRule = (from: number, to: number, bytes: number) => number;

export interface SimNetworkParts {
  readonly queue: EventQueue;
  readonly prng: Prng;
  readonly counts: FaultCounts;
  readonly options: NetworkOptions;
  readonly fail: (error: Error) => void;
  readonly transit?: TransitRule;
}

export class SimNetwork {
  readonly queue: EventQueue;
  readonly prng: Prng;
  readonly options: NetworkOptions;
  readonly counts: FaultCounts;
  readonly fail: (error: Error) => void;
  readonly streams = new Set<Stream>();
  observer: FlightObserver | undefined;
  readonly #transit: TransitRule | undefined;
  #flights = 0;
  readonly #links: Link[][] = [];
  /** By address: the life that listens there. */
  readonly #listening: (Listener | undefined)[] = [];
  readonly #addresses = new Map<string, number>();
  #isHealthy = false;

  constructor(parts: SimNetworkParts) {
    this.queue = parts.queue;
    this.prng = parts.prng;
    this.options = parts.options;
    this.counts = parts.counts;
    this.fail = parts.fail;
    this.#transit = parts.transit;
  }

  /** A new machine's address. */
  addAddress(): number {
    const address = this.#listening.length;
    this.#listening.push(undefined);
    const link = (): Link => ({
      cuts: 0,
      cloggedUntil: 0,
      lastArrival: [0, 0],
      underWay: 0,
      wholeSince: this.queue.now,
    });
    for (const row of this.#links) row.push(link());
    this.#links.push(Array.from({ length: address + 1 }, link));
    return address;
  }

  /** A name for the address. */
  addName(url: string, address: number): void {
    this.#addresses.set(url, address);
  }

  addressOf(url: string): number | undefined {
    return this.#addresses.get(url);
  }

  listen(address: number, end: Listener | undefined): void {
    this.#listening[address] = end;
    for (const stream of this.streams) if (stream.involves(address)) stream.break();
  }

  listenerAt(address: number): Listener | undefined {
    return this.#listening[address];
  }

  cut(from: number, to: number): void {
    this.#links[from]![to]!.cuts++;
    for (const stream of this.streams) {
      if (stream.involves(from) && stream.involves(to)) stream.break();
    }
  }

  mend(from: number, to: number): void {
    const link = this.#links[from]![to]!;
    if (link.cuts === 0) return;
    link.cuts--;
    if (link.cuts === 0) link.wholeSince = this.queue.now;
  }

  clog(from: number, to: number, ms: number): void {
    const link = this.#links[from]![to]!;
    link.cloggedUntil = Math.max(link.cloggedUntil, this.queue.now + ms);
  }

  /** From now on nothing gets lost and everything comes soon. */
  heal(): void {
    this.#isHealthy = true;
    for (const row of this.#links) {
      for (const link of row) {
        if (link.cuts > 0) link.wholeSince = this.queue.now;
        link.cuts = 0;
        link.cloggedUntil = 0;
      }
    }
  }

  /** Whether nothing is disturbed any more. */
  get isHealthy(): boolean {
    return this.#isHealthy;
  }

  isCut(from: number, to: number): boolean {
    return this.#links[from]![to]!.cuts > 0;
  }

  /** Since when both directions are whole and both ends live; undefined if they are not. */
  connectedSince(from: number, to: number): number | undefined {
    const there = this.#links[from]![to]!;
    const back = this.#links[to]![from]!;
    const one = this.#listening[from];
    const other = this.#listening[to];
    if (one === undefined || other === undefined || there.cuts > 0 || back.cuts > 0) return undefined;
    return Math.max(there.wholeSince, back.wholeSince, one.openedAt, other.openedAt);
  }

  /** How long `bytes` take on the link, from now on. */
  transitMs(from: number, to: number, bytes: number): number {
    const { delayMsMean, tailChance, tailMsMax, bytesPerMs } = this.options;
    const { prng } = this;
    if (this.#transit !== undefined) return this.#transit(from, to, bytes);
    if (this.#isHealthy) return 0.2;
    const usual = -Math.log(1 - prng.float()) * delayMsMean + bytes / bytesPerMs;
    const tail = tailChance > 0 && prng.chance(tailChance) ? prng.float() * tailMsMax : 0;
    const clog = Math.max(0, this.#links[from]![to]!.cloggedUntil - this.queue.now);
    return usual + tail + clog;
  }

  /** Sends a message, sometimes twice. False if it is lost for sure. */
  transmit(to: number, parcel: Parcel, isUrgent: boolean, isRepeatable: boolean): boolean {
    const { prng, options, counts } = this;
    const link = this.#links[parcel.from]![to]!;
    counts.messages++;
    const isLost = link.cuts > 0 || (!this.#isHealthy && prng.chance(options.lossChance));
    if (isLost || link.underWay >= UNDER_WAY_MAX) {
      counts.messagesLost++;
      this.observer?.sent(this.#flight(to, parcel, this.options.delayMsMean, true));
      return false;
    }
    this.#carry(to, parcel, link, isUrgent);
    if (!this.#isHealthy && isRepeatable && prng.chance(options.duplicationChance)) {
      counts.messagesDoubled++;
      this.#carry(to, parcel, link, isUrgent, options.lateCopyMsMax);
    }
    return true;
  }

  #flight(to: number, parcel: Parcel, ms: number, isLost: boolean): Flight {
    const { now } = this.queue;
    return { id: ++this.#flights, to, parcel, sentAt: now, arrivesAt: now + ms, isLost, hasLanded: false };
  }

  /** Holds a message up. */
  delay(flight: Flight, ms: number): void {
    flight.arrivesAt += ms;
  }

  #carry(to: number, parcel: Parcel, link: Link, isUrgent: boolean, lateMsMax = 0): void {
    const lane = isUrgent ? 1 : 0;
    const { queue } = this;
    let arrival = queue.now + this.transitMs(parcel.from, to, parcel.bytes.length);
    if (this.options.reorders) arrival += this.prng.float() * lateMsMax;
    else arrival = Math.max(arrival, link.lastArrival[lane]);
    link.lastArrival[lane] = arrival;
    link.underWay++;
    const flight = this.#flight(to, parcel, arrival - queue.now, false);
    this.observer?.sent(flight);
    const land = (): void => {
      if (flight.arrivesAt > arrival) {
        arrival = flight.arrivesAt;
        return queue.after(arrival - queue.now, 'message', land);
      }
      link.underWay--;
      flight.hasLanded = true;
      if (link.cuts > 0) flight.isLost = true;
      this.observer?.landed(flight);
      if (flight.isLost) this.counts.messagesLost++;
      else this.#listening[to]?.arrive(parcel);
    };
    queue.after(arrival - queue.now, 'message', land);
  }
}
