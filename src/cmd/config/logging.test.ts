import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConfigError } from './config-error.js';
import { readRotation } from './logging.js';
import { readServerConfig, type ServerConfig } from './server-config.js';

function configOf(...argv: string[]): ServerConfig {
  const command = readServerConfig(argv, {});
  assert.ok(command.kind === 'run');
  return command.config;
}

function problemOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return `${error.exitCode} ${error.message}`;
  }
  return 'none';
}

const MEGABYTE = 1024 * 1024;

test("rotation is off unless asked for, and then as etcd's default says", () => {
  assert.equal(configOf('--log-rotation-config-json=nonsense').logRotation, undefined);
  assert.deepEqual(configOf('--enable-log-rotation', '--log-outputs=/x.log').logRotation, {
    bytesMax: 100 * MEGABYTE,
    daysMax: 0,
    backupsMax: 0,
    isLocalTime: false,
    isCompressed: false,
  });
});

test('what is set is read; what is missing, 0 or below is no limit, but for the size', () => {
  const text =
    '{"maxsize": 1, "maxage": 2, "maxbackups": 3, "localtime": true, "compress": true, "other": 1}';
  assert.deepEqual(readRotation(text), {
    bytesMax: MEGABYTE,
    daysMax: 2,
    backupsMax: 3,
    isLocalTime: true,
    isCompressed: true,
  });
  const { bytesMax, daysMax } = readRotation('{"maxsize": -5, "maxage": -1}');
  assert.deepEqual([bytesMax, daysMax], [100 * MEGABYTE, 0]);
});

// The texts are those of etcd 3.5.30; what its library says of broken JSON is another.
describe('what cannot be', () => {
  const rotating = ['--enable-log-rotation', '--log-outputs=/x.log'];
  const single = /^1 --log-outputs requires a single file path when --log-rotate-config-json is defined$/;
  const cases: [string[], RegExp][] = [
    [[...rotating, '--log-rotation-config-json=x'], /^1 improperly formatted log rotation config: /],
    [[...rotating, '--log-rotation-config-json=[]'], /^1 improperly formatted log rotation config: /],
    [
      [...rotating, '--log-rotation-config-json={"maxsize":"a"}'],
      /^1 invalid log rotation config: json: cannot unmarshal string into Go struct field logRotationConfig.Logger.maxsize of type int$/,
    ],
    [
      [...rotating, '--log-rotation-config-json={"compress":1}'],
      /^1 invalid .*cannot unmarshal number 1 into .*Logger.compress of type bool$/,
    ],
    [['--enable-log-rotation'], single],
    [['--enable-log-rotation', '--log-outputs=/a.log,/b.log'], single],
    [['--log-outputs=default,stderr'], /^1 multi logoutput for "default" is not supported yet$/],
    [['--logger=foo'], /^1 unknown logger option "foo"$/],
    [['--logger=capnslog'], /^1 --logger=capnslog is removed in v3.5$/],
  ];
  for (const [argv, message] of cases) {
    test(argv.join(' '), () =>
      assert.match(
        problemOf(() => configOf(...argv)),
        message,
      ),
    );
  }
});
