/**
 * Several members with a log between them, each with its own delay, and leaders that change: a lease never ends before
 * its time has passed since the last answer a client had, and always ends some time after. What leaders say may be lost,
 * late, or reach the log through a later leader.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '../stdx/index.js';
import { LeaseDeadlines } from './deadlines.js';
import { Lessor } from './lessor.js';

const MEMBERS = 3;
const EXTENSION_MS = 1000;
/** A member applies an entry this long after it was committed, at the most. */
const LAG_MS_MAX = 900;
const STEP_MS = 100;

type Body =
  | { readonly kind: 'empty' }
  | { readonly kind: 'grant'; readonly id: bigint; readonly ttl: number }
  | { readonly kind: 'expire'; readonly term: number; readonly ids: readonly bigint[] }
  | { readonly kind: 'tell'; readonly term: number; readonly id: bigint; readonly remaining: number };

interface Entry {
  readonly term: number;
  readonly committedMs: number;
  readonly body: Body;
}

class Node {
  readonly lessor = new Lessor();
  readonly deadlines: LeaseDeadlines;
  applied = 0;

  constructor(now: () => number) {
    this.deadlines = new LeaseDeadlines(this.lessor, EXTENSION_MS, now);
    this.lessor.listener = this.deadlines;
  }

  apply({ term, body }: Entry): void {
    this.applied++;
    if (body.kind === 'grant') this.lessor.grant(body.id, body.ttl);
    if (body.kind === 'expire' && body.term === term) {
      for (const id of body.ids) if (this.lessor.has(id)) this.lessor.revoke(id);
    }
    if (body.kind === 'tell' && body.term === term) this.lessor.checkpoint(body.id, body.remaining);
  }
}

class Cluster {
  readonly prng: Prng;
  readonly seed: number;
  nowMs = 0;
  term = 1;
  leader = 0;
  readonly log: Entry[] = [];
  readonly nodes: Node[];
  /** What is on its way into the log. */
  proposals: { readonly body: Body; readonly at: number }[] = [];
  /** Per lease: until when its client may rely on it. */
  readonly promised = new Map<bigint, number>();
  readonly ttls = new Map<bigint, number>();
  expiries = 0;
  tells = 0;

  constructor(seed: number) {
    this.seed = seed;
    this.prng = new Prng(seed);
    this.nodes = Array.from({ length: MEMBERS }, () => new Node(() => this.nowMs));
    this.#open();
  }

  get leading(): Node {
    return this.nodes[this.leader]!;
  }

  propose(body: Body): void {
    if (this.prng.chance(0.05)) return;
    const delay = this.prng.chance(0.1) ? this.prng.below(4000) : this.prng.below(200);
    // In the order in which a leader makes them.
    const last = this.proposals.at(-1)?.at ?? 0;
    this.proposals.push({ body, at: Math.max(last, this.nowMs + delay) });
  }

  changeLeader(): void {
    this.leading.deadlines.demote();
    this.term++;
    this.leader = this.prng.below(MEMBERS);
    this.#open();
  }

  #open(): void {
    this.log.push({ term: this.term, committedMs: this.nowMs, body: { kind: 'empty' } });
  }

  step(): void {
    this.nowMs += STEP_MS;
    while (this.proposals.length > 0 && this.proposals[0]!.at <= this.nowMs) {
      const { body } = this.proposals.shift()!;
      this.log.push({ term: this.term, committedMs: this.nowMs, body });
    }
    for (const node of this.nodes) {
      for (let entry = this.log[node.applied]; entry !== undefined; entry = this.log[node.applied]) {
        const mayWait = this.nowMs - entry.committedMs < LAG_MS_MAX;
        if (mayWait && this.prng.chance(0.3)) break;
        this.#applyOn(node, entry);
      }
    }
    const { leading } = this;
    if (leading.applied === this.log.length && !leading.deadlines.isPrimary) leading.deadlines.promote();
    if (leading.deadlines.isPrimary) this.#lead(leading);
  }

  #applyOn(node: Node, entry: Entry): void {
    const before = new Set([...node.lessor.all()].map(({ id }) => id));
    node.apply(entry);
    const { body } = entry;
    // The client hears of its grant from whoever applies it first, or from the leader.
    if (body.kind === 'grant' && (node === this.leading || !this.promised.has(body.id))) {
      this.promised.set(body.id, this.nowMs + body.ttl * 1000);
      this.ttls.set(body.id, body.ttl);
    }
    if (node !== this.leading) return;
    for (const id of before) {
      if (node.lessor.has(id)) continue;
      this.expiries++;
      const until = this.promised.get(id)!;
      assert.ok(this.nowMs >= until, `seed ${this.seed}: lease ${id} ended ${until - this.nowMs} ms early`);
    }
  }

  #lead(leading: Node): void {
    const { ended, toCheckpoint } = leading.deadlines.takeDue(10, 10);
    if (ended.length > 0) {
      this.propose({ kind: 'expire', term: this.term, ids: ended.map(({ id }) => id) });
    }
    for (const lease of toCheckpoint) {
      this.tells++;
      const remaining = Math.max(1, Math.ceil(leading.deadlines.remainingMs(lease) / 1000));
      this.propose({ kind: 'tell', term: this.term, id: lease.id, remaining });
    }
  }

  renew(id: bigint): void {
    const { deadlines } = this.leading;
    if (!deadlines.isPrimary) return;
    const status = deadlines.renew(id);
    if (status === 'renewed') this.promised.set(id, this.nowMs + this.ttls.get(id)! * 1000);
    if (status !== 'untold') return;
    deadlines.noteTelling(id);
    this.tells++;
    this.propose({ kind: 'tell', term: this.term, id, remaining: 0 });
  }
}

function run(seed: number): { expiries: number; tells: number } {
  const cluster = new Cluster(seed);
  const { prng } = cluster;
  const kept = new Set<bigint>();
  let lastId = 0n;
  for (let step = 0; step < 3000; step++) {
    if (prng.chance(0.02)) {
      cluster.propose({ kind: 'grant', id: ++lastId, ttl: prng.pick([2, 5, 10, 30, 60]) });
      if (prng.chance(0.7)) kept.add(lastId);
    }
    if (prng.chance(0.01)) cluster.changeLeader();
    for (const id of kept) {
      if (prng.chance(0.002)) kept.delete(id);
      else if (prng.chance(0.08)) cluster.renew(id);
    }
    cluster.step();
  }
  // Nobody renews any more, and the leader stays: all end.
  for (let step = 0; step < 1500; step++) cluster.step();
  assert.deepEqual([...cluster.leading.lessor.all()], [], `seed ${seed}`);
  return cluster;
}

test('no lease ends early whatever becomes of leaders and entries, and each ends at last', () => {
  const seeds = Number(process.env['QUOIN_LEASE_SEEDS'] ?? 60);
  let expiries = 0;
  let tells = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    const done = run(seed);
    expiries += done.expiries;
    tells += done.tells;
  }
  assert.ok(expiries > 10 * seeds && tells > 10 * seeds, 'something happened');
});
