/** The differential test as part of continuous integration: real etcd against the program under test, on a few fixed seeds and a fresh one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemberProcess, programUnderTest, skipWithoutServer } from '../harness/index.js';
import { Run } from './run.js';

const program = programUnderTest();
const skip = skipWithoutServer('etcd') || skipWithoutServer(program);
const ops = Number(process.env['QUOIN_DIFFERENTIAL_OPS'] ?? '2000');
/** As the command line's default, so that its replay does the same. */
const RESTART_EVERY = 700;
/** Fixed, so that a change is judged by the change; QUOIN_SEED adds one. */
const seeds = [
  1,
  200,
  2001,
  ...(process.env['QUOIN_SEED'] === undefined ? [] : [Number(process.env['QUOIN_SEED'])]),
];

for (const seed of seeds) {
  test(
    `${ops} operations from seed ${seed} give equal answers and events`,
    { skip, timeout: 300_000 },
    async () => {
      const [etcd, other] = [await MemberProcess.launch('etcd'), await MemberProcess.launch(program)];
      try {
        const restart = async (): Promise<void> => {
          await Promise.all([etcd.kill9(), other.kill9()]);
          await Promise.all([etcd.start(), other.start()]);
        };
        const endpoints = { a: etcd.endpoint, b: other.endpoint };
        const result = await new Run({ seed, ops, ...endpoints, restart, restartEvery: RESTART_EVERY }).run();
        const texts = result.differences.map(
          (difference) => `at ${difference.at}: ${difference.text}\n  ${difference.operation}`,
        );
        const replay = `node dist/tests/differential/main.js --seed ${seed} --ops ${ops} --b-program ${program}`;
        assert.deepEqual(texts, [], `${replay}\n${texts.join('\n')}`);
        assert.ok(result.operations >= ops && result.eventsCompared > ops, 'the run compared too little');
      } finally {
        await etcd.stop('SIGKILL');
        await other.stop('SIGKILL');
      }
    },
  );
}
