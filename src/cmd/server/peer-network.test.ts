import assert from 'node:assert/strict';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { after, test } from 'node:test';
import { freePort } from '../../../tests/harness/index.js';
import { createHttpServer } from '../../node/http-server.js';
import type { LogSink } from '../../platform/index.js';
import { EMPTY_CONF_STATE, EntryKind, type Message, type SnapshotMessage } from '../../raft/index.js';
import type { LeaseResponder, PeerNetwork, PeerReceiver, SnapshotWriter } from '../../server/index.js';
import { Prng } from '../../stdx/index.js';
import type { GrpcPeerNetwork } from '../../transport/index.js';
import { parseMemberUrl } from '../config/urls.js';
import { peerEndpoints } from './peer-endpoints.js';
import { PeerListeners } from './peer-listener.js';
import { openPeerNetwork } from './peer-network.js';

const CLUSTER_ID = 0xabcdef0123456789n;
const ELECTION_MS = 1000;
const SILENT: LogSink = { log: () => {} };

const closing: (() => Promise<void>)[] = [];
after(async () => {
  for (const close of closing) await close();
});

class SocketMember implements PeerReceiver {
  readonly id: bigint;
  readonly port: number;
  readonly url: string;
  readonly network: GrpcPeerNetwork & PeerNetwork;
  readonly received: Message[] = [];
  readonly unreachables: bigint[] = [];
  readonly chunks: Uint8Array[] = [];
  finished = 0;
  readonly leases: LeaseResponder = {
    renewForPeer: (ids, done) => done(ids.map(Number)),
    timeToLiveForPeer: (id, keys, done) =>
      done({ ttl: Number(id), grantedTtl: 60, keys: keys ? [Uint8Array.of(7)] : [] }),
  };
  #waiting: (() => boolean) | undefined;
  #resolve: (() => void) | undefined;
  readonly #listeners: PeerListeners;

  constructor(id: bigint, port: number) {
    this.id = id;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    const config = {
      electionMs: ELECTION_MS,
      maxRequestBytes: 1_572_864,
      advertisePeerUrls: [this.url],
      listenPeerUrls: [parseMemberUrl(this.url)],
    };
    this.network = openPeerNetwork({
      config,
      clusterId: CLUSTER_ID,
      memberId: id,
      remotes: [],
      log: SILENT,
      tls: undefined,
    });
    this.#listeners = new PeerListeners(config, undefined, SILENT);
  }

  async open(others: readonly SocketMember[]): Promise<this> {
    await this.#listeners.bind();
    this.network.start(this);
    this.network.setPeers(others.map(({ id, url }) => ({ id, peerUrls: [url] })));
    const members = [this, ...others].map(({ id, url }) => ({
      id,
      name: `m${id}`,
      peerUrls: [url],
      clientUrls: id === 1n ? ['http://client:1'] : [],
      isLearner: id === 3n,
    }));
    this.#listeners.serve({
      services: this.network.services,
      messageBytesMax: this.network.messageBytesMax,
      http: createHttpServer(
        peerEndpoints({ version: '3.6.0', clusterId: CLUSTER_ID, members: () => members }),
      ),
      onHandlerError: (error) => {
        throw error;
      },
    });
    return this;
  }

  async close(): Promise<void> {
    this.network.stop();
    await this.#listeners.close();
  }

  /** Resolves once a condition holds, looked at whenever something arrives. */
  until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve();
    this.#waiting = condition;
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  receive(message: Message): void {
    this.received.push(message);
    this.#look();
  }

  beginSnapshot(_message: SnapshotMessage): SnapshotWriter {
    return {
      write: async (chunk) => {
        this.chunks.push(chunk);
      },
      finish: async () => {
        this.finished++;
      },
      abort: () => {},
    };
  }

  unreachable(peer: bigint): void {
    this.unreachables.push(peer);
    this.#look();
  }

  removed(): void {}

  #look(): void {
    if (this.#waiting?.() !== true) return;
    this.#waiting = undefined;
    this.#resolve?.();
  }
}

async function pair(): Promise<[SocketMember, SocketMember]> {
  const a = new SocketMember(1n, await freePort());
  const b = new SocketMember(2n, await freePort());
  await a.open([b]);
  await b.open([a]);
  closing.push(
    () => a.close(),
    () => b.close(),
  );
  await connected(a, b);
  // The first to start could not reach the other yet.
  await new Promise((resolve) => setImmediate(resolve));
  for (const member of [a, b]) member.unreachables.length = 0;
  return [a, b];
}

function heartbeat(from: bigint, to: bigint, commit: number): Message {
  return { kind: 'heartbeat', from, to, term: 1, commit, readRound: 0 };
}

function append(from: bigint, to: bigint, index: number, data: Uint8Array): Message {
  const entries = [{ index, term: 1, kind: EntryKind.NORMAL, data }];
  return { kind: 'append', from, to, term: 1, prevIndex: index - 1, prevTerm: 1, commit: 0, entries };
}

