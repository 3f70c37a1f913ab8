/** `GET /members` between machines: what a joiner asks before it has streams to anybody. */
import type { Member } from '../../membership/index.js';
import type { HttpClient, HttpClientAnswer } from '../../platform/index.js';
import type { Machine } from './machine.js';
import type { SimNetwork } from './sim-network.js';

/** What a member tells of the cluster. */
export interface ClusterNews {
  readonly clusterId: bigint;
  readonly members: readonly Member[];
}

const PATH = '/members';

/** Ids are numbers in this JSON, beyond what a double holds. */
function toJson(members: readonly Member[]): string {
  const records = members.map(({ id, name, peerUrls, clientUrls, isLearner }) => {
    const rest = JSON.stringify({ name, peerURLs: peerUrls, clientURLs: clientUrls, isLearner });
    return `{"id":${id},${rest.slice(1)}`;
  });
  return `[${records.join(',')}]`;
}

function answerOf({ clusterId, members }: ClusterNews): HttpClientAnswer {
  return {
    status: 200,
    body: toJson(members),
    header: (name) => (name === 'x-etcd-cluster-id' ? clusterId.toString(16) : undefined),
  };
}

export class SimHttp implements HttpClient {
  readonly #network: SimNetwork;
  readonly #machine: Machine;
  readonly #newsAt: (address: number) => ClusterNews | undefined;

  /** `newsAt`: what the member at an address knows; undefined if none runs there. */
  constructor(network: SimNetwork, machine: Machine, newsAt: (address: number) => ClusterNews | undefined) {
    this.#network = network;
    this.#machine = machine;
    this.#newsAt = newsAt;
  }

  get(url: string, timeoutMs: number): Promise<HttpClientAnswer> {
    const network = this.#network;
    const from = this.#machine.address;
    const to = url.endsWith(PATH) ? network.addressOf(url.slice(0, -PATH.length)) : undefined;
    return new Promise((resolve, reject) => {
      const fail = (ms: number, message: string): void =>
        this.#machine.later(ms, 'http-failed', () => reject(new Error(message)));
      if (to === undefined) return fail(1, 'no such host');
      if (network.isCut(from, to) || network.isCut(to, from)) return fail(timeoutMs, 'timed out');
      const ms = network.transitMs(from, to, 100) + network.transitMs(to, from, 1000);
      if (ms >= timeoutMs) return fail(timeoutMs, 'timed out');
      this.#machine.later(ms, 'http-answer', () => {
        const news = this.#newsAt(to);
        if (news === undefined) reject(new Error('connection refused'));
        else resolve(answerOf(news));
      });
    });
  }
}
