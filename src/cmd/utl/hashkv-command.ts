/** `hashkv`: the hash of a file's keys, as a running member would compute it. */
import { Store } from '../../mvcc/index.js';
import { importSnapshot } from '../../snapshot-file/index.js';
import { MemoryBackend } from '../../storage/index.js';
import { CommandError } from './command-error.js';
import { checkFormat, type Field, printFields } from './output.js';
import { checkedBoltFile, integrityError, openSnapshot } from './snapshot-input.js';

const RECORDS_PER_STEP = 10_000;

export async function hashKv(args: readonly string[], revision: number, format: string): Promise<void> {
  checkFormat(format);
  if (args.length !== 1) throw new CommandError('hashkv requires exactly one argument', 128);
  const source = openSnapshot(args[0]!, 'stat');
  const backend = new MemoryBackend();
  try {
    const file = checkedBoltFile(source, 'if-present');
    const identity = { clusterId: 0n, memberId: 0n };
    await importSnapshot(file, backend, { identity, members: [], bumpRevision: 0 });
    const store = new Store(backend, { hashSeed: 1 });
    store.restore();
    const run = store.hashKv(revision);
    while (!run.step(RECORDS_PER_STEP));
    if (run.status === 'future') throw new CommandError('mvcc: required revision is a future revision');
    if (run.status === 'compacted') throw new CommandError('mvcc: required revision has been compacted');
    printFields(format, fieldsOf(run));
  } catch (error) {
    throw integrityError(error);
  } finally {
    source.close();
  }
}

function fieldsOf(run: { hash: number; hashRevision: number; compactRevision: number }): Field[] {
  const number = (json: string, fields: string, table: string, value: number): Field => ({
    simple: String(value),
    json: [json, value],
    fields: [fields, value],
    table: [table, String(value)],
  });
  return [
    number('hash', 'Hash', 'HASH', run.hash),
    number('hashRevision', 'Hash revision', 'HASH REVISION', run.hashRevision),
    number('compactRevision', 'Compact revision', 'COMPACT REVISION', run.compactRevision),
  ];
}
