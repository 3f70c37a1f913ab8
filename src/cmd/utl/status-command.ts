/** `snapshot status`: what is in a file. */
import { readSnapshotStatus, type SnapshotStatus } from '../../snapshot-file/index.js';
import { CommandError } from './command-error.js';
import { checkFormat, type Field, humanBytes, printFields } from './output.js';
import { checkedBoltFile, integrityError, openSnapshot } from './snapshot-input.js';

export function snapshotStatus(args: readonly string[], format: string): void {
  checkFormat(format);
  if (args.length !== 1) throw new CommandError('snapshot status requires exactly one argument', 128);
  const source = openSnapshot(args[0]!, 'stat');
  try {
    const steps = readSnapshotStatus(checkedBoltFile(source, 'if-present'));
    let step = steps.next();
    while (step.done !== true) step = steps.next();
    printFields(format, fieldsOf(step.value));
  } catch (error) {
    throw integrityError(error);
  } finally {
    source.close();
  }
}

function fieldsOf(status: SnapshotStatus): Field[] {
  const { hash, revision, totalKeys, totalBytes, version } = status;
  const hex = hash.toString(16);
  const number = (
    json: string,
    fields: string,
    table: string,
    value: number,
    text = String(value),
  ): Field => ({
    simple: text,
    json: [json, value],
    fields: [fields, value],
    table: [table, text],
  });
  const row = [
    number('hash', 'Hash', 'HASH', hash, hex),
    number('revision', 'Revision', 'REVISION', revision),
    number('totalKey', 'Keys', 'TOTAL KEYS', totalKeys),
    number('totalSize', 'Size', 'TOTAL SIZE', totalBytes, humanBytes(totalBytes)),
  ];
  // Files of etcd before 3.6 have none, and its tool does not speak of it.
  if (version !== '') {
    row.push({
      simple: version,
      json: ['version', version],
      fields: ['Version', version],
      table: ['VERSION', version],
    });
  }
  return row;
}
