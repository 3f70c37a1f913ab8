/**
 * The configuration file, seen from outside. Run with QUOIN_TEST_PROGRAM=etcd, the suite shows that etcd does the same,
 * but for what only Quoin takes.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { SERVER_FLAGS } from '../../src/cmd/flags/server-flags.js';
import { connect } from '../clients/client.js';
import {
  findServer,
  freePort,
  MemberProcess,
  programUnderTest,
  runCommand,
  skipWithoutServer,
  sleep,
  tempDir,
} from '../harness/index.js';

const program = programUnderTest();
const onlyQuoin = program === 'etcd' ? 'etcd takes less' : false;

function fileOf(text: string): string {
  const path = join(tempDir('config'), 'member.yaml');
  writeFileSync(path, text);
  return path;
}

/** The lines that make the file say what {@link MemberProcess} would say by flags. */
function addressesOf(member: MemberProcess): string[] {
  return [
    `data-dir: ${member.dataDir}`,
    `listen-client-urls: ${member.clientUrl}`,
    `advertise-client-urls: ${member.clientUrl}`,
    `listen-peer-urls: ${member.peerUrl}`,
    `initial-advertise-peer-urls: ${member.peerUrl}`,
  ];
}

async function nameOf(member: MemberProcess): Promise<string> {
  const client = connect(member.endpoint);
  const { members } = await client.cluster.memberList();
  client.close();
  return members[0]!.name;
}

/** What a start with this file alone ends with. */
async function endOf(text: string, path = fileOf(text)): Promise<{ code: number | null; output: string }> {
  const { code, stdout, stderr } = await runCommand(findServer(program)!, [`--config-file=${path}`], {
    cwd: tempDir('cwd'),
  });
  return { code, output: stdout + stderr };
}

describe('configuration file', { skip: skipWithoutServer(program) }, () => {
  test('it alone counts: flags and environment are ignored', async () => {
    const flags: string[] = [];
    const member = await MemberProcess.prepare(program, { flags, env: { ETCD_MAX_TXN_OPS: 'nonsense' } });
    flags.push(`--config-file=${fileOf(['name: by-file', ...addressesOf(member)].join('\n'))}`);
    await member.start();
    assert.equal(await nameOf(member), 'by-file');
    assert.match(member.log, /loaded server configuration, other configuration command line flags/);
    await member.stop();
  });

  test('ETCD_CONFIG_FILE names it, too', async () => {
    const env: Record<string, string> = {};
    const member = await MemberProcess.prepare(program, { env });
    env['ETCD_CONFIG_FILE'] = fileOf(['name: by-variable', ...addressesOf(member)].join('\n'));
    await member.start();
    assert.equal(await nameOf(member), 'by-variable');
    await member.stop();
  });

  test('everything below a key "etcd", and URLs as lists', { skip: onlyQuoin }, async () => {
    const flags: string[] = [];
    const member = await MemberProcess.prepare(program, { flags });
    const lines = ['name: below', ...addressesOf(member)].map((line) =>
      line.replace(/^(\S*-urls): (.*)$/, '$1: ["$2"]'),
    );
    flags.push(`--config-file=${fileOf(`etcd:\n  ${lines.join('\n  ')}\n`)}`);
    await member.start();
    assert.equal(await nameOf(member), 'below');
    await member.stop();
  });

  const mistakes: [string, RegExp][] = [
    ['name: [n1\n', /error converting YAML to JSON: yaml: line /],
    [
      'heartbeat-interval: "100"',
      /cannot unmarshal string into Go struct field configYAML\.Config\.heartbeat-interval of type uint/,
    ],
    ['election-timeout: 400', /--election-timeout\[400ms\] should be at least as 5 times as --heartbeat-int/],
    ['listen-client-urls: foo', /unexpected error setting up listen-client-urls: URL scheme must be http/],
    ['initial-cluster-state: foo', /unexpected clusterState \\"foo\\"/],
  ];
  for (const [text, expected] of mistakes) {
    test(`a mistake: ${text.trim()}`, async () => {
      const { code, output } = await endOf(text);
      assert.match(output, expected);
      assert.equal(code, 1);
    });
  }

  test('a file that is not there', async () => {
    const { code, output } = await endOf('', '/no/such/file.yaml');
    assert.match(output, /open \/no\/such\/file.yaml: no such file or directory/);
    assert.equal(code, 1);
  });
});

const hasTls = SERVER_FLAGS.get('peer-auto-tls')?.status === 'works';

/** GET over TLS, whoever signed the certificate. */
function secureGet(url: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const request = get(url, { rejectUnauthorized: false, agent: false, timeout: 3000 }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode));
    });
    request.on('error', () => resolve(undefined));
    request.on('timeout', () => request.destroy());
  });
}

describe(
  'a file as it is found in tutorials',
  { skip: onlyQuoin || skipWithoutServer(program) || (hasTls ? false : 'there is no TLS yet') },
  () => {
    for (const indent of ['', '  ']) {
      test(`its keys ${indent === '' ? 'beside' : 'below'} "etcd", with https and a log inside the data directory`, async () => {
        const dataDir = join(tempDir('tutorial'), 'etcd.data');
        const url = `https://127.0.0.1:${await freePort()}`;
        const lines = [
          'name: s2',
          `data-dir: ${dataDir}`,
          `wal-dir: ${dataDir}/member/wal`,
          'heartbeat-interval: 100',
          'election-timeout: 1000',
          `listen-client-urls: ["${url}"]`,
          `advertise-client-urls: ["${url}"]`,
          'auto-tls: true',
          'client-cert-auth: false',
          'cert-file: ""',
          'key-file: ""',
          'trusted-ca-file: ""',
          `listen-peer-urls: ["https://127.0.0.1:${await freePort()}"]`,
          'peer-auto-tls: true',
        ];
        const path = fileOf(`etcd:\n\n${lines.map((line) => `${indent}${line}\n`).join('\n')}`);
        const member = await MemberProcess.prepare(program, { flags: [`--config-file=${path}`] });
        member.spawn();
        const deadline = Date.now() + 30_000;
        while ((await secureGet(`${url}/health`)) !== 200) {
          assert.ok(Date.now() < deadline && member.exited === undefined, member.log);
          await sleep(50);
        }
        await member.stop();
      });
    }
  },
);
