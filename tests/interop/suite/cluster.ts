/** The members that cases are played on, and the channels to them. */
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ClusterProcess,
  channelCredentials,
  type MemberProcess,
  type Program,
  TestAuthority,
  tempDir,
} from '../../harness/index.js';
import type { Channel } from './channel.js';
import { FIXTURES, type Fixture, type FixtureName, PRIVATE_KEY, PUBLIC_KEY } from './fixtures.js';
import { GatewayChannel } from './gateway-channel.js';
import { GrpcChannel } from './grpc-channel.js';
import type { NormalForm } from './normal-form.js';
import type { Protocol, Setting } from './target.js';

/**
 * `follower` and `other` are the members that did not lead when the cluster was first seen; in a cluster of one all are
 * the same. `joined` is who was added last.
 */
export type Role = 'leader' | 'follower' | 'other' | 'joined';

const READY_TIMEOUT_MS = 60_000;

export class Cluster {
  readonly processes: ClusterProcess;
  readonly setting: Setting;
  readonly #channels = new Map<string, Channel>();
  #roles = new Map<Role, MemberProcess>();

  private constructor(processes: ClusterProcess, setting: Setting) {
    this.processes = processes;
    this.setting = setting;
  }

  static async launch(program: Program, setting: Setting, fixtureName: FixtureName): Promise<Cluster> {
    const fixture: Fixture = FIXTURES[fixtureName];
    const own = program === 'etcd' ? fixture.etcdFlags : fixture.quoinFlags;
    const keys = fixture.needsKeys === true ? keyFiles() : new Map<string, string>();
    const flags = [...fixture.flags, ...(own ?? [])].map((flag) => replaceAll(flag, keys));
    const security = setting.security === 'tls' ? await (certificates ??= issueCertificates()) : undefined;
    const processes = await ClusterProcess.launch(program, {
      size: setting.members,
      flags: [...flags, ...(security?.flags ?? [])],
      ...(security === undefined ? {} : { tls: { clients: { ca: security.ca }, peers: true } }),
      readyTimeoutMs: READY_TIMEOUT_MS,
    });
    const cluster = new Cluster(processes, setting);
    await cluster.assignRoles();
    return cluster;
  }

  /** Looks anew who leads. */
  async assignRoles(): Promise<void> {
    const leader = await this.processes.leader();
    const rest = this.processes.running.filter((member) => member !== leader);
    this.#roles = new Map<Role, MemberProcess>([
      ['leader', leader],
      ['follower', rest[0] ?? leader],
      ['other', rest[1] ?? rest[0] ?? leader],
    ]);
  }

  member(role: Role): MemberProcess {
    const member = this.#roles.get(role);
    if (member === undefined) throw new Error(`no member has the role ${role}`);
    return member;
  }

  /** Adds a learner to the cluster; it is the one that `joined`, and does not run yet. */
  async addLearner(normal: NormalForm): Promise<MemberProcess> {
    const learner = await this.processes.add(this.member('leader'), { isLearner: true });
    this.#roles.set('joined', learner);
    normal.name(learner.name, '<joined>');
    this.nameAddresses(normal, learner, 'joined');
    return learner;
  }

  channel(protocol: Protocol, role: Role): Channel {
    const { endpoint, clientUrl, tls } = this.member(role);
    const key = `${protocol} ${endpoint}`;
    let channel = this.#channels.get(key);
    if (channel === undefined) {
      channel =
        protocol === 'grpc'
          ? new GrpcChannel(endpoint, channelCredentials(tls))
          : new GatewayChannel(clientUrl, tls?.ca === undefined ? undefined : readFileSync(tls.ca));
      this.#channels.set(key, channel);
    }
    return channel;
  }

  /** Teaches a normal form what the ids and addresses of this cluster stand for. */
  async nameAll(normal: NormalForm): Promise<void> {
    for (const role of ['other', 'follower', 'leader'] as const) {
      const member = this.member(role);
      const status = await this.processes.status(member, READY_TIMEOUT_MS);
      if (status === undefined) throw new Error(`${member.name} tells no status`);
      normal.name(status.memberId.toString(), `<${role}>`);
      normal.name(status.memberId.toString(16), `<${role}>`);
      normal.name(member.name, `<${role}>`);
      this.nameAddresses(normal, member, role);
    }
  }

  nameAddresses(normal: NormalForm, member: MemberProcess, role: Role): void {
    normal.name(member.clientUrl, `<${role} client URL>`);
    normal.name(member.peerUrl, `<${role} peer URL>`);
  }

  async stop(): Promise<void> {
    for (const channel of this.#channels.values()) channel.close();
    await this.processes.stop();
  }
}

interface Certificates {
  readonly ca: string;
  readonly flags: readonly string[];
}

/** One authority for all clusters of a run. */
let certificates: Promise<Certificates> | undefined;

/** Members show a certificate to clients, and ask one of each other. */
async function issueCertificates(): Promise<Certificates> {
  const authority = await TestAuthority.make('interop');
  const [server, peer] = [await authority.issue(), await authority.issue()];
  const flags = [
    `--cert-file=${server.cert}`,
    `--key-file=${server.key}`,
    `--peer-cert-file=${peer.cert}`,
    `--peer-key-file=${peer.key}`,
    `--peer-trusted-ca-file=${authority.ca}`,
    '--peer-client-cert-auth',
  ];
  return { ca: authority.ca, flags };
}

function keyFiles(): Map<string, string> {
  const folder = tempDir('interop-keys');
  const { publicKey, privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
  });
  const [publicPath, privatePath] = [join(folder, 'public.pem'), join(folder, 'private.pem')];
  writeFileSync(publicPath, publicKey);
  writeFileSync(privatePath, privateKey);
  return new Map([
    [PUBLIC_KEY, publicPath],
    [PRIVATE_KEY, privatePath],
  ]);
}

function replaceAll(text: string, by: ReadonlyMap<string, string>): string {
  let out = text;
  for (const [from, to] of by) out = out.replaceAll(from, to);
  return out;
}
