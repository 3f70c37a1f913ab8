/**
 * etcdctl's auth, user, role, alarm and upkeep commands, every version that is installed: the same command lines against a
 * real etcd and against Quoin print the same.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  type EtcdctlClient,
  installedEtcdctls,
  MemberProcess,
  type Program,
  runCommand,
  skipWithoutServer,
} from '../harness/index.js';

/** A command line, and what is typed into it. */
type Line = readonly [command: string, input?: string];

const ROOT = '--user=root:secret';
const ANN = '--user=ann:word';

/** Two users and two roles come about, and what they may is tried. */
const AUTH: readonly Line[] = [
  ['auth enable'],
  ['user add root --new-user-password=secret'],
  ['user add root --new-user-password=secret'],
  ['user add ann --interactive=false', 'word\n'],
  ['user add bob:b0b'],
  ['user add nobody --no-password'],
  ['user add'],
  ['user list'],
  ['role add root'],
  ['role add reader'],
  ['role add reader'],
  ['role add writer'],
  ['role grant-permission reader read a/ --prefix=true'],
  ['role grant-permission reader read single'],
  ['role grant-permission writer readwrite b c'],
  ['role grant-permission writer write z --from-key'],
  ['role grant-permission writer nonsense z'],
  ['role grant-permission nothing read z'],
  ['role get reader'],
  ['role get writer'],
  ['role get writer -w json'],
  ['role get nothing'],
  ['role list'],
  ['user grant-role root root'],
  ['user grant-role ann reader'],
  ['user grant-role bob writer'],
  ['user grant-role bob nothing'],
  ['user get ann'],
  ['user get bob --detail'],
  ['user get nobody'],
  ['user get none'],
  ['put a/1 one'],
  ['put b/1 two'],
  ['auth enable'],
  [`${ROOT} auth status`],
  ['get a/1'],
  ['--user=root:wrong get a/1'],
  ['--user=none:word get a/1'],
  ['--user=nobody:word get a/1'],
  [`${ROOT} get a/1`],
  [`${ANN} get a/1`],
  [`${ANN} get a/ --prefix`],
  [`${ANN} get b/1`],
  [`${ANN} get '' --prefix`],
  [`${ANN} put a/1 mine`],
  [`${ANN} del a/1`],
  [`${ANN} user list`],
  [`${ANN} user get ann`],
  [`${ANN} user get bob`],
  [`${ANN} role get reader`],
  [`${ANN} role get writer`],
  [`${ANN} compaction 2`],
  [`${ANN} txn`, 'value("a/1") = "one"\n\nget a/1\n\nput b/1 x\n\n'],
  [`${ANN} txn`, 'value("b/1") = "two"\n\nget a/1\n\nget a/1\n\n'],
  ['--user=bob:b0b put b/1 three'],
  ['--user=bob:b0b put b/1 four --prev-kv'],
  ['--user=bob:b0b get z1'],
  ['--user=bob:b0b put zz top'],
  ['--user=bob:b0b put zz top --prev-kv'],
  ['--user=bob:b0b del b c'],
  [`${ROOT} user passwd ann --interactive=false`, 'changed\n'],
  [`${ANN} get a/1`],
  ['--user=ann:changed get a/1'],
  [`${ROOT} role revoke-permission reader single`],
  [`${ROOT} role revoke-permission reader single`],
  [`${ROOT} role revoke-permission reader a/ --prefix=true`],
  ['--user=ann:changed get a/1'],
  [`${ROOT} user revoke-role bob writer`],
  [`${ROOT} user revoke-role bob writer`],
  ['--user=bob:b0b put b/1 five'],
  [`${ROOT} user revoke-role root root`],
  [`${ROOT} user delete root`],
  [`${ROOT} role delete root`],
  [`${ROOT} role delete writer`],
  [`${ROOT} user delete bob`],
  [`${ROOT} user delete bob`],
  [`${ROOT} user list`],
  [`${ROOT} role list`],
  [`${ANN} auth disable`],
  [`${ROOT} auth disable`],
  ['auth disable'],
  ['get b/1'],
];

