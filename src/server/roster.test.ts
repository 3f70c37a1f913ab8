import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cluster } from '../membership/index.js';
import { ManualClock } from '../transport/testing/manual-clock.js';
import { NO_NETWORK, type Peer } from './peer-network.js';
import { Roster } from './roster.js';

const SELF = 1n;

class Setting {
  readonly clock = new ManualClock();
  readonly cluster = new Cluster();
  readonly told: number[] = [];
  peers: readonly Peer[] = [];
  removed: ReadonlySet<bigint> = new Set();
  readonly roster: Roster;

  constructor() {
    for (const id of [SELF, 2n, 3n])
      this.cluster.add({ id, name: '', peerUrls: [`http://${id}`], clientUrls: [], isLearner: id === SELF });
    const network = {
      ...NO_NETWORK,
      setPeers: (peers: readonly Peer[]) => void (this.peers = peers),
      setRemoved: (ids: ReadonlySet<bigint>) => void (this.removed = ids),
    };
    const onRemoved = (): void => void this.told.push(this.clock.now());
    this.roster = new Roster({ memberId: SELF, electionMs: 1000 }, this.clock, network, onRemoved);
  }

  update(): void {
    this.roster.update(this.cluster);
  }
}

test('the network hears of all others, and of the removed', () => {
  const setting = new Setting();
  setting.cluster.remove(3n);
  setting.update();
  assert.deepEqual(
    setting.peers.map(({ id, peerUrls }) => [id, ...peerUrls]),
    [[2n, 'http://2']],
  );
  assert.deepEqual(setting.removed, new Set([3n]));
});

test('a learner knows that it is one until it is promoted', () => {
  const setting = new Setting();
  assert.equal(setting.roster.isLearner, false);
  setting.update();
  assert.equal(setting.roster.isLearner, true);
  setting.cluster.amend(SELF, { isLearner: false });
  setting.update();
  assert.equal(setting.roster.isLearner, false);
});

test('a member that applies its own removal stays for two election time-outs, and leaves once', () => {
  const setting = new Setting();
  const start = setting.clock.now();
  setting.cluster.remove(SELF);
  setting.update();
  setting.clock.advance(500);
  setting.update();
  setting.clock.advance(1499);
  assert.deepEqual(setting.told, []);
  setting.clock.advance(1);
  assert.deepEqual(setting.told, [start + 2000]);
  setting.roster.told();
  setting.update();
  setting.clock.advance(5000);
  assert.equal(setting.told.length, 1);
});

test('the removal of another member does not end this one', () => {
  const setting = new Setting();
  setting.cluster.remove(2n);
  setting.update();
  setting.clock.advance(5000);
  assert.deepEqual(setting.told, []);
});

test('a member that a peer refuses leaves at once, also while it stays', () => {
  const setting = new Setting();
  setting.cluster.remove(SELF);
  setting.update();
  setting.roster.told();
  assert.equal(setting.told.length, 1);
  setting.clock.advance(5000);
  assert.equal(setting.told.length, 1);
});

test('a member that stops for another reason does not leave as well', () => {
  const setting = new Setting();
  setting.cluster.remove(SELF);
  setting.update();
  setting.roster.stop();
  setting.roster.told();
  setting.clock.advance(5000);
  assert.deepEqual(setting.told, []);
});
