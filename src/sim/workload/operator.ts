/**
 * Whoever runs the cluster: now and then a machine is added as a learner or a voter, promoted, removed, or the leadership
 * moved, through the API of any member. What a request that got lost has done is found out from the member list.
 */
import {
  type Member,
  MemberAddRequest,
  MemberAddResponse,
  MemberListRequest,
  MemberListResponse,
  MemberPromoteRequest,
  MemberRemoveRequest,
  MoveLeaderRequest,
} from '../../wire/index.js';
import type { FaultCounts } from '../fault-counts.js';
import type { SimNetwork } from '../network/sim-network.js';
import type { SimHost } from '../sim-host.js';
import { type ClientParts, pickServing } from './client.js';
import { foundingStart, joiningStart } from './first-start.js';

const PATHS = {
  list: '/etcdserverpb.Cluster/MemberList',
  add: '/etcdserverpb.Cluster/MemberAdd',
  promote: '/etcdserverpb.Cluster/MemberPromote',
  remove: '/etcdserverpb.Cluster/MemberRemove',
  move: '/etcdserverpb.Maintenance/MoveLeader',
} as const;

const REQUEST_MS_MAX = 10_000;
/** For so long a request whose fate is unknown may still be carried out. */
const IN_FLIGHT_MS_MAX = 20_000;
/** A machine that was removed keeps running for so long at most. */
const LINGER_MS_MAX = 5000;

export interface OperatorParts {
  readonly client: ClientParts;
  /** All machines, absent ones included. */
  readonly hosts: readonly SimHost[];
  readonly network: SimNetwork;
  readonly counts: FaultCounts;
  /** Mean time between two changes; 0: none. */
  readonly changeMs: number;
  /** Members it would like to have. */
  readonly membersWanted: number;
}

export class Operator {
  readonly #parts: OperatorParts;
  /** By machine: its present URL. A machine that joins again gets a new one, so that nobody takes it for its former self. */
  readonly #urls = new Map<SimHost, string>();
  readonly #retiring = new Set<SimHost>();
  /** Machines whose addition was asked for, until it is certain that nothing more comes of it. */
  readonly #joinedAt = new Map<SimHost, number>();
  #names = 0;
  #active = true;
  #isSettled = true;

  constructor(parts: OperatorParts) {
    this.#parts = parts;
  }

