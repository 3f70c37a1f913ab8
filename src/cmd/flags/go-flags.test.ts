import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  FlagError,
  type FlagKind,
  type FlagSpec,
  parseDuration,
  parseFlags,
  parseFlagValue,
  parseInteger,
} from './go-flags.js';

function spec(name: string, kind: FlagKind, more: Partial<FlagSpec> = {}): FlagSpec {
  return { name, kind, default: '', usage: '', status: 'works', ...more };
}

const SPECS = new Map(
  [
    spec('name', 'string'),
    spec('max-wals', 'uint'),
    spec('offset', 'int'),
    spec('pre-vote', 'bool'),
    spec('timeout', 'duration'),
    spec('urls', 'list'),
    spec('force', 'string', { status: 'legacy' }),
    spec('state', 'string', { oneOf: ['new', 'existing'] }),
  ].map((each) => [each.name, each]),
);

const given = (...argv: string[]): Record<string, unknown> =>
  Object.fromEntries(parseFlags(SPECS, argv).given);

function problem(...argv: string[]): string {
  try {
    parseFlags(SPECS, argv);
  } catch (error) {
    assert.ok(error instanceof FlagError);
    return error.message;
  }
  return 'none';
}

test('one or two dashes, a value behind an equals sign or in the next word', () => {
  assert.deepEqual(given('--name=a', '-max-wals', '3'), { name: 'a', 'max-wals': 3 });
  assert.deepEqual(given('-name', '--max-wals'), { name: '--max-wals' });
  assert.deepEqual(given('--name=a=b=c'), { name: 'a=b=c' });
  assert.deepEqual(given('--name='), { name: '' });
  assert.deepEqual(given('--name=a', '--name=b'), { name: 'b' }, 'the last one wins');
});

test('a boolean takes no further word', () => {
  assert.deepEqual(parseFlags(SPECS, ['--pre-vote', 'false']), {
    given: new Map([['pre-vote', true]]),
    rest: ['false'],
    help: false,
  });
  for (const text of ['1', 't', 'T', 'true', 'TRUE', 'True']) {
    assert.deepEqual(given(`--pre-vote=${text}`), { 'pre-vote': true });
  }
  for (const text of ['0', 'f', 'F', 'false', 'FALSE', 'False']) {
    assert.deepEqual(given(`--pre-vote=${text}`), { 'pre-vote': false });
  }
  assert.equal(problem('--pre-vote=maybe'), 'invalid boolean value "maybe" for -pre-vote: parse error');
  assert.equal(problem('--pre-vote='), 'invalid boolean value "" for -pre-vote: parse error');
});

test('a flag of old takes any value, or none', () => {
  assert.deepEqual(given('--force', '--name=a', '--force=x'), { force: 'x', name: 'a' });
});

test('it stops at the first word that is no flag, and behind two dashes', () => {
  assert.deepEqual(parseFlags(SPECS, ['x', '--name=a']).rest, ['x', '--name=a']);
  assert.deepEqual(parseFlags(SPECS, ['--', '--name=a']).rest, ['--name=a']);
  assert.deepEqual(parseFlags(SPECS, ['-', '--name=a']).rest, ['-', '--name=a']);
});

test('help ends it: what stands behind is not looked at, what stands before is', () => {
  for (const word of ['-h', '--help', '-help', '--h']) {
    assert.equal(parseFlags(SPECS, [word, '--bogus']).help, true);
  }
  assert.equal(problem('--bogus', '-h'), 'flag provided but not defined: -bogus');
  assert.equal(parseFlags(SPECS, ['--name=a']).help, false);
});

test("mistakes are told in Go's words", () => {
  assert.equal(problem('--bogus'), 'flag provided but not defined: -bogus');
  assert.equal(problem('--bogus=1'), 'flag provided but not defined: -bogus');
  assert.equal(problem('--name'), 'flag needs an argument: -name');
  assert.equal(problem('---x'), 'bad flag syntax: ---x');
  assert.equal(problem('--=x'), 'bad flag syntax: --=x');
  assert.equal(problem('--max-wals=abc'), 'invalid value "abc" for flag -max-wals: parse error');
  assert.equal(problem('--max-wals=-1'), 'invalid value "-1" for flag -max-wals: parse error');
  assert.equal(problem('--max-wals=+1'), 'invalid value "+1" for flag -max-wals: parse error');
  assert.equal(problem('--timeout=5'), 'invalid value "5" for flag -timeout: parse error');
  assert.equal(problem('--state=x'), 'invalid value "x" for flag -state: invalid value "x"');
  assert.equal(
    problem('--max-wals=18446744073709551616'),
    'invalid value "18446744073709551616" for flag -max-wals: value out of range',
  );
});

test('a value from the environment is blamed on its variable', () => {
  assert.throws(() => parseFlagValue(SPECS.get('max-wals')!, 'abc', 'ETCD_MAX_WALS'), {
    message: 'invalid value "abc" for ETCD_MAX_WALS: parse error',
  });
  assert.throws(() => parseFlagValue(SPECS.get('pre-vote')!, 'abc', 'ETCD_PRE_VOTE'), {
    message: 'invalid value "abc" for ETCD_PRE_VOTE: parse error',
  });
});

test('a list is split at commas', () => {
  assert.deepEqual(given('--urls=a, b,c'), { urls: ['a', 'b', 'c'] });
  assert.deepEqual(given('--urls='), { urls: [] });
});

describe("Go's integers", () => {
  const cases: [string, number | undefined][] = [
    ['0', 0],
    ['12', 12],
    ['-12', -12],
    ['+12', 12],
    ['1_000', 1000],
    ['0x1F', 31],
    ['-0x10', -16],
    ['0X_1f', 31],
    ['0b101', 5],
    ['0o17', 15],
    ['017', 15],
    ['0_17', 15],
    ['00', 0],
    ['-0', 0],
    ['08', undefined],
    ['1__0', undefined],
    ['1_', undefined],
    ['_1', undefined],
    ['0x', undefined],
    ['0b2', undefined],
    ['1.5', undefined],
    ['1e3', undefined],
    ['', undefined],
    [' 1', undefined],
    ['--1', undefined],
  ];
  for (const [text, expected] of cases) {
    test(JSON.stringify(text), () => assert.equal(parseInteger(text), expected));
  }

  test('an unsigned one has no sign', () => {
    assert.deepEqual(
      ['+1', '-0', '-1', '7', '017'].map((text) => parseInteger(text, false)),
      [undefined, undefined, undefined, 7, 15],
    );
  });
});

describe("Go's durations, in milliseconds", () => {
  const cases: [string, number | undefined][] = [
    ['0', 0],
    ['-0', -0],
    ['500ms', 500],
    ['1h30m', 5_400_000],
    ['1.5s', 1500],
    ['.5s', 500],
    ['1.s', 1000],
    ['-2s', -2000],
    ['+2s', 2000],
    ['3us', 0.003],
    ['3\u00b5s', 0.003],
    ['3\u03bcs', 0.003],
    ['100ns', 0.0001],
    ['5', undefined],
    ['', undefined],
    ['-', undefined],
    ['s', undefined],
    ['1d', undefined],
    ['1s2', undefined],
    ['1 s', undefined],
  ];
  for (const [text, expected] of cases) {
    test(JSON.stringify(text), () => {
      const actual = parseDuration(text);
      if (expected === undefined) assert.equal(actual, undefined);
      else assert.ok(Math.abs(actual! - expected) < 1e-9, String(actual));
    });
  }
});
