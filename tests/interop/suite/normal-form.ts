/**
 * Answers in a form that is the same for every program that behaves the same: revisions count from where the case began,
 * ids, ports, tokens, sizes and times are replaced by what they stand for. Nothing else is taken away: a field that is
 * missing, or there without need, is a difference.
 */
import { Kind, type MessageField, type MessageType } from '../../../src/wire/index.js';
import { renderBytes } from '../../harness/index.js';
import { type Fields, messageOf } from './rpc.js';

const REVISION_FIELDS: ReadonlySet<string> = new Set([
  'revision',
  'create_revision',
  'mod_revision',
  'compact_revision',
  'hash_revision',
  'rev',
]);
/** Numbers that every run has others of; that there is one is told. */
const COUNTERS: ReadonlySet<string> = new Set([
  'raft_term',
  'raftTerm',
  'raftIndex',
  'raftAppliedIndex',
  'dbSize',
  'dbSizeInUse',
  'remaining_bytes',
  'hash',
]);
const TEXTS: Readonly<Record<string, readonly [RegExp, string]>> = {
  token: [/^[a-zA-Z]{16}\.\d+$|^[\w-]+\.[\w-]+\.[\w-]+$/, '<token>'],
  version: [/^3\.\d+\.\d+$/, '<version>'],
};
/** Leases that a case names itself are smaller. */
const CHOSEN_LEASE_MAX = 10n ** 12n;

export class NormalForm {
  /** Revisions of the store and of auth when the case began. */
  revision = 0;
  authRevision = 0;
  readonly #names = new Map<string, string>();

  /** What is shown in place of a number or a text of this run alone. */
  name(text: string, shown: string): void {
    this.#names.set(text, shown);
  }

  /** An answer of the given type, as one line. */
  answer(type: MessageType<unknown>, fields: Fields): string {
    return JSON.stringify(this.#message(type, fields));
  }

  #message(type: MessageType<unknown>, fields: Fields): Fields {
    const out: Record<string, unknown> = {};
    for (const name of Object.keys(fields).sort()) {
      const field = type.fields.find((each) => each.protoName === name);
      const value = field === undefined ? fields[name] : this.#field(type, field, fields);
      if (value !== undefined) out[name] = value;
    }
    return out;
  }

  #field(type: MessageType<unknown>, field: MessageField, fields: Fields): unknown {
    const value = fields[field.protoName];
    if (!field.repeated) return this.#single(type, field, fields, value);
    const items = (value as unknown[]).map(
      (item) => this.#single(type, field, fields, item) ?? zeroOf(field),
    );
    if (items.length === 0) return undefined;
    return isUnordered(type, field)
      ? items.sort((a, b) => compareTexts(JSON.stringify(a), JSON.stringify(b)))
      : items;
  }

  /** Undefined stands for a default, which is as good as absent. */
  #single(type: MessageType<unknown>, field: MessageField, fields: Fields, value: unknown): unknown {
    switch (field.kind) {
      case Kind.MESSAGE:
        return this.#message(messageOf(field), value as Fields);
      case Kind.BYTES:
        return this.#bytes(value as string);
      case Kind.STRING:
        return value === '' ? undefined : this.#string(field, value as string);
      case Kind.BOOL:
        return value === false ? undefined : value;
      case Kind.ENUM:
        return enumName(field, value);
      default:
        return this.#number(type, field, fields, BigInt(value as string | number));
    }
  }

  #bytes(base64: string): string | undefined {
    if (base64 === '') return undefined;
    const bytes = Buffer.from(base64, 'base64');
    // A key of a lock ends in the id of a lease.
    return bytes.length > 200
      ? renderBytes(bytes)
      : bytes.toString('latin1').replace(/\/[0-9a-f]{12,16}$/, '/<lease>');
  }

  #string(field: MessageField, value: string): string {
    const [pattern, shown] = TEXTS[field.protoName] ?? [];
    if (pattern?.test(value) === true) return shown!;
    if (field.protoName === 'name') return this.#names.get(value) ?? value;
    return this.text(value);
  }

  #number(type: MessageType<unknown>, field: MessageField, fields: Fields, value: bigint): unknown {
    const name = field.protoName;
    if (value === 0n) return undefined;
    const known = this.#names.get(value.toString());
    if (known !== undefined && (field.kind === Kind.UINT64_ID || field.kind === Kind.INT64_ID)) return known;
    if (COUNTERS.has(name)) return `<${name}>`;
    if (name === 'authRevision') return relative(Number(value) - this.authRevision);
    if (REVISION_FIELDS.has(name))
      return value < 0n ? Number(value) : relative(Number(value) - this.revision);
    if (field.kind === Kind.INT64_ID && value > CHOSEN_LEASE_MAX) return '<lease>';
    const isTimeLeft = name === 'TTL' && type.protoName.endsWith('LeaseTimeToLiveResponse');
    if (isTimeLeft && value > 0n && value <= BigInt(fields['grantedTTL'] as string)) return '<left>';
    return value.toString();
  }

  /** A message, with the names of what it tells of. */
  text(value: string): string {
    let out = value;
    for (const [text, shown] of this.#names) if (text.length > 8) out = out.replaceAll(text, shown);
    return out.replace(/\b3\.\d+\.\d+\b/g, '<version>');
  }
}

function relative(distance: number): string {
  return distance < 0 ? `@${distance}` : `@+${distance}`;
}

function enumName(field: MessageField, value: unknown): unknown {
  const number = typeof value === 'number' ? value : field.enumType!.values[value as string];
  if (number === 0) return undefined;
  return Object.entries(field.enumType!.values).find(([, each]) => each === number)?.[0] ?? value;
}

/** What stands in a list for an element that is a default. */
function zeroOf(field: MessageField): unknown {
  return field.kind === Kind.BYTES || field.kind === Kind.STRING ? '' : 0;
}

/** Members are listed by id, which is not the same order in two clusters; keys of a lease in none. */
function isUnordered(type: MessageType<unknown>, field: MessageField): boolean {
  if (field.protoName === 'members' || field.protoName === 'errors' || field.protoName === 'alarms')
    return true;
  return field.protoName === 'keys' && type.protoName.endsWith('LeaseTimeToLiveResponse');
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
