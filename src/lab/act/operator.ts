/** Whoever runs the cluster: founds it, and adds, promotes and removes machines through the API of a member. */
import type { ConfChange } from '../../raft/index.js';
import { foundingStart, joiningStart, type SimHost } from '../../sim/index.js';
import {
  MemberAddRequest,
  MemberChange,
  MemberPromoteRequest,
  MemberRemoveRequest,
  MoveLeaderRequest,
} from '../../wire/index.js';
import type { LabWorld } from '../world/lab-world.js';

const PATHS = {
  add: '/etcdserverpb.Cluster/MemberAdd',
  promote: '/etcdserverpb.Cluster/MemberPromote',
  remove: '/etcdserverpb.Cluster/MemberRemove',
  move: '/etcdserverpb.Maintenance/MoveLeader',
} as const;

/** For as long as a request may take. */
const START_ATTEMPTS = 1000;
const START_RETRY_MS = 10;
const PROMOTION_ATTEMPTS = 50;
const PROMOTION_RETRY_MS = 200;

export class Operator {
  readonly #world: LabWorld;
  readonly #retired = new Set<SimHost>();

  constructor(world: LabWorld) {
    this.#world = world;
  }

  /** Starts the cluster. */
  found(): void {
    const { hosts } = this.#world;
    const foundation = foundingStart(hosts.map((host) => [host.name, this.#name(host)]));
    for (const host of hosts) {
      host.isAbsent = false;
      host.firstStart = () => foundation;
      host.start();
    }
  }

  /** Whether the machine's member was removed. */
  isRetired(host: SimHost): boolean {
    return this.#retired.has(host);
  }

  add(via: SimHost, learner: boolean): void {
    const host = via.state === 'up' ? this.#world.addHost() : undefined;
    if (host === undefined) return;
    const url = this.#name(host);
    host.isAbsent = false;
    host.firstStart = () => joiningStart(host, url, this.#world.hosts);
    const request = MemberAddRequest.toBytes({ peerUrls: [url], isLearner: learner });
    const refused = (): void => {
      host.isAbsent = true;
    };
    this.#call(via, PATHS.add, request, () => {}, refused);
    // Even if the answer gets lost, the machine may be a member.
    this.#startWhenListed(host, START_ATTEMPTS);
  }

  /** A learner that lacks too much of the log is refused; whoever wants it asks again for a while. */
  promote(via: SimHost, host: SimHost, attempts = PROMOTION_ATTEMPTS): void {
    const request = MemberPromoteRequest.toBytes({ id: this.#idOf(host) });
    const again = (): void =>
      this.#world.queue.after(PROMOTION_RETRY_MS, 'promote', () => this.promote(via, host, attempts - 1));
    this.#call(via, PATHS.promote, request, () => {}, attempts > 1 ? again : () => {});
  }

  remove(via: SimHost, host: SimHost): void {
    const id = this.#idOf(host);
    this.#call(via, PATHS.remove, MemberRemoveRequest.toBytes({ id }), () => this.#retired.add(host));
  }

  transferLeader(to: SimHost): void {
    const leader = this.#world.leader;
    if (leader === undefined) return;
    const request = MoveLeaderRequest.toBytes({ targetId: this.#idOf(to) });
    this.#call(leader, PATHS.move, request, () => {});
  }

  /** Members are changed one at a time, but even one change may take the way through a joint configuration. */
  joint(change: 'remove' | 'promote', host: SimHost, stay: boolean): void {
    const id = this.#idOf(host);
    const isPromotion = change === 'promote';
    this.#propose({
      transition: stay ? 'explicit' : 'implicit',
      changes: [{ type: isPromotion ? 'add-voter' : 'remove', nodeId: id }],
      context: MemberChange.toBytes(MemberChange.create({ id, isPromotion })),
    });
    if (!isPromotion) this.#retired.add(host);
  }

  leaveJoint(): void {
    this.#propose({ transition: 'auto', changes: [], context: new Uint8Array(0) });
  }

  #propose(change: ConfChange): void {
    this.#world.leader?.process?.node.step({ kind: 'propose-conf-change', change, v1: false });
  }

  /** Without the machine, a cluster that counts on it may not be able to tell that it does: it starts once it is listed. */
  #startWhenListed(host: SimHost, attempts: number): void {
    this.#world.queue.after(START_RETRY_MS, 'join', () => {
      if (host.isAbsent || host.state !== 'down') return;
      if (host.firstStart() !== undefined) host.start();
      else if (attempts > 1) this.#startWhenListed(host, attempts - 1);
    });
  }

  /** A machine's member; 0n if it never had one. */
  #idOf(host: SimHost): bigint {
    return host.memberId ?? this.#world.lastIdOf(host);
  }

  #name(host: SimHost): string {
    const url = `http://${host.name}:2380`;
    this.#world.network.addName(url, host.address);
    return url;
  }

  #call(
    via: SimHost,
    path: string,
    request: Uint8Array,
    done: () => void,
    refused: () => void = () => {},
  ): void {
    if (via.state !== 'up') return;
    via.call(path, request, {
      message: (bytes) => {
        this.#world.hash.bytes(bytes);
        return true;
      },
      end: (code) => {
        if (code === 0) done();
        else refused();
      },
      lost: () => {},
    });
  }
}
