/**
 * The permission walk held against a naive model: random users, roles, leases and requests; the model lists what a
 * request touches and asks every single grant at every point where the answer could change.
 */
import assert from 'node:assert/strict';
import { type Access, AuthStore, type Permission } from '../auth/index.js';
import { compareBytes, decodeLatin1, EMPTY_BYTES, Prng } from '../stdx/index.js';
import {
  Compare,
  DeleteRangeRequest,
  PutRequest,
  RangeRequest,
  RequestOp,
  TxnRequest,
} from '../wire/index.js';
import { type LeaseKeys, Permissions } from './permissions.js';

const KEYS = ['a', 'a\0', 'ab', 'b', 'b\0', 'c', 'd', 'd\xff', 'e', '\xff'].map((text) =>
  Uint8Array.from(text, (c) => c.charCodeAt(0)),
);
const OPEN = new Uint8Array([0]);
const USERS = ['u', 'v', 'root', 'nobody'];
const ROLES = ['p', 'q', 'r'];
const LEASES = [0n, 1n, 2n, 3n];

interface Touch {
  readonly access: 'read' | 'write';
  readonly key: Uint8Array;
  readonly rangeEnd: Uint8Array;
}

class World {
  readonly auth = new AuthStore();
  readonly leases = new Map<bigint, Uint8Array[]>();
  /** What each user was granted, flat. */
  readonly grants = new Map<string, readonly Permission[]>();

  constructor(prng: Prng) {
    for (const user of USERS.slice(0, 3)) this.auth.addUser(user, EMPTY_BYTES, false);
    this.auth.grantRole('root', 'root');
    const byRole = new Map<string, Permission[]>();
    for (const role of ROLES) byRole.set(role, this.#drawRole(prng, role));
    for (const user of ['u', 'v']) {
      const roles = ROLES.filter(() => prng.chance(0.5));
      for (const role of roles) this.auth.grantRole(user, role);
      this.grants.set(
        user,
        roles.flatMap((role) => byRole.get(role)!),
      );
    }
    for (const lease of LEASES.slice(1, 3)) {
      this.leases.set(
        lease,
        KEYS.filter(() => prng.chance(0.2)),
      );
    }
    this.auth.enable();
  }

  #drawRole(prng: Prng, role: string): Permission[] {
    this.auth.addRole(role);
    const granted: Permission[] = [];
    for (let n = prng.below(4); n > 0; n--) {
      const access = prng.pick<Access>(['read', 'write', 'readwrite']);
      const permission = { access, key: prng.pick(KEYS), rangeEnd: drawEnd(prng) };
      // An equal interval may replace the one before: left to the store's own tests.
      const isAgain = granted.some(
        ({ key, rangeEnd }) =>
          compareBytes(key, permission.key) === 0 && compareBytes(rangeEnd, permission.rangeEnd) === 0,
      );
      if (isAgain) continue;
      if (this.auth.grantPermission(role, permission) === undefined) granted.push(permission);
    }
    return granted;
  }

  /** The model. */
  allows(user: string, touches: readonly Touch[]): boolean {
    if (user === 'root') return true;
    const grants = this.grants.get(user);
    if (grants === undefined) return touches.length === 0;
    return touches.every(({ access, key, rangeEnd }) => {
      const able = grants.filter((grant) => grant.access === 'readwrite' || grant.access === access);
      const edges = able.flatMap((grant) => [grant.key, grant.rangeEnd]);
      // A point is granted or not like all others up to the next edge.
      const points = [key, ...edges, ...edges.map(next), next(key)].filter(
        (point) => point === key || isWithin(point, key, rangeEnd),
      );
      const all = points.every((point) => able.some((grant) => isWithin(point, grant.key, grant.rangeEnd)));
      return all && (!isOpen(rangeEnd) || able.some((grant) => isOpen(grant.rangeEnd)));
    });
  }
}

function next(key: Uint8Array): Uint8Array {
  return Uint8Array.of(...key, 0);
}

function isOpen(rangeEnd: Uint8Array): boolean {
  return rangeEnd.length === 1 && rangeEnd[0] === 0;
}

function isWithin(point: Uint8Array, key: Uint8Array, rangeEnd: Uint8Array): boolean {
  if (rangeEnd.length === 0) return compareBytes(point, key) === 0;
  return compareBytes(point, key) >= 0 && (isOpen(rangeEnd) || compareBytes(point, rangeEnd) < 0);
}

function drawEnd(prng: Prng): Uint8Array {
  if (prng.chance(0.4)) return EMPTY_BYTES;
  return prng.chance(0.2) ? OPEN : prng.pick(KEYS);
}

