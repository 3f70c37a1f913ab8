/** python3-etcd3, unmodified, through scripts that assert each answer. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  findInPath,
  MemberProcess,
  programUnderTest,
  REPOSITORY_ROOT,
  runCommand,
  skipUnless,
  skipWithoutServer,
  TestAuthority,
  tempDir,
} from '../harness/index.js';

const program = programUnderTest();
const python = findPython();
const skip =
  skipUnless(python !== undefined, 'no Python with the package etcd3') || skipWithoutServer(program);

/** The first Python that has the package: the system's own has Debian's python3-etcd3. */
function findPython(): string | undefined {
  const candidates = [process.env['QUOIN_PYTHON'], '/usr/bin/python3', findInPath('python3')];
  return candidates.find(
    (path) => path !== undefined && existsSync(path) && spawnSync(path, ['-c', 'import etcd3']).status === 0,
  );
}

const scriptOf = (name: string): string => join(REPOSITORY_ROOT, 'tests', 'interop', name);
const okCount = (output: string): number =>
  output.split('\n').filter((line) => line.startsWith('ok ')).length;

test('python3-etcd3', { skip }, async () => {
  const member = await MemberProcess.launch(program);
  try {
    const args = [scriptOf('python_etcd3.py'), '127.0.0.1', String(member.clientPort)];
    const result = await runCommand(python!, args, {
      timeoutMs: 60_000,
    });
    assert.equal(result.code, 0, `${result.stdout}\n${result.stderr}`);
    assert.equal(okCount(result.stdout), 26, result.stdout);
  } finally {
    await member.stop();
  }
});

/** Runs a script, and `restart` each time it asks for it. */
function runAsking(args: readonly string[], restart: () => Promise<void>): Promise<[number | null, string]> {
  return new Promise((resolve, reject) => {
    const child = spawn(python!, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const late = setTimeout(() => child.kill('SIGKILL'), 90_000);
    let output = '';
    let asked = 0;
    const append = (chunk: Buffer): void => {
      output += chunk.toString();
      if (output.split('restart\n').length - 1 <= asked) return;
      asked++;
      restart().then(() => child.stdin.write('done\n'), reject);
    };
    child.stdout.on('data', append);
    child.stderr.on('data', append);
    child.stdin.on('error', () => {});
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(late);
      resolve([code, output]);
    });
  });
}

test('python3-etcd3: locks, watches and leases over a restart, and snapshots', { skip }, async () => {
  const member = await MemberProcess.launch(program);
  try {
    const snapshot = join(tempDir('python'), 'snapshot.db');
    const args = [scriptOf('python_etcd3_restart.py'), '127.0.0.1', String(member.clientPort), snapshot];
    const [code, output] = await runAsking(args, async () => {
      await member.kill9();
      await member.start();
    });
    assert.equal(code, 0, output);
    assert.equal(okCount(output), 15, output);
    // The library leaves the hash at the end where it is, which is what tools look for.
    const utl = join(REPOSITORY_ROOT, 'bin', 'quoinutl');
    const status = await runCommand(utl, ['snapshot', 'status', snapshot, '-w', 'json']);
    assert.equal(status.code, 0, status.stderr);
    assert.ok((JSON.parse(status.stdout) as { revision: number }).revision > 1);
  } finally {
    await member.stop();
  }
});

test('python3-etcd3: users, over TLS', { skip }, async () => {
  const authority = await TestAuthority.make('python');
  const { cert, key } = await authority.issue();
  const member = await MemberProcess.launch(program, {
    flags: [`--cert-file=${cert}`, `--key-file=${key}`, '--bcrypt-cost=4'],
    tls: { clients: { ca: authority.ca } },
  });
  try {
    const args = [scriptOf('python_etcd3_auth.py'), '127.0.0.1', String(member.clientPort), authority.ca];
    const result = await runCommand(python!, args, { timeoutMs: 60_000 });
    assert.equal(result.code, 0, `${result.stdout}\n${result.stderr}`);
    assert.equal(okCount(result.stdout), 14, result.stdout);
  } finally {
    await member.stop();
  }
});