async function connected(a: SocketMember, b: SocketMember): Promise<void> {
  while (a.network.connectedSince(b.id) === undefined || b.network.connectedSince(a.id) === undefined) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('messages of all sizes arrive over sockets, both ways', async () => {
  const [a, b] = await pair();
  const prng = new Prng(3);
  const sizes = Array.from({ length: 300 }, () => prng.pick([0, 1, 100, 5000, 70_000, 400_000]));
  const sent = sizes.map((size, i) => append(1n, 2n, i + 1, prng.bytes(size)));
  for (const message of sent) {
    a.network.send(message);
    b.network.send(heartbeat(2n, 1n, 1));
    if (prng.chance(0.2)) await new Promise((resolve) => setImmediate(resolve));
  }
  await b.until(() => b.received.length === sent.length);
  await a.until(() => a.received.length === sent.length);
  assert.deepEqual(b.received, sent);
  assert.deepEqual([a.unreachables, b.unreachables], [[], []]);
});

test('a snapshot arrives over sockets', async () => {
  const [a, b] = await pair();
  const prng = new Prng(4);
  const chunks = Array.from({ length: 40 }, () => prng.bytes(prng.pick([1, 65_536, 300_000])));
  const snapshot = { index: 9, term: 1, confState: EMPTY_CONF_STATE, data: new Uint8Array(0) };
  let next = 0;
  let closed = 0;
  const ok = await new Promise((resolve) => {
    a.network.sendSnapshot(
      { kind: 'snapshot', from: 1n, to: 2n, term: 1, snapshot },
      { next: async () => chunks[next++], close: () => closed++ },
      resolve,
    );
  });
  assert.deepEqual([ok, closed, b.finished], [true, 1, 1]);
  assert.ok(Buffer.concat(b.chunks).equals(Buffer.concat(chunks)));
});

test('the leader is asked about leases over sockets', async () => {
  const [a] = await pair();
  const ttls = new Promise((resolve) => a.network.leases.renew(2n, [5n, 6n], resolve));
  const answer = new Promise((resolve) => a.network.leases.timeToLive(2n, 9n, true, resolve));
  assert.deepEqual(await ttls, [5, 6]);
  assert.deepEqual(await answer, { ttl: 9, grantedTtl: 60, keys: [Uint8Array.of(7)] });
});

test('a member that comes back on its port is heard again', async () => {
  const [a, b] = await pair();
  await b.close();
  await a.until(() => a.unreachables.includes(2n));
  assert.equal(a.network.connectedSince(2n), undefined);
  const again = await new SocketMember(2n, b.port).open([a]);
  closing.push(() => again.close());
  await connected(a, again);
  a.network.send(append(1n, 2n, 1, Uint8Array.of(1)));
  await again.until(() => again.received.length === 1);
});

test('a peer URL to which Node.js cannot even try to connect is a peer that is not there', async () => {
  const [a, b] = await pair();
  const hosts = [
    '127.0.0.1:65536',
    `127.0.0.1:${'9'.repeat(400)}`,
    '127.0.0.1:0',
    ':1',
    'no host:1',
    '[::x]:1',
  ];
  const strange = [...hosts.map((host) => `http://${host}`), `unix://${'x'.repeat(300)}`, 'unix://', 'tcp:1'];
  const peers = strange.map((url, i) => ({ id: BigInt(100 + i), peerUrls: [url] }));
  a.network.setPeers([{ id: b.id, peerUrls: [b.url] }, ...peers]);
  for (const { id } of peers) a.network.send(heartbeat(1n, id, 1));
  await a.until(() => peers.every(({ id }) => a.unreachables.includes(id)));
  a.network.send(heartbeat(1n, 2n, 9));
  await b.until(() => b.received.length > 0);
  assert.deepEqual(b.received, [heartbeat(1n, 2n, 9)]);
});

test('a connection that swallows everything is given up, and heartbeats go on once it does not', async () => {
  const b = new SocketMember(2n, await freePort());
  const sockets = new Set<Socket>();
  let isOpen = true;
  // Between the two: bytes go through, or they go nowhere and nobody is told.
  const middle: Server = createServer((near) => {
    const far = connect(b.port, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => {});
      from.on('data', (bytes) => isOpen && to.write(bytes));
      from.on('close', () => isOpen && to.destroy());
    }
  });
  await new Promise<void>((resolve) => middle.listen(0, '127.0.0.1', resolve));
  const address = middle.address();
  assert.ok(typeof address === 'object' && address !== null);
  const a = new SocketMember(1n, await freePort());
  await b.open([a]);
  await a.open([]);
  a.network.setPeers([{ id: 2n, peerUrls: [`http://127.0.0.1:${address.port}`] }]);
  closing.push(
    () => a.close(),
    () => b.close(),
    async () => {
      for (const socket of sockets) socket.destroy();
      middle.close();
    },
  );
  await connected(a, b);
  isOpen = false;
  await a.until(() => a.unreachables.includes(2n));
  isOpen = true;
  await connected(a, b);
  a.network.send(heartbeat(1n, 2n, 8));
  await b.until(() => b.received.length > 0);
  assert.deepEqual(b.received, [heartbeat(1n, 2n, 8)]);
});

test("the peer port answers etcd's questions about the cluster", async () => {
  const [a] = await pair();
  const get = async (path: string, method = 'GET'): Promise<Response> => fetch(`${a.url}${path}`, { method });
  const members = await get('/members');
  assert.equal(members.headers.get('x-etcd-cluster-id'), 'abcdef0123456789');
  assert.equal(members.headers.get('content-type'), 'application/json');
  const [one, two] = (await members.text()).trim().split('},');
  assert.equal(one, `[{"id":1,"peerURLs":["${a.url}"],"name":"m1","clientURLs":["http://client:1"]`);
  assert.match(two!, /^\{"id":2,"peerURLs":\["http:\/\/127\.0\.0\.1:\d+"\],"name":"m2"\}\]$/);
  const version = await get('/version');
  assert.deepEqual(await version.json(), {
    etcdserver: '3.6.0',
    etcdcluster: '3.6.0',
    storage: '3.6.0',
  });
  const post = await get('/members', 'POST');
  assert.deepEqual(
    [post.status, post.headers.get('allow'), await post.text()],
    [405, 'GET', 'Method Not Allowed\n'],
  );
  const none = await get('/health');
  assert.deepEqual([none.status, await none.text()], [404, '404 page not found\n']);
});
