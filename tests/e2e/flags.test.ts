/** The command line: exit codes and messages that operators and their scripts rely on. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import {
  type CommandResult,
  findServer,
  freePort,
  httpGet,
  MemberProcess,
  programUnderTest,
  runCommand,
  skipWithoutServer,
  tempDir,
} from '../harness/index.js';

const program = programUnderTest();

describe('flags', { skip: skipWithoutServer(program) }, () => {
  const folder = tempDir('flags');
  const started: MemberProcess[] = [];
  after(async () => {
    for (const member of started) await member.stop('SIGKILL');
  });

  /** Runs the server with flags that must make it end by itself. */
  const run = (args: readonly string[], env: Record<string, string> = {}): Promise<CommandResult> =>
    runCommand(findServer(program)!, [...args], { env, cwd: folder, timeoutMs: 10_000 });

  /** Flags of a member on ports of its own, to which the wrong ones are added. */
  const base = async (): Promise<string[]> =>
    (await MemberProcess.prepare(program, { dataDir: `${folder}/d` })).flags();

  const refused = async (code: number, message: RegExp, args: readonly string[], env = {}): Promise<void> => {
    const result = await run(args, env);
    assert.equal(result.code, code, `${args.join(' ')}: ${result.stdout}${result.stderr}`);
    assert.match(result.stdout + result.stderr, message, args.join(' '));
  };

  test('--version and --help end with 0', async () => {
    const version = await run(['--version']);
    assert.equal(version.code, 0);
    assert.match(version.stdout, /^etcd Version: \d+\.\d+\.\d+\n/);
    const help = await run(['--help']);
    assert.equal(help.code, 0);
    for (const flag of ['--data-dir', '--listen-client-urls', '--name'])
      assert.ok(help.stdout.includes(flag), flag);
  });

  test('an unknown flag and a value that does not parse end with 2', async () => {
    await refused(2, /flag provided but not defined: -nope/, ['--nope']);
    await refused(2, /flag provided but not defined: -nope/, ['-nope=1']);
    await refused(2, /invalid value "abc" for flag -max-wals: parse error/, ['--max-wals=abc']);
    await refused(2, /flag needs an argument: -name/, ['--name']);
    await refused(2, /invalid (boolean )?value "maybe" for .*-?pre-vote/, ['--pre-vote=maybe']);
    await refused(2, /invalid value "sometimes"/, ['--initial-cluster-state=sometimes']);
  });

  test('settings that make no sense end with 1 and say why', async () => {
    const flags = await base();
    await refused(1, /(\\?"|')foo(\\?"|') is not a valid flag/, [...flags, 'foo']);
    await refused(
      1,
      /--election-timeout\[400ms\] should be at least as 5 times as --heartbeat-interval\[100ms\]/,
      [...flags, '--election-timeout=400'],
    );
    await refused(1, /is too long, and should be set less than 50000ms/, [
      ...flags,
      '--election-timeout=60000',
    ]);
    await refused(1, /--heartbeat-interval must be >0 \(set to 0ms\)/, [...flags, '--heartbeat-interval=0']);
    await refused(1, /expected IP in URL for binding \(http:\/\/example\.com:2379\)/, [
      ...flags,
      '--listen-client-urls=http://example.com:2379',
    ]);
    await refused(1, /--advertise-client-urls is required when --listen-client-urls is set explicitly/, [
      `--data-dir=${folder}/d`,
      `--listen-client-urls=http://127.0.0.1:${await freePort()}`,
    ]);
  });

  test('URLs that are none are refused', async () => {
    const flags = await base();
    await refused(2, /URL scheme must be http, https, unix, or unixs/, [
      ...flags,
      '--listen-client-urls=ftp://127.0.0.1:1',
    ]);
    await refused(2, /URL address does not have the form "host:port"|missing port/, [
      ...flags,
      '--listen-client-urls=http://127.0.0.1',
    ]);
    await refused(2, /URL must not contain a path/, [...flags, '--listen-client-urls=http://127.0.0.1:1/x']);
  });

  test('a name that is not in the initial cluster is refused', async () => {
    const flags = await base();
    await refused(1, /couldn't find local name \\?"other\\?" in the initial cluster configuration/, [
      ...flags,
      '--name=other',
    ]);
  });

  test('environment variables count, but not together with their flag', async () => {
    const port = await freePort();
    const member = await MemberProcess.prepare(program, {
      env: { ETCD_ELECTION_TIMEOUT: '400' },
    });
    await refused(1, /should be at least as 5 times/, member.flags(), { ETCD_ELECTION_TIMEOUT: '400' });
    await refused(1, /is shadowed by corresponding command-line flag/, member.flags(), {
      ETCD_NAME: `from-environment-${port}`,
    });
    const good = await MemberProcess.prepare(program, { env: { ETCD_HEARTBEAT_INTERVAL: '50' } });
    started.push(good);
    await good.start();
    assert.equal((await httpGet(`${good.clientUrl}/health`)).status, 200);
    assert.match(good.log, /recognized and used environment variable|recognized environment variable/);
  });

  test('one dash or two, = or blank, all mean the same', async () => {
    const member = await MemberProcess.prepare(program);
    const flags = member.flags().flatMap((flag, i) => {
      const [name, value] = flag.split(/=(.*)/s) as [string, string];
      if (i % 3 === 0) return [`-${name.replace(/^-+/, '')}`, value];
      return i % 3 === 1 ? [`-${name.replace(/^-+/, '')}=${value}`] : [flag];
    });
    const again = await MemberProcess.prepare(program, { dataDir: member.dataDir, flags });
    started.push(again);
    again.spawn();
    // The last occurrence wins: the member listens where the added flags say.
    const deadline = Date.now() + 15_000;
    let status = 0;
    while (status !== 200 && Date.now() < deadline) {
      status = await httpGet(`${member.clientUrl}/health`, 1000).then(
        (answer) => answer.status,
        () => 0,
      );
    }
    assert.equal(status, 200, again.log);
  });
});
