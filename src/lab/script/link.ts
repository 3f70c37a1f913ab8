/**
 * Scripts and simulator seeds as the fragment of an address: `lab=1.CHECKSUM.PAYLOAD` and `sim=SEED,MINUTES,VERSION`
 * (with the numbers of lease clients and guests behind it, if there are any). The
 * payload is compact JSON as base64url: what equals the default is left out, and an action is an array by number.
 */
import { crc32c, decodeBase64, decodeUtf8, encodeBase64, encodeUtf8 } from '../../stdx/index.js';
import { LINK_CHARS_MAX } from '../limits.js';
import type { LabAction } from './action.js';
import { ACTION_FIELDS, ACTION_KINDS } from './action-fields.js';
import { DEFAULT_LAB_OPTIONS, type LabOptions, type LabScript, type TimedAction } from './script.js';
import { assertScript, ScriptError } from './validate.js';

/** Where the run stood when the link was made, so that a replay can stop there and compare. */
export interface RunEnd {
  readonly event: number;
  readonly hash: string;
}

export type LabLink =
  | { readonly kind: 'script'; readonly script: LabScript; readonly end: RunEnd | undefined }
  | {
      readonly kind: 'sim';
      readonly seed: number;
      readonly minutes: number;
      readonly leaseClients: number;
      readonly guests: number;
      /** Of the sources whose simulator it was. */
      readonly version: string;
    };

/** A fragment that is no link, or a damaged one, and why. */
export class LinkError extends Error {
  override readonly name = 'LinkError';
}

const VERSION = '1';
const CHECKSUM_DIGITS = 8;
const HASH = /^[0-9a-f]{16}$/;

/** `[place, kind, fields]`; a place is an event, a time in brackets, or both. */
type PackedPlace = number | readonly [atMs: number] | readonly [atMs: number, afterEvent: number];
type PackedAction = readonly [place: PackedPlace, kind: number, ...fields: unknown[]];

interface Packed {
  readonly s: number;
  readonly n: number;
  readonly o?: Partial<LabOptions>;
  readonly a?: readonly PackedAction[];
  readonly e?: readonly [event: number, hash: string];
}

function packAction({ afterEvent, atMs, action }: TimedAction): PackedAction {
  const values = action as unknown as Readonly<Record<string, unknown>>;
  const fields = ACTION_FIELDS[action.kind].map(([name]) => values[name]);
  const kind = ACTION_KINDS.indexOf(action.kind);
  if (afterEvent === undefined) return [[atMs], kind, ...fields];
  return [atMs === undefined ? afterEvent : [atMs, afterEvent], kind, ...fields];
}

function unpackAction(packed: PackedAction): TimedAction {
  const [place, number, ...values] = packed;
  const kind = ACTION_KINDS[number];
  if (kind === undefined) throw new LinkError('the link holds an action that this version does not know');
  const fields = ACTION_FIELDS[kind].map(([name], i) => [name, values[i]] as const);
  const action = { kind, ...Object.fromEntries(fields) } as unknown as LabAction;
  if (typeof place === 'number') return { afterEvent: place, action };
  const [atMs, afterEvent] = place;
  return afterEvent === undefined ? { atMs, action } : { afterEvent, atMs, action };
}

function changedOptions(options: LabOptions): Partial<LabOptions> {
  const changed = Object.entries(options).filter(
    ([name, value]) =>
      JSON.stringify(value) !== JSON.stringify(DEFAULT_LAB_OPTIONS[name as keyof LabOptions]),
  );
  return Object.fromEntries(changed);
}

function checksumOf(payload: string): string {
  return crc32c(encodeUtf8(payload)).toString(16).padStart(CHECKSUM_DIGITS, '0');
}

/** The fragment, without `#`, that brings the run back; with `end` it says where it stood. */
export function encodeScript(script: LabScript, end?: RunEnd): string {
  assertScript(script);
  const { seed, size, options, actions } = script;
  const changed = changedOptions(options);
  const packed: Packed = {
    s: seed,
    n: size,
    ...(Object.keys(changed).length > 0 && { o: changed }),
    ...(actions.length > 0 && { a: actions.map(packAction) }),
    ...(end !== undefined && { e: [end.event, end.hash] as const }),
  };
  const base64 = encodeBase64(encodeUtf8(JSON.stringify(packed)));
  const payload = base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  return `lab=${VERSION}.${checksumOf(payload)}.${payload}`;
}