const UPKEEP: readonly Line[] = [
  ['put k v'],
  ['alarm list'],
  ['alarm disarm'],
  ['endpoint health'],
  ['endpoint hashkv -w fields'],
  ['defrag'],
  ['compaction 1'],
  ['compaction 1'],
  ['compaction 99'],
  ['member remove 99'],
  ['member add'],
  ['member update 99 --peer-urls=http://127.0.0.1:1'],
  ['move-leader 99'],
  ['lease timetolive 99'],
  ['lease revoke 99'],
  ['lease grant'],
  ['lease grant word'],
  ['get'],
  ['put k'],
  ['watch'],
  ['nonsense'],
];

/** What differs between two runs of anything: addresses, times, ids of members, and etcd's own log lines. */
function normalized(text: string, member: MemberProcess): string {
  return text
    .split('\n')
    .filter((line) => !/^\{"level":/.test(line))
    .join('\n')
    .replaceAll(member.endpoint, 'ENDPOINT')
    .replace(/\btook = \S+|took [0-9.]+\S*/g, 'took TIME')
    .replace(/"(cluster_id|member_id|raft_term)":\d+/g, '"$1":N')
    .replace(/"(ClusterID|MemberID|RaftTerm)" : \d+/g, '"$1" : N');
}

async function run(client: EtcdctlClient, member: MemberProcess, [command, input]: Line): Promise<string> {
  const args = command.split(' ').map((word) => (word === "''" ? '' : word));
  const result = await runCommand(client.path, [`--endpoints=${member.endpoint}`, ...args], {
    input: input ?? '',
    env: { ETCDCTL_API: '3' },
    timeoutMs: 30_000,
  });
  const output = normalized(`${result.stdout}${result.stderr}`, member);
  return `$ ${command}\n${output}exit ${result.code}`;
}

async function play(client: EtcdctlClient, program: Program, lines: readonly Line[]): Promise<string[]> {
  const member = await MemberProcess.launch(program, { flags: ['--bcrypt-cost=4'] });
  try {
    const answers: string[] = [];
    for (const line of lines) answers.push(await run(client, member, line));
    return answers;
  } finally {
    await member.stop('SIGKILL');
  }
}

const skip = skipWithoutServer('etcd') || skipWithoutServer('quoin');

for (const client of installedEtcdctls()) {
  describe(client.version, { skip }, () => {
    for (const [name, lines] of [
      ['auth, user and role', AUTH],
      ['alarm, defrag, and what is wrong', UPKEEP],
    ] as const) {
      test(`${name}: ${lines.length} command lines`, async () => {
        const etcd = await play(client, 'etcd', lines);
        const quoin = await play(client, 'quoin', lines);
        for (const [i, answer] of etcd.entries()) assert.equal(quoin[i], answer);
        const isOk = (answer: string): boolean => answer.endsWith('exit 0');
        assert.ok(etcd.some(isOk) && !etcd.every(isOk), 'some succeed and some do not');
      });
    }
  });
}

describe('a full member', { skip: skipWithoutServer('quoin') }, () => {
  let member: MemberProcess;
  before(async () => {
    member = await MemberProcess.launch('quoin', { flags: [`--quota-backend-bytes=${4 * 1024 * 1024}`] });
  });
  after(() => member.stop('SIGKILL'));

  for (const client of installedEtcdctls()) {
    test(`${client.version} sees the alarm, makes room and disarms it`, async () => {
      const value = 'x'.repeat(500_000);
      let refused: string | undefined;
      for (let i = 0; refused === undefined; i++) {
        assert.ok(i < 100, 'the quota is reached');
        const answer = await run(client, member, [`put full/${i}`, value]);
        if (!answer.endsWith('exit 0')) refused = answer;
      }
      assert.match(refused, /etcdserver: mvcc: database space exceeded/);
      assert.match(await run(client, member, ['alarm list']), /^memberID:\d+ alarm:NOSPACE/m);
      await run(client, member, ['del full/ --prefix']);
      const status = await run(client, member, ['endpoint status -w json']);
      const revision = /"revision":(\d+)/.exec(status)![1];
      assert.match(
        await run(client, member, [`compaction ${revision} --physical=true`]),
        /compacted revision/,
      );
      assert.match(await run(client, member, ['defrag']), /Finished defragmenting etcd member/);
      assert.match(await run(client, member, ['alarm disarm']), /^memberID:\d+ alarm:NOSPACE/m);
      assert.match(await run(client, member, ['alarm list']), /alarm list\nexit 0$/);
      assert.match(await run(client, member, ['put a b']), /OK\nexit 0$/);
    });
  }
});
