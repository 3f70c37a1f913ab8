/**
 * Every installed etcdctl, curl and python3-etcd3 by TLS, with certificates as users: what they print at Quoin is what they
 * print at etcd.
 */
import assert from 'node:assert/strict';
import { realpathSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import {
  type CertificateFiles,
  etcdctlFlags,
  findEtcdProgram,
  findInPath,
  findServer,
  MemberProcess,
  type Program,
  runCommand,
  skipUnless,
  skipWithoutServer,
  TestAuthority,
  type TlsAccess,
  versionOf,
} from '../harness/index.js';

const paths = [findInPath('etcdctl'), findEtcdProgram('etcdctl')].filter((path) => path !== undefined);
const etcdctls = [...new Set(paths.map((path) => realpathSync(path)))];
const curl = findInPath('curl');
const PYTHON = '/usr/bin/python3';

/** A command as somebody, in order. */
type Step = readonly [who: 'root' | 'alice' | 'nobody' | 'anonymous' | 'foreign', command: string];

/** From certificates that open the door, through users that they name, to what those may do. */
const STEPS: readonly Step[] = [
  ['anonymous', 'get a'],
  ['foreign', 'get a'],
  ['nobody', 'put a 1'],
  ['root', 'user add root --new-user-password=secret'],
  ['root', 'user add alice --new-user-password=secret'],
  ['root', 'role add reader'],
  ['root', 'role grant-permission reader read a'],
  ['root', 'role grant-permission reader readwrite b'],
  ['root', 'user grant-role alice reader'],
  ['root', 'user grant-role root root'],
  ['root', 'auth enable'],
  ['alice', 'get a'],
  ['alice', 'put b 2'],
  ['alice', 'put a 2'],
  ['alice', 'get b --print-value-only'],
  ['alice', 'get --prefix ""'],
  ['alice', 'user list'],
  ['alice', 'del b --prev-kv'],
  ['nobody', 'get a'],
  ['nobody', '--user=alice:secret get a'],
  ['nobody', '--user=alice:wrong get a'],
  ['alice', '--user=root:secret user list'],
  ['root', 'user list'],
  ['root', 'auth disable'],
  ['nobody', 'get a'],
];

/** What differs from run to run: times, addresses, how the connection broke. */
function stable(text: string): string {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('{"level"'));
  // A refused certificate is told by an alert of TLS by etcd, and by the end of the connection by Quoin.
  const isRefused = lines.some((line) =>
    /context deadline exceeded|connection error|last connection error/.test(line),
  );
  return isRefused ? 'refused' : lines.join('\n');
}

describe('clients by TLS', { skip: skipWithoutServer('quoin') }, () => {
  let authority: TestAuthority;
  let server: CertificateFiles;
  let accesses: Record<Step[0], TlsAccess>;
  const members: MemberProcess[] = [];

  before(async () => {
    const stranger = await TestAuthority.make('stranger');
    authority = await TestAuthority.make('authority');
    server = await authority.issue({ commonName: 'server' });
    const as = async (from: TestAuthority, commonName: string): Promise<TlsAccess> => ({
      ca: authority.ca,
      ...(await from.issue({ commonName })),
    });
    accesses = {
      root: await as(authority, 'root'),
      alice: await as(authority, 'alice'),
      nobody: await as(authority, 'nobody'),
      anonymous: { ca: authority.ca },
      foreign: await as(stranger, 'root'),
    };
  });
  after(async () => {
    await Promise.all(members.map((member) => member.stop('SIGKILL')));
  });

  async function launch(program: Program): Promise<MemberProcess> {
    const member = await MemberProcess.launch(program, {
      tls: { clients: accesses.root },
      flags: [
        `--cert-file=${server.cert}`,
        `--key-file=${server.key}`,
        `--trusted-ca-file=${authority.ca}`,
        '--client-cert-auth',
        '--bcrypt-cost=4',
      ],
    });
    members.push(member);
    return member;
  }

  async function transcript(program: Program, etcdctl: string): Promise<string[]> {
    const member = await launch(program);
    const lines: string[] = [];
    for (const [who, command] of STEPS) {
      const words = command.split(' ').map((word) => (word === '""' ? '' : word));
      const wait = who === 'anonymous' || who === 'foreign' ? '2s' : '15s';
      const { code, stdout, stderr } = await runCommand(
        etcdctl,
        [
          `--endpoints=${member.clientUrl}`,
          `--command-timeout=${wait}`,
          ...etcdctlFlags(accesses[who]),
          ...words,
        ],
        { env: { ETCDCTL_API: '3' }, timeoutMs: 30_000 },
      );
      lines.push(`${who} ${command}: ${code === 0 ? 'ok' : 'failed'} ${stable(stdout)} ${stable(stderr)}`);
    }
    await member.stop('SIGKILL');
    return lines;
  }

  for (const etcdctl of etcdctls) {
    const name = versionOf(etcdctl, ['version']);
    const skip = skipUnless(findServer('etcd') !== undefined, 'there is no etcd to compare with');
    test(`${name} prints at Quoin what it prints at etcd`, { skip }, async () => {
      const [etcd, quoin] = [await transcript('etcd', etcdctl), await transcript('quoin', etcdctl)];
      assert.deepEqual(quoin, etcd);
      assert.match(quoin.find((line) => line.startsWith('foreign'))!, /failed .*refused/);
      assert.match(quoin.find((line) => line.startsWith('alice put a 2'))!, /permission denied/);
    });
  }

  test(
    'curl, by HTTP/1.1 and with HTTP/2 offered',
    { skip: skipUnless(curl !== undefined, 'no curl') },
    async () => {
      const member = await launch('quoin');
      const { ca, cert, key } = accesses.alice;
      for (const version of ['--http1.1', '--http2']) {
        const flags = ['-sS', '--max-time', '20', version, '--cacert', ca!, '--cert', cert!, '--key', key!];
        const { stdout, stderr } = await runCommand(curl!, [...flags, `${member.clientUrl}/health`]);
        assert.equal(stdout, '{"health":"true","reason":""}', stderr);
      }
    },
  );

  const python = [
    'import sys, etcd3',
    'port, ca, cert, key = sys.argv[1:]',
    "c = etcd3.client(host='127.0.0.1', port=int(port), ca_cert=ca, cert_cert=cert, cert_key=key)",
    "c.put('p', 'v')",
    "print(c.get('p')[0].decode())",
  ].join('\n');

  test('python3-etcd3', async (context) => {
    const found = await runCommand(PYTHON, ['-c', 'import etcd3']).catch(() => undefined);
    const skip = skipUnless(found?.code === 0, 'no python3-etcd3 installed');
    if (skip !== false) return context.skip(skip);
    const member = await launch('quoin');
    const { ca, cert, key } = accesses.alice;
    const { stdout, stderr } = await runCommand(PYTHON, [
      '-c',
      python,
      `${member.clientPort}`,
      ca!,
      cert!,
      key!,
    ]);
    assert.equal(stdout.trim(), 'v', stderr);
  });
});
