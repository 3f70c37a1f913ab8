import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from './config-error.js';
import { readServerConfig, type ServerConfig } from './server-config.js';

function configOf(...argv: string[]): ServerConfig {
  const command = readServerConfig(argv, {});
  assert.ok(command.kind === 'run');
  return command.config;
}

function problemOf(...argv: string[]): string {
  try {
    configOf(...argv);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return `${error.exitCode} ${error.message}`;
  }
  return 'none';
}

const isOn = (config: ServerConfig): string[] =>
  [...config.featureGates].filter(([, gate]) => gate.isOn).map(([name]) => name);

test("etcd's defaults, what is asked for, and whole stages", () => {
  assert.deepEqual(isOn(configOf()), ['FastLeaseKeepAlive', 'TxnModeWriteWithSharedBuffer']);
  assert.deepEqual(isOn(configOf('--feature-gates=FastLeaseKeepAlive=false, CompactHashCheck=T')), [
    'CompactHashCheck',
    'TxnModeWriteWithSharedBuffer',
  ]);
  const alpha = isOn(configOf('--feature-gates=AllAlpha=true,PriorityRequest=false'));
  assert.ok(alpha.includes('SetMemberLocalAddr') && !alpha.includes('PriorityRequest'));
  assert.ok(isOn(configOf('--experimental-initial-corrupt-check')).includes('InitialCorruptCheck'));
});

test('what Quoin does otherwise is told, and nothing else', () => {
  const told = (gates: string): unknown[] =>
    configOf('--name=a', `--feature-gates=${gates}`).notes.map(({ fields }) => fields['feature-gate']);
  assert.deepEqual(told('CompactHashCheck=true,InitialCorruptCheck=false'), []);
  assert.deepEqual(told('CompactHashCheck=false,InitialCorruptCheck=true'), [
    'CompactHashCheck=false',
    'InitialCorruptCheck=true',
  ]);
});

test("mistakes are told in etcd's words", () => {
  const invalid = (value: string, why: string): void =>
    assert.equal(
      problemOf(`--feature-gates=${value}`),
      `2 invalid value ${JSON.stringify(value)} for flag -feature-gates: ${why}`,
    );
  invalid('Foo=true', 'unrecognized feature gate: Foo');
  invalid('LeaseCheckpoint', 'missing bool value for LeaseCheckpoint');
  invalid(
    'LeaseCheckpoint=maybe',
    'invalid value of LeaseCheckpoint=maybe, err: strconv.ParseBool: parsing "maybe": invalid syntax',
  );
  assert.equal(
    problemOf('--feature-gates=LeaseCheckpointPersist=true'),
    '1 enabling feature gate LeaseCheckpointPersist requires enabling feature gate LeaseCheckpoint',
  );
});
