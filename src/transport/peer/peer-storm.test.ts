import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '../../raft/index.js';
import { EntryKind } from '../../raft/index.js';
import { Prng } from '../../stdx/index.js';
import { ManualClock } from '../testing/manual-clock.js';
import { MemoryWeb } from '../testing/memory-web.js';
import { append, ELECTION_MS, heartbeat, TestMember } from '../testing/peer-fixture.js';

/** `PEER_STORM_SEED=n` replays one, `PEER_STORM_COUNT=n` runs more. */
const SEED = Number(process.env['PEER_STORM_SEED'] ?? 1);
const COUNT = Number(
  process.env['PEER_STORM_COUNT'] ?? (process.env['PEER_STORM_SEED'] === undefined ? 12 : 1),
);
const STEPS = 150;
const MEMBERS = [1n, 2n, 3n];

/** What tells messages apart, whatever their kind. */
function numberOf(message: Message): number {
  if (message.kind === 'heartbeat') return message.commit;
  if (message.kind === 'append') return message.prevIndex;
  assert.equal(message.kind, 'propose');
  return message.kind === 'propose' ? message.entries[0]!.data.length : 0;
}

class Storm {
  readonly web = new MemoryWeb(new ManualClock());
  readonly prng: Prng;
  readonly members = new Map<bigint, TestMember>();
  /** Who does not exist now. */
  readonly down = new Set<bigint>();
  /** Directions `from>to` in which new connections stand still. */
  readonly cut = new Set<string>();
  /** By sender, addressee, the life of each, and lane: the numbers delivered. */
  readonly delivered = new Map<string, number[]>();
  /** Of each number, the life of its sender: what an earlier life has said may still come late. */
  readonly lifeOf: number[] = [];
  readonly lifeOfMember = new Map<bigint, number>();
  lives = 0;
  sent = 0;

  constructor(seed: number) {
    this.prng = new Prng(seed);
    this.web.onConnect = (link) => {
      const to = [...this.members.values()].find((member) => member.url === link.url)!;
      if (this.cut.has(to.url)) link.isFrozen = true;
      else if (this.prng.chance(0.2)) link.rate = this.prng.between(50, 5000);
    };
    for (const id of MEMBERS) this.begin(id);
  }

  begin(id: bigint): void {
    this.down.delete(id);
    const member = new TestMember(this.web, id);
    const life = ++this.lives;
    this.lifeOfMember.set(id, life);
    member.receive = (message) => {
      assert.equal(message.to, id);
      const lane = message.kind === 'heartbeat' ? 'control' : 'bulk';
      const key = `${message.from}.${this.lifeOf[numberOf(message)]}>${id}.${life} ${lane}`;
      const numbers = this.delivered.get(key) ?? [];
      this.delivered.set(key, numbers);
      numbers.push(numberOf(message));
    };
    this.members.set(id, member);
    member.network.start(member);
    member.network.setPeers(
      MEMBERS.filter((other) => other !== id).map((other) => ({
        id: other,
        peerUrls: [`http://member-${other}:2380`],
      })),
    );
  }

  send(from: TestMember, to: bigint): void {
    const number = ++this.sent;
    this.lifeOf[number] = this.lifeOfMember.get(from.id)!;
    if (this.prng.chance(0.4)) from.network.send(heartbeat(from.id, to, number));
    else if (this.prng.chance(0.5))
      from.network.send(append(from.id, to, number + 1, this.prng.below(50_000)));
    else {
      const entries = [{ kind: EntryKind.NORMAL, data: new Uint8Array(number) }];
      from.network.send({ kind: 'propose', from: from.id, to, entries });
    }
  }

  /** A little traffic, and sometimes a fault. */
  step(): void {
    const { prng, web } = this;
    for (let n = prng.below(6); n > 0; n--) {
      const id = prng.pick(MEMBERS);
      if (!this.down.has(id)) this.send(this.members.get(id)!, prng.pick(MEMBERS.filter((to) => to !== id)));
    }
    const link = web.links.length > 0 ? prng.pick(web.links) : undefined;
    const id = prng.pick(MEMBERS);
    const url = this.members.get(id)!.url;
    switch (prng.below(12)) {
      case 0:
        if (link !== undefined) link.ends[prng.below(2)]!.destroy();
        break;
      case 1:
        if (link !== undefined) link.isFrozen = !link.isFrozen;
        break;
      case 2:
        this.cut.add(url);
        for (const other of web.links) if (other.url === url) other.isFrozen = true;
        break;
      case 3:
        this.cut.delete(url);
        break;
      case 4:
        if (this.down.has(id)) this.begin(id);
        else if (prng.chance(0.5)) {
          this.members.get(id)!.kill();
          this.down.add(id);
        }
        break;
      default:
    }
    web.run(prng.pick([0, 5, 5, 20, 100, 600]));
  }

  /** Everything is possible again: connections that stood still go on, too. */
  heal(): void {
    this.cut.clear();
    for (const id of [...this.down]) this.begin(id);
    this.web.onConnect = undefined;
    for (const link of this.web.links) {
      link.isFrozen = false;
      link.rate = undefined;
    }
    this.web.run(2 * ELECTION_MS);
  }
}

for (let seed = SEED; seed < SEED + COUNT; seed++) {
  test(`under faults messages come once at most and in order, and all is well afterwards (seed ${seed})`, () => {
    const storm = new Storm(seed);
    for (let i = 0; i < STEPS; i++) storm.step();
    storm.heal();
    const all = [...storm.members.values()];
    for (const a of all) {
      for (const b of all) {
        if (a === b) continue;
        assert.notEqual(a.network.connectedSince(b.id), undefined, `${a.id} to ${b.id}`);
        storm.send(a, b.id);
      }
    }
    const before = [...storm.delivered.values()].flat().length;
    storm.web.run(20);
    assert.equal([...storm.delivered.values()].flat().length, before + 6);
    for (const [key, numbers] of storm.delivered) {
      for (let i = 1; i < numbers.length; i++) {
        assert.ok(numbers[i]! > numbers[i - 1]!, `${key}: ${numbers[i - 1]} and then ${numbers[i]}`);
      }
    }
    const numbers = [...storm.delivered.values()].flat();
    assert.equal(new Set(numbers).size, numbers.length, 'nothing comes twice');
    for (const member of all) member.network.stop();
    storm.web.run(20_000);
    assert.deepEqual([storm.web.openCount, storm.web.clock.timerCount], [0, 0]);
  });
}
