/**
 * What the backend holds besides keys, always in the same transaction as the changes up to the applied index: that
 * index, the voting configuration, the members. Replaying the log from there gives the state before a crash.
 */
import type { Cluster } from '../membership/index.js';
import type { BackendReader, BackendTransaction, Table } from '../mvcc/index.js';
import type { ConfState } from '../raft/index.js';
import { ByteReader, ByteWriter, EMPTY_BYTES, encodeUtf8, equalBytes } from '../stdx/index.js';
import { Member as WireMember } from '../wire/index.js';

const APPLIED_KEY = encodeUtf8('applied');
const IDENTITY_KEY = encodeUtf8('identity');
const CONF_STATE_KEY = encodeUtf8('conf_state');

const EMPTY_CONF_STATE: ConfState = {
  voters: [],
  learners: [],
  votersOutgoing: [],
  learnersNext: [],
  autoLeave: false,
};

function encodeConfState(conf: ConfState): Uint8Array {
  const out = new ByteWriter(128);
  for (const ids of [conf.voters, conf.learners, conf.votersOutgoing, conf.learnersNext]) {
    out.varint(ids.length);
    for (const id of ids) out.varint64(id);
  }
  out.byte(conf.autoLeave ? 1 : 0);
  return out.finish();
}

function decodeConfState(bytes: Uint8Array): ConfState {
  const reader = new ByteReader(bytes);
  const ids = (): bigint[] => {
    const list: bigint[] = [];
    for (let n = reader.uvarint(); n > 0; n--) list.push(reader.uvarint64());
    return list;
  };
  return {
    voters: ids(),
    learners: ids(),
    votersOutgoing: ids(),
    learnersNext: ids(),
    autoLeave: reader.byte() === 1,
  };
}

function memberKey(id: bigint): Uint8Array {
  const key = new Uint8Array(8);
  for (let i = 0; i < 8; i++) key[i] = Number((id >> BigInt(56 - 8 * i)) & 255n);
  return key;
}

/** A backend belongs to one member of one cluster, like a log. */
export interface Identity {
  readonly clusterId: bigint;
  readonly memberId: bigint;
}

/** Whether entries have been applied to this backend. */
export function holdsState(backend: BackendReader): boolean {
  return backend.get('meta', APPLIED_KEY) !== undefined;
}

/** How far a state is: the last entry applied to it, and the configuration after that entry. */
export interface StatePoint {
  readonly index: number;
  readonly term: number;
  readonly confState: ConfState;
}

/** How far the state in a backend is; undefined if nothing was applied to it, or not all of it is there. */
export function readStatePoint(backend: BackendReader): StatePoint | undefined {
  const applied = backend.get('meta', APPLIED_KEY);
  if (applied === undefined) return undefined;
  const reader = new ByteReader(applied);
  const index = reader.uvarint();
  const term = reader.uvarint();
  const conf = backend.get('meta', CONF_STATE_KEY);
  return { index, term, confState: conf === undefined ? EMPTY_CONF_STATE : decodeConfState(conf) };
}

export function readIdentity(backend: BackendReader): Identity | undefined {
  const identity = backend.get('meta', IDENTITY_KEY);
  if (identity === undefined) return undefined;
  const reader = new ByteReader(identity);
  return { clusterId: reader.uvarint64(), memberId: reader.uvarint64() };
}

export function writeIdentity(tx: BackendTransaction, identity: Identity): void {
  const out = new ByteWriter(32);
  out.varint64(identity.clusterId);
  out.varint64(identity.memberId);
  tx.put('meta', IDENTITY_KEY, out.finish());
}

/** The record that makes a state whole: it says up to where the others go. */
export function isAppliedRecord(table: Table, key: Uint8Array): boolean {
  return table === 'meta' && equalBytes(key, APPLIED_KEY);
}

/** The record that says whose backend it is: the only one that is not the same on every member. */
export function isIdentityRecord(table: Table, key: Uint8Array): boolean {
  return table === 'meta' && equalBytes(key, IDENTITY_KEY);
}

export class Persisted {
  appliedIndex = 0;
  appliedTerm = 0;
  confState: ConfState = EMPTY_CONF_STATE;
  /** Whose state it is: cluster id and member id; undefined in an empty backend. */
  identity: Identity | undefined;
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  restore(backend: BackendReader): void {
    const point = readStatePoint(backend);
    this.appliedIndex = point?.index ?? 0;
    this.appliedTerm = point?.term ?? 0;
    this.confState = point?.confState ?? EMPTY_CONF_STATE;
    this.identity = readIdentity(backend);
    this.#cluster.clear();
    const removed: bigint[] = [];
    backend.scan('members', EMPTY_BYTES, undefined, (key, value) => {
      const id = key.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
      if (value.length === 0) {
        removed.push(id);
      } else {
        this.#cluster.add(WireMember.decode(value.slice()));
      }
      return true;
    });
    for (const id of removed) this.#cluster.remove(id);
  }

  write(tx: BackendTransaction, appliedIndex: number, appliedTerm: number): void {
    const applied = new ByteWriter(32);
    applied.varint(appliedIndex);
    applied.varint(appliedTerm);
    tx.put('meta', APPLIED_KEY, applied.finish());
    if (this.identity !== undefined) writeIdentity(tx, this.identity);
    tx.put('meta', CONF_STATE_KEY, encodeConfState(this.confState));
    for (const member of this.#cluster.list()) {
      tx.put('members', memberKey(member.id), WireMember.toBytes(member));
    }
    for (const id of this.#cluster.removedIds()) tx.put('members', memberKey(id), EMPTY_BYTES);
  }
}