  /** Starts a cluster of `hosts`. */
  found(hosts: readonly SimHost[]): void {
    for (const host of hosts) this.#name(host);
    const foundation = foundingStart(hosts.map((host) => [host.name, this.#urls.get(host)!]));
    for (const host of hosts) {
      host.isAbsent = false;
      host.firstStart = () => foundation;
      host.start();
    }
    if (this.#parts.changeMs > 0) this.#later();
  }

  /** No changes any more; what is under way is brought to an end. */
  stop(): void {
    this.#active = false;
    this.#isSettled = this.#parts.changeMs === 0;
    if (!this.#isSettled) this.#settle();
  }

  /** After {@link stop}: exactly the machines that the member list names are in use. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  #name(host: SimHost): string {
    const url = `http://${host.name}-${++this.#names}:2380`;
    this.#parts.network.addName(url, host.address);
    this.#urls.set(host, url);
    return url;
  }

  #later(): void {
    const { prng, queue } = this.#parts.client;
    const ms = -Math.log(1 - prng.float()) * this.#parts.changeMs;
    queue.after(ms, 'operator', () => {
      if (!this.#active) return;
      this.#list((members) => {
        if (members !== undefined) this.#act(members);
        else this.#later();
      });
    });
  }

  #settle(): void {
    this.#list((members) => {
      this.#isSettled = members !== undefined && this.#reconcile(members);
      // A change that was asked for long ago may still come.
      this.#parts.client.queue.after(500, 'operator', () => this.#settle());
    });
  }

  #list(done: (members: readonly Member[] | undefined) => void): void {
    const request = MemberListRequest.toBytes({ linearizable: true });
    this.#call(PATHS.list, request, (answer) => done(answer && MemberListResponse.decode(answer).members));
  }

  /** Sends a request to any member, or a certain one; the answer, or undefined. */
  #call(
    path: string,
    request: Uint8Array,
    done: (answer: Uint8Array | undefined) => void,
    to: SimHost | undefined = undefined,
  ): void {
    const { client } = this.#parts;
    const host = to ?? pickServing(client);
    if (host === undefined) return done(undefined);
    let answer: Uint8Array | undefined;
    const call = host.call(path, request, {
      message: (bytes) => {
        client.hash.bytes(bytes);
        answer = bytes;
        return true;
      },
      end: (code) => done(code === 0 ? answer : undefined),
      lost: () => done(undefined),
    });
    client.queue.after(REQUEST_MS_MAX, 'operator-timeout', () => {
      if (call.finished) return;
      call.cancel();
      done(undefined);
    });
  }

  #hostOf(member: Member): SimHost | undefined {
    return this.#parts.hosts.find((host) => member.peerUrls.includes(this.#urls.get(host) ?? ''));
  }

  /** Retires who is not listed. Returns whether that was so already. */
  #reconcile(members: readonly Member[]): boolean {
    const listed = new Set(members.map((member) => this.#hostOf(member)));
    let wasSo = true;
    for (const host of this.#parts.hosts) {
      if (host.isAbsent || listed.has(host)) continue;
      wasSo = false;
      const age = this.#parts.client.queue.now - (this.#joinedAt.get(host) ?? Number.NEGATIVE_INFINITY);
      if (age > IN_FLIGHT_MS_MAX) this.#retire(host);
    }
    return wasSo;
  }

  #act(members: readonly Member[]): void {
    const { prng } = this.#parts.client;
    if (!this.#reconcile(members)) return this.#later();
    const absent = this.#parts.hosts.filter((host) => host.isAbsent);
    const learners = members.filter((member) => member.isLearner);
    const voters = members.filter((member) => !member.isLearner);
    const isFew = members.length < this.#parts.membersWanted;
    const roll = prng.below(10);
    if (learners.length > 0 && roll < 5) this.#promote(prng.pick(learners));
    else if (absent.length > 0 && (isFew ? roll < 8 : roll < 2))
      this.#add(prng.pick(absent), prng.chance(0.6));
    else if (roll === 9) this.#moveLeader(prng.pick(voters));
    else if (voters.length > 2 || learners.length > 0)
      this.#remove(prng.pick(voters.length > 2 ? members : learners));
    else this.#later();
  }

  #add(host: SimHost, isLearner: boolean): void {
    const url = this.#name(host);
    const request = MemberAddRequest.toBytes({ peerUrls: [url], isLearner });
    // Whatever comes of it: without the machine, a cluster that counts on it may not be able to tell.
    this.#join(host);
    this.#call(PATHS.add, request, (answer) => {
      if (answer !== undefined && MemberAddResponse.decode(answer).member !== undefined) {
        this.#parts.counts.membersAdded++;
      }
      this.#later();
    });
  }

  #promote(member: Member): void {
    this.#call(PATHS.promote, MemberPromoteRequest.toBytes({ id: member.id }), (answer) => {
      if (answer !== undefined) this.#parts.counts.membersPromoted++;
      this.#later();
    });
  }

  #remove(member: Member): void {
    this.#call(PATHS.remove, MemberRemoveRequest.toBytes({ id: member.id }), (answer) => {
      if (answer !== undefined) this.#parts.counts.membersRemoved++;
      this.#later();
    });
  }

  #moveLeader(to: Member): void {
    const leader = this.#parts.hosts.find((host) => host.isLeader && host.state === 'up');
    const request = MoveLeaderRequest.toBytes({ targetId: to.id });
    this.#call(
      PATHS.move,
      request,
      (answer) => {
        if (answer !== undefined) this.#parts.counts.leaderMoves++;
        this.#later();
      },
      leader,
    );
  }

  /** The machine starts as soon as a running member lists it. */
  #join(host: SimHost): void {
    host.isAbsent = false;
    host.firstStart = () => joiningStart(host, this.#urls.get(host)!, this.#parts.hosts);
    this.#joinedAt.set(host, this.#parts.client.queue.now);
    if (host.state === 'down') host.start();
  }

  /** Not a member (any more): the machine is switched off at some time, and its disks are wiped. */
  #retire(host: SimHost): void {
    if (this.#retiring.has(host)) return;
    this.#retiring.add(host);
    const { prng, queue } = this.#parts.client;
    queue.after(this.#active ? prng.float() * LINGER_MS_MAX : 0, 'retire', () => {
      this.#retiring.delete(host);
      host.isAbsent = true;
      host.die('kill');
      host.wipe();
    });
  }
}
