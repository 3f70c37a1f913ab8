/** Looks at what is under way between members, and keeps the way of each message. */

import type { Message, MessageKind } from '../../raft/index.js';
import type { Flight, FlightObserver, SimNetwork } from '../../sim/index.js';
import { readRaftMessage } from '../../wire/index.js';
import { TRACKS_FORGOTTEN_AT_ONCE, TRACKS_KEPT_MAX } from '../limits.js';
import type { Directory } from './directory.js';
import type { MessageTrack } from './event-view.js';
import { fieldsOf, termOf } from './message-fields.js';
import type { MessageField, MessageView } from './message-view.js';

type OpenTrack = { -readonly [Name in keyof MessageTrack]: MessageTrack[Name] };

interface UnderWay {
  /** Undefined: a stream, which nobody can hold up. */
  readonly flight: Flight | undefined;
  readonly track: OpenTrack;
  view: ShownMessage;
}

/** Most messages are never looked at closely: what they say is put into words when it is asked for. */
class ShownMessage implements MessageView {
  readonly id: number;
  readonly from: number;
  readonly to: number;
  readonly kind: MessageKind;
  readonly term: number;
  readonly sentMs: number;
  readonly sentEvent: number;
  readonly arrivesMs: number;
  readonly lost: boolean;
  readonly #message: Message;
  readonly #directory: Directory;

  constructor(track: MessageTrack, message: Message, directory: Directory, lost: boolean) {
    this.id = track.id;
    this.from = track.from;
    this.to = track.to;
    this.kind = message.kind;
    this.term = track.term;
    this.sentMs = track.sentMs;
    this.sentEvent = track.sentEvent;
    this.arrivesMs = track.arrivesMs;
    this.lost = lost;
    this.#message = message;
    this.#directory = directory;
  }

  get fields(): readonly MessageField[] {
    return fieldsOf(this.#message, this.#directory);
  }

  disturbed(track: MessageTrack, lost: boolean): ShownMessage {
    return new ShownMessage(track, this.#message, this.#directory, lost);
  }
}

/** A stream's messages take a few trips; this is only a guess for the eye. */
const STREAM_TRIPS = 5;

export class MessageEyes implements FlightObserver {
  readonly #network: SimNetwork;
  readonly #directory: Directory;
  readonly #usualMs: number;
  readonly #event: () => number;
  readonly #tracks: OpenTrack[] = [];
  /** How many there were. */
  #messages = 0;
  readonly #underWay = new Map<number, UnderWay>();
  readonly #idsOfFlights = new Map<number, number>();
  #view: readonly MessageView[] = [];
  #isChanged = false;
  /** The message that landed last; undefined: none since the last look. */
  #landed: MessageView | undefined;
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
  takeLanded(): MessageView | undefined {
    const landed = this.#landed;
    this.#landed = undefined;
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
    if (!flight.isLost) this.#landed = this.#underWay.get(id)?.view;
    this.#end(id, flight.isLost ? 'lost' : 'delivered');
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
    underWay.track.arrivesMs = arrivesAt;
    underWay.view = underWay.view.disturbed(underWay.track, isLost);
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
    const message = readRaftMessage(bytes);
    const id = ++this.#messages;
    const sentEvent = this.#event();
    const track: OpenTrack = {
      id,
      from: from + 1,
      to: to + 1,
      kind: message.kind,
      term: termOf(message),
      sentMs: sentAt,
      sentEvent,
      arrivesMs: arrivesAt,
      fate: 'flying',
      endEvent: 0,
    };
    const view = new ShownMessage(track, message, this.#directory, isLost);
    this.#tracks.push(track);
    if (this.#tracks.length > TRACKS_KEPT_MAX) this.#tracks.splice(0, TRACKS_FORGOTTEN_AT_ONCE);
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