/** The fragment that replays a seed of the simulator. */
export function encodeSimLink(
  seed: number,
  minutes: number,
  version: string,
  { leaseClients = 0, guests = 0 }: SimClients = {},
): string {
  const clients = leaseClients > 0 || guests > 0 ? `,${leaseClients},${guests}` : '';
  return `sim=${seed},${minutes},${version}${clients}`;
}

/** Clients beside the usual ones. */
export interface SimClients {
  readonly leaseClients?: number;
  readonly guests?: number;
}

function parsePayload(payload: string): Packed {
  const base64 = payload.replaceAll('-', '+').replaceAll('_', '/');
  const padded = base64.padEnd(Math.ceil(base64.length / 4) * 4, '=');
  const bytes = decodeBase64(padded);
  if (bytes === undefined) throw new LinkError('the link is damaged: it holds characters that no link has');
  const packed = JSON.parse(decodeUtf8(bytes, 0, bytes.length)) as unknown;
  if (typeof packed !== 'object' || packed === null) throw new LinkError('the link holds no script');
  return packed as Packed;
}

function unpack({ s: seed, n: size, o = {}, a = [], e }: Packed): LabLink {
  if (!Array.isArray(a) || !a.every(Array.isArray)) throw new LinkError('the link holds no list of actions');
  const options = { ...DEFAULT_LAB_OPTIONS, ...o };
  const script = {
    seed,
    size,
    options,
    actions: (a as unknown as readonly PackedAction[]).map(unpackAction),
  };
  assertScript(script);
  if (e === undefined) return { kind: 'script', script, end: undefined };
  const [event, hash] = e;
  if (!Number.isInteger(event) || event < 0 || !HASH.test(hash)) {
    throw new LinkError('the link does not say where its run stood');
  }
  return { kind: 'script', script, end: { event, hash } };
}

function decodeScript(text: string): LabLink {
  const [version, checksum, payload, ...rest] = text.split('.');
  if (version !== VERSION) {
    throw new LinkError(`the link is of version ${version || '(none)'}; this Lab reads version ${VERSION}`);
  }
  if (checksum === undefined || payload === undefined || rest.length > 0) {
    throw new LinkError('the link is incomplete');
  }
  if (checksum !== checksumOf(payload)) {
    throw new LinkError('the link is damaged: a part of it is missing or changed');
  }
  try {
    return unpack(parsePayload(payload));
  } catch (error) {
    if (error instanceof LinkError) throw error;
    const reason = error instanceof ScriptError ? error.message : 'it cannot be read';
    throw new LinkError(`the link holds no script: ${reason}`);
  }
}

function decodeSim(text: string): LabLink {
  const [seedText, minutesText, version = '', leaseText = '0', guestText = '0'] = text.split(',');
  const seed = Number(seedText);
  const minutes = Number(minutesText);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new LinkError('the link names no seed of the simulator');
  if (!(minutes > 0 && minutes <= 60)) throw new LinkError('the link names no simulated time');
  const leaseClients = Number(leaseText);
  const guests = Number(guestText);
  if (![leaseClients, guests].every((count) => Number.isInteger(count) && count >= 0 && count <= 100)) {
    throw new LinkError('the link names no number of clients');
  }
  return { kind: 'sim', seed, minutes, leaseClients, guests, version };
}

/** What a fragment (with or without `#`) asks for. @throws LinkError */
export function decodeFragment(fragment: string): LabLink {
  const text = fragment.startsWith('#') ? fragment.slice(1) : fragment;
  if (text.length > LINK_CHARS_MAX) throw new LinkError('the link is too long');
  if (text.startsWith('lab=')) return decodeScript(text.slice(4));
  if (text.startsWith('sim=')) return decodeSim(text.slice(4));
  throw new LinkError('this is no link of the Lab');
}
