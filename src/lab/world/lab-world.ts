/** The machines of a run and what connects them, as a script wants them. */
import {
  AppliedLog,
  EventHash,
  EventQueue,
  type HostObserver,
  type HostParts,
  type MemberTuning,
  noFaults,
  type ObservedWorld,
  RaftTraffic,
  SimHost,
  SimNetwork,
} from '../../sim/index.js';
import { Prng } from '../../stdx/index.js';
import { MEMBERS_MAX } from '../limits.js';
import { wrappersOf } from '../mutant/wrappers.js';
import type { LabOptions, LabScript } from '../script/script.js';
import { LinkCuts } from './link-cuts.js';
import { sha1 } from './sha1.js';

/** Even without jitter no two messages arrive at one time: which comes first would be chance, but look like a rule. */
const TIE_BREAK_MS = 0.01;
/** How unlike two writes of a disk are. */
const DISK_SPREAD = 0.2;

function tuningOf({ heartbeatMs, electionMs, snapshotCount, keptEntries }: LabOptions): MemberTuning {
  return {
    heartbeatMs,
    electionMs,
    snapshotCount,
    snapshotCatchupEntries: keptEntries,
    backendBatchMs: 100,
    backendBatchLimit: 1000,
    compactionBatchLimit: 1000,
    compactionSleepMs: 10,
    ringBytes: 1 << 20,
    watchLogBytes: 1 << 18,
    progressNotifyMs: 5000,
  };
}

export class LabWorld implements ObservedWorld {
  readonly script: LabScript;
  readonly hash = new EventHash();
  readonly queue = new EventQueue(this.hash);
  readonly network: SimNetwork;
  readonly applied = new AppliedLog();
  readonly traffic = new RaftTraffic();
  readonly touched = new Set<SimHost>();
  readonly hosts: SimHost[] = [];
  readonly cuts: LinkCuts;
  readonly #prng: Prng;
  readonly #hostParts: HostParts;
  readonly #lastIds = new Map<SimHost, bigint>();

  constructor(script: LabScript, observer: HostObserver, fail: (error: Error) => void) {
    this.script = script;
    const { options, size, seed } = script;
    this.#prng = new Prng(seed);
    const { queue } = this;
    const prng = this.#prng;
    const counts = noFaults();
    this.network = new SimNetwork({
      queue,
      prng,
      counts,
      fail,
      transit: () => options.messageMs + prng.float() * (options.messageJitterMs + TIE_BREAK_MS),
      options: {
        delayMsMean: options.messageMs,
        tailChance: 0,
        tailMsMax: 0,
        lossChance: options.lossChance,
        duplicationChance: 0,
        reorders: false,
        bytesPerMs: 1_000_000,
        snapshotBreakChance: 0,
        lateCopyMsMax: 0,
        snapshotStallChance: 0,
        snapshotStallMsMax: 0,
        reportChance: 1,
      },
    });
    this.#hostParts = {
      queue,
      network: this.network,
      newsAt: (address) => {
        const member = this.hosts[address]?.process?.member;
        return member && { clusterId: member.options.clusterId, members: member.machine.cluster.list() };
      },
      traffic: this.traffic,
      applied: this.applied,
      touched: this.touched,
      prng,
      options: { member: tuningOf(options), writeMsMax: options.diskMs },
      counts,
      sha1,
      wrappers: wrappersOf(options.mutants),
      preVote: options.preVote,
      raft: {
        checkQuorum: options.checkQuorum,
        readOnly: options.leaseReads ? 'lease' : 'safe',
        ...(options.smallAppends && { bytesPerMessageMax: 1 }),
      },
      writeMs: (msMax) => msMax * (1 - DISK_SPREAD * prng.float()),
      observer: {
        trace: (host, event) => observer.trace(host, event),
        opened: (host, opened) => {
          this.#lastIds.set(host, opened.member.options.memberId);
          observer.opened(host, opened);
        },
      },
      fail,
    };
    for (let i = 0; i < size; i++) this.#addMachine();
    this.cuts = new LinkCuts(this.network, () => this.hosts.length);
  }

  /** Another machine; undefined if there are as many as fit on a screen. */
  addHost(): SimHost | undefined {
    return this.hosts.length >= MEMBERS_MAX ? undefined : this.#addMachine();
  }

  #addMachine(): SimHost {
    const address = this.network.addAddress();
    const host = new SimHost(this.#hostParts, { name: `m${address + 1}`, address });
    this.hosts.push(host);
    return host;
  }

  /** Who leads, as it believes itself; of several the one of the newest term. */
  get leader(): SimHost | undefined {
    let found: SimHost | undefined;
    for (const host of this.hosts) {
      const node = host.process?.node;
      if (node?.role !== 'leader') continue;
      if (found === undefined || node.term > found.process!.node.term) found = host;
    }
    return found;
  }

  /** The id of the member that ran there last; 0n: none did. */
  lastIdOf(host: SimHost): bigint {
    return this.#lastIds.get(host) ?? 0n;
  }

  /** From now on the member keeps no more of its log than its state needs. */
  cutLog({ process }: SimHost): void {
    if (process === undefined) return;
    const options = process.member.options as { snapshotCount: number; snapshotCatchupEntries: number };
    options.snapshotCount = 1;
    options.snapshotCatchupEntries = 0;
  }
}
