/**
 * What a batch of proposals costs the core, from the proposal to the committed entries: `node dist/src/raft/raft.bench.js`.
 * A single voter counts its own write; in a cluster of three, one follower's answers are counted as well.
 */
import { EMPTY_BYTES } from '../stdx/index.js';
import { DEFAULT_RAFT_CONFIG } from './config.js';
import type { NodeId } from './entry.js';
import { EMPTY_CONF_STATE, EntryKind } from './entry.js';
import { MemoryStorage } from './log/memory-storage.js';
import type { Message } from './message.js';
import { RaftNode } from './node.js';

const BATCH_ENTRIES = 100;
const BATCHES = 4000;
const KEPT_ENTRIES = 1000;
const PAYLOAD = new Uint8Array(256);

interface Peer {
  readonly node: RaftNode;
  readonly storage: MemoryStorage;
}

function makePeer(id: NodeId, voters: readonly NodeId[]): Peer {
  const storage = new MemoryStorage();
  storage.installSnapshot({
    index: 1,
    term: 1,
    confState: { ...EMPTY_CONF_STATE, voters },
    data: EMPTY_BYTES,
  });
  storage.setHardState({ term: 1, vote: 0n, commit: 1 });
  const config = { ...DEFAULT_RAFT_CONFIG, id, applied: 1, random: Math.random };
  return { node: new RaftNode(config, storage), storage };
}

/** Carries out all updates, writes and applies being instantaneous. Returns how many entries were committed at node 1. */
function settle(peers: ReadonlyMap<NodeId, Peer>): number {
  let committed = 0;
  for (let busy = true; busy; ) {
    busy = false;
    for (const [id, { node, storage }] of peers) {
      if (!node.hasUpdate()) continue;
      busy = true;
      const update = node.takeUpdate();
      const deliver = (message: Message): void => {
        if (message.to !== id) peers.get(message.to)!.node.step({ kind: 'receive', message });
      };
      update.messages.forEach(deliver);
      storage.append(update.entries);
      update.append?.responses.forEach(deliver);
      if (update.append !== null) node.step({ kind: 'persisted', append: update.append });
      const { committedEntries } = update;
      if (committedEntries.length === 0) continue;
      if (id === 1n) committed += committedEntries.length;
      node.step({ kind: 'applied', index: committedEntries[committedEntries.length - 1]!.index });
    }
  }
  return committed;
}

function run(voters: readonly NodeId[]): void {
  const peers = new Map(voters.map((id) => [id, makePeer(id, voters)] as const));
  const leader = peers.get(1n)!;
  leader.node.step({ kind: 'campaign' });
  settle(peers);
  const proposals = Array.from({ length: BATCH_ENTRIES }, () => ({ kind: EntryKind.NORMAL, data: PAYLOAD }));
  let committed = 0;
  let best = Infinity;
  for (let round = 0; round < 5; round++) {
    const start = performance.now();
    for (let i = 0; i < BATCHES; i++) {
      leader.node.step({ kind: 'propose', entries: proposals });
      committed += settle(peers);
      if (i % 64 !== 0) continue;
      for (const { node, storage } of peers.values()) storage.compact(node.appliedIndex - KEPT_ENTRIES);
    }
    best = Math.min(best, ((performance.now() - start) * 1000) / BATCHES);
  }
  if (committed < 5 * BATCHES * BATCH_ENTRIES) throw new Error(`only ${committed} entries were committed`);
  const perBatch = best.toFixed(1);
  console.log(`${voters.length} voter(s): ${perBatch} us per batch of ${BATCH_ENTRIES} (best of 5 rounds)`);
}

run([1n]);
run([1n, 2n, 3n]);
