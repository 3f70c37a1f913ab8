/** Looks at what is under way between members, and keeps the way of each message. */

import type { Flight, FlightObserver, SimNetwork } from '../../sim/index.js';
import { copyOf } from '../../stdx/index.js';
import { readRaftMessage } from '../../wire/index.js';
import type { Directory } from './directory.js';
import type { MessageTrack } from './event-view.js';
import { fieldsOf, termOf } from './message-fields.js';
import type { MessageView } from './message-view.js';

type OpenTrack = { -readonly [Name in keyof MessageTrack]: MessageTrack[Name] };

interface UnderWay {
  /** Undefined: a stream, which nobody can hold up. */
  readonly flight: Flight | undefined;
  readonly track: OpenTrack;
  view: MessageView;
}

/** A stream's messages take a few trips; this is only a guess for the eye. */
const STREAM_TRIPS = 5;

export class MessageEyes implements FlightObserver {
  readonly #network: SimNetwork;
  readonly #directory: Directory;
  readonly #usualMs: number;
  readonly #event: () => number;
  readonly #tracks: OpenTrack[] = [];
  readonly #underWay = new Map<number, UnderWay>();
  readonly #idsOfFlights = new Map<number, number>();
  #view: readonly MessageView[] = [];
  #isChanged = false;
  /** The message that landed last; 0: none since the last look. */
  #landed = 0;
  onStream: (() => void) | undefined;

  /** `event`: the number of the event that happens now. */
  constructor(network: SimNetwork, directory: Directory, usualMs: number, event: () => number) {
    this.#network = network;
    this.#directory = directory;
    this.#usualMs = usualMs;
    this.#event = event;
    network.observer = this;
  }

  get tracks(): readonly MessageTrack[] {
    return this.#tracks;
  }

  /** What has landed since this was asked last. */
  takeLanded(): number {
    const landed = this.#landed;
    this.#landed = 0;
    return landed;
  }

  sent(flight: Flight): void {
    const { parcel, to, sentAt, arrivesAt, isLost } = flight;
    const id = this.#begin(parcel.from, to, parcel.bytes, { flight, sentAt, arrivesAt, isLost });
    this.#idsOfFlights.set(flight.id, id);
  }

  landed(flight: Flight): void {
    const id = this.#idsOfFlights.get(flight.id);
    if (id === undefined) return;
    this.#end(id, flight.isLost ? 'lost' : 'delivered');
    if (!flight.isLost) this.#landed = id;
  }

  streamBegan(from: number, to: number, bytes: Uint8Array): void {
    const sentAt = this.#network.queue.now;
    const arrivesAt = sentAt + STREAM_TRIPS * this.#usualMs;
    this.#begin(from, to, bytes, { flight: undefined, sentAt, arrivesAt, isLost: false });
    this.onStream?.();
  }

  streamEnded(from: number, to: number, isComplete: boolean): void {
    for (const [id, { flight, view }] of this.#underWay) {
      if (flight !== undefined || view.from !== from + 1 || view.to !== to + 1) continue;
      return this.#end(id, isComplete ? 'delivered' : 'lost');
    }
  }

  /** Of a message under way. */
  flightOf(id: number): Flight | undefined {
    return this.#underWay.get(id)?.flight;
  }

  /** A message was held up, or is lost from now on. */
  noteDisturbed(id: number): void {
    const underWay = this.#underWay.get(id)!;
    const { arrivesAt, isLost } = underWay.flight!;
    underWay.view = { ...underWay.view, arrivesMs: arrivesAt, lost: isLost };
    underWay.track.arrivesMs = arrivesAt;
    this.#isChanged = true;
  }

  look(): readonly MessageView[] {
    this.#dropLost();
    if (!this.#isChanged) return this.#view;
    this.#isChanged = false;
    this.#view = [...this.#underWay.values()].map(({ view }) => view);
    return this.#view;
  }

  #begin(
    from: number,
    to: number,
    bytes: Uint8Array,
    about: Pick<Flight, 'sentAt' | 'arrivesAt' | 'isLost'> & { readonly flight: Flight | undefined },
  ): number {
    const { sentAt, arrivesAt, isLost, flight } = about;
    const message = readRaftMessage(copyOf(bytes));
    const id = this.#tracks.length + 1;
    const sentEvent = this.#event();
    const shared = { id, from: from + 1, to: to + 1, kind: message.kind, term: termOf(message) };
    const times = { sentMs: sentAt, sentEvent, arrivesMs: arrivesAt };
    const track: OpenTrack = { ...shared, ...times, fate: 'flying', endEvent: 0 };
    const view = { ...shared, ...times, lost: isLost, fields: fieldsOf(message, this.#directory) };
    this.#tracks.push(track);
    this.#underWay.set(id, { flight, track, view });
    this.#isChanged = true;
    return id;
  }

  #end(id: number, fate: 'delivered' | 'lost'): void {
    const underWay = this.#underWay.get(id);
    if (underWay === undefined) return;
    underWay.track.fate = fate;
    underWay.track.endEvent = this.#event();
    this.#underWay.delete(id);
    if (underWay.flight !== undefined) this.#idsOfFlights.delete(underWay.flight.id);
    this.#isChanged = true;
  }

  /** Those that were lost when they were sent never land: they vanish when they would have. */
  #dropLost(): void {
    const { now } = this.#network.queue;
    for (const [id, { flight, view }] of this.#underWay) {
      if (view.lost && view.arrivesMs <= now && flight?.hasLanded !== true) this.#end(id, 'lost');
    }
  }
}