/** An interval that holds a key: what an empty one needs is nobody's concern. */
function drawInterval(prng: Prng): { key: Uint8Array; rangeEnd: Uint8Array } {
  for (;;) {
    const interval = { key: prng.pick(KEYS), rangeEnd: drawEnd(prng) };
    if (interval.rangeEnd.length === 0 || isWithin(interval.key, interval.key, interval.rangeEnd))
      return interval;
  }
}

function putTouches(world: World, put: PutRequest): Touch[] {
  const { key, lease } = put;
  const attached = world.leases.get(lease) ?? [];
  return [
    { access: 'write', key, rangeEnd: EMPTY_BYTES },
    ...attached.map((other): Touch => ({ access: 'write', key: other, rangeEnd: EMPTY_BYTES })),
    ...(put.prevKv ? [{ access: 'read', key, rangeEnd: EMPTY_BYTES } as const] : []),
  ];
}

/** A request of any kind, and what it touches. */
function drawOp(prng: Prng, world: World, depth: number): { op: RequestOp; touches: Touch[] } {
  switch (prng.below(depth > 0 ? 4 : 3)) {
    case 0: {
      const interval = drawInterval(prng);
      const op = RequestOp.create({ requestRange: RangeRequest.create(interval) });
      return { op, touches: [{ access: 'read', ...interval }] };
    }
    case 1: {
      const put = PutRequest.create({
        key: prng.pick(KEYS),
        lease: prng.chance(0.5) ? 0n : prng.pick(LEASES),
        prevKv: prng.chance(0.3),
      });
      return { op: RequestOp.create({ requestPut: put }), touches: putTouches(world, put) };
    }
    case 2: {
      const interval = drawInterval(prng);
      const prevKv = prng.chance(0.3);
      const op = RequestOp.create({ requestDeleteRange: DeleteRangeRequest.create({ ...interval, prevKv }) });
      const read: Touch[] = prevKv ? [{ access: 'read', ...interval }] : [];
      return { op, touches: [{ access: 'write', ...interval }, ...read] };
    }
    default: {
      const { txn, touches } = drawTxn(prng, world, depth - 1);
      return { op: RequestOp.create({ requestTxn: txn }), touches };
    }
  }
}

function drawTxn(prng: Prng, world: World, depth: number): { txn: TxnRequest; touches: Touch[] } {
  const touches: Touch[] = [];
  const compare: Compare[] = [];
  for (let n = prng.below(3); n > 0; n--) {
    const interval = drawInterval(prng);
    compare.push(Compare.create(interval));
    touches.push({ access: 'read', ...interval });
  }
  const branch = (): RequestOp[] =>
    Array.from({ length: prng.below(3) }, () => {
      const drawn = drawOp(prng, world, depth);
      touches.push(...drawn.touches);
      return drawn.op;
    });
  const success = branch();
  const failure = branch();
  return { txn: TxnRequest.create({ compare, success, failure }), touches };
}

function ask(permissions: Permissions, user: string, revision: number, op: RequestOp) {
  const who = { user, revision };
  if (op.requestRange !== undefined) return permissions.range(who, op.requestRange);
  if (op.requestPut !== undefined) return permissions.put(who, op.requestPut);
  if (op.requestDeleteRange !== undefined) return permissions.deleteRange(who, op.requestDeleteRange);
  return permissions.txn(who, op.requestTxn!);
}

/** Compares `pairs` decisions; returns how many were allowed and how many denied. */
export function comparePermissions(seed: number, pairs: number): { allowed: number; denied: number } {
  const prng = new Prng(seed);
  const counts = { allowed: 0, denied: 0 };
  for (let done = 0; done < pairs; ) {
    const world = new World(prng);
    const leases: LeaseKeys = { keysOf: (lease) => world.leases.get(lease) };
    const permissions = new Permissions(world.auth, leases);
    for (let i = 0; i < 20 && done < pairs; i++, done++) {
      const user = prng.pick(USERS);
      const { op, touches } = drawOp(prng, world, 2);
      const expected = world.allows(user, touches);
      const refusal = ask(permissions, user, world.auth.revision, op);
      assert.equal(refusal, expected ? undefined : 'permission-denied', describe(seed, done, user, touches));
      counts[expected ? 'allowed' : 'denied']++;
      assert.equal(
        ask(permissions, user, world.auth.revision - 1, op),
        touches.length === 0 ? undefined : 'old-revision',
      );
    }
  }
  return counts;
}

function describe(seed: number, pair: number, user: string, touches: readonly Touch[]): string {
  const text = touches.map(
    ({ access, key, rangeEnd }) => `${access} ${JSON.stringify([decodeLatin1(key), decodeLatin1(rangeEnd)])}`,
  );
  return `seed ${seed}, pair ${pair}: ${user}: ${text.join(', ')}`;
}
