/**
 * `npm run interop`: every case against real etcd and against Quoin, in every setting, compared call by call. Ends with
 * status 1 if there is a difference that is not accepted, or a method, an option or a row of errors that no case met.
 */
import { parseArgs } from 'node:util';
import { skipWithoutServer } from '../../harness/index.js';
import { ACCEPTED_DIFFERENCES } from './accepted-differences.js';
import { CASES } from './cases/index.js';
import { SuiteRun } from './suite-run.js';
import { MEMBERS, type Members, PROTOCOLS, type Protocol, SECURITIES, type Security } from './target.js';

const { values } = parseArgs({
  options: {
    members: { type: 'string', default: MEMBERS.join() },
    security: { type: 'string', default: SECURITIES.join() },
    protocol: { type: 'string', default: PROTOCOLS.join() },
    /** Only cases whose name contains this. */
    only: { type: 'string', default: '' },
    /** Shows what every case says, too. */
    verbose: { type: 'boolean', default: false },
  },
});

for (const program of ['etcd', 'quoin'] as const) {
  const reason = skipWithoutServer(program);
  if (reason !== false) throw new Error(reason);
}

// Members are ended when this process exits by itself, which it does not when a signal ends it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

function chosen<T extends string | number>(text: string, all: readonly T[]): T[] {
  const found = text.split(',').map((word) => all.find((each) => String(each) === word));
  if (found.includes(undefined)) throw new Error(`"${text}" is not among ${all.join(', ')}`);
  return found as T[];
}

const run = new SuiteRun({
  cases: CASES.filter(({ name }) => name.includes(values.only)),
  members: chosen<Members>(values.members, MEMBERS),
  securities: chosen<Security>(values.security, SECURITIES),
  protocols: chosen<Protocol>(values.protocol, PROTOCOLS),
  rules: ACCEPTED_DIFFERENCES,
  isWhole: values.only === '',
  isVerbose: values.verbose,
  print: (line) => process.stdout.write(`${line}\n`),
});
process.exit((await run.go()) ? 0 : 1);
