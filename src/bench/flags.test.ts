import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ParsedCommand, parseCommandLine, usageText } from './flags.js';
import { Options, optionsProblem, TOOL } from './options.js';

function parse(line: string): ParsedCommand {
  const parsed = parseCommandLine(TOOL, line.split(' '));
  assert.equal(parsed.kind, 'command', JSON.stringify(parsed));
  return parsed as ParsedCommand;
}

function problem(line: string): string {
  const parsed = parseCommandLine(TOOL, line === '' ? [] : line.split(' '));
  if (parsed.kind === 'usage-error') return parsed.message;
  return parsed.kind === 'command' ? (optionsProblem(parsed) ?? 'none') : parsed.kind;
}

test("etcd's own command lines parse, flags before, after and between", () => {
  const line =
    '--endpoints=10.0.0.1:2379,10.0.0.2:2379 --conns=100 --clients=1000 range YOUR_KEY --consistency=l --total=100000';
  const parsed = parse(line);
  const options = new Options(parsed);
  assert.equal(parsed.command.name, 'range');
  assert.deepEqual(options.operands, ['YOUR_KEY']);
  assert.equal(options.text('endpoints'), '10.0.0.1:2379,10.0.0.2:2379');
  assert.equal(options.count('conns'), 100);
  assert.equal(options.count('clients'), 1000);
  assert.equal(options.count('total'), 100_000);
  assert.equal(options.text('consistency'), 'l');

  const spaced = new Options(parse('--clients 5 put --key-size 8 --sequential-keys --total 7 --conns 3'));
  assert.equal(spaced.count('clients'), 5);
  assert.equal(spaced.count('total'), 7);
  assert.equal(spaced.count('conns'), 3);
  assert.equal(spaced.enabled('sequential-keys'), true);
  assert.equal(spaced.count('val-size'), 8);

  const ranged = new Options(parse('range a --total 3 -- --b'));
  assert.deepEqual(ranged.operands, ['a', '--b']);
  assert.equal(new Options(parse('put --sequential-keys=false')).enabled('sequential-keys'), false);
});

test('what is wrong is said', () => {
  assert.equal(problem('frobnicate'), 'unknown command "frobnicate" for "quoin-bench"');
  assert.equal(problem('put --consistency l'), 'unknown flag: --consistency');
  assert.equal(problem('put --total'), 'flag needs an argument: --total');
  assert.equal(problem('put --total ten'), 'invalid argument "ten" for "--total" flag');
  assert.equal(problem('put --total -1'), 'invalid argument "-1" for "--total" flag');
  assert.equal(
    problem('put --sequential-keys=perhaps'),
    'invalid argument "perhaps" for "--sequential-keys" flag',
  );
  assert.equal(problem('range'), 'range takes KEY [END]');
  assert.equal(problem('range a b c'), 'range takes KEY [END]');
  assert.equal(problem('put a'), 'put takes no arguments');
  assert.equal(problem('put --key-space-size 0'), 'expected positive --key-space-size, got (0)');
  assert.equal(problem('range a --consistency x'), 'unknown consistency "x": l or s');
  assert.equal(problem('range a b --prefix'), '--prefix takes no END');
  assert.equal(
    problem('txn-put --txn-ops 3'),
    'expected --txn-ops no larger than --key-space-size, got txn-ops(3) key-space-size(1)',
  );
  assert.equal(problem('--clients 0 put'), 'expected positive --clients, got (0)');
  assert.equal(problem('put --cert c'), '--cert and --key go together');
  assert.equal(problem('put'), 'none');
});

test('help is offered for the tool and for each command', () => {
  assert.equal(problem(''), 'help');
  assert.equal(problem('--help'), 'help');
  const parsed = parseCommandLine(TOOL, ['put', '-h']);
  assert.equal(parsed.kind === 'help' && parsed.command?.name, 'put');
  const named = parseCommandLine(TOOL, ['help', 'watch']);
  assert.equal(named.kind === 'help' && named.command?.name, 'watch');
  const text = usageText(TOOL, undefined);
  for (const command of TOOL.commands) assert.ok(text.includes(`\n  ${command.name} `), command.name);
  assert.match(usageText(TOOL, TOOL.commands[1]), /--val-size int\s+bytes of a value \(default 8\)/);
});
