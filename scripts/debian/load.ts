/** Writes the packages, one key each, in transactions that follow one another: versions of a name keep their order. */
import { call, type LoadConnection, ProgressBar, TXN } from '../../src/bench/index.js';
import { PutRequest, RequestOp } from '../../src/wire/index.js';
import { batchesOf, keyOf, type Stanza } from './stanzas.js';

export interface LoadSummary {
  readonly records: number;
  readonly transactions: number;
  readonly bytes: number;
  readonly seconds: number;
}

export async function loadStanzas(
  connection: LoadConnection,
  stanzas: readonly Stanza[],
): Promise<LoadSummary> {
  const beganMs = performance.now();
  let records = 0;
  let transactions = 0;
  let bytes = 0;
  const progress = new ProgressBar(process.stderr, stanzas.length, () => records);
  try {
    for (const batch of batchesOf(stanzas)) {
      const success = batch.map(({ name, value }) =>
        RequestOp.create({ requestPut: PutRequest.create({ key: keyOf(name), value }) }),
      );
      const answer = await call(connection, TXN, { success });
      if (!answer.succeeded || answer.responses.length !== batch.length) {
        throw new Error(
          `a transaction of ${batch.length} puts was answered with ${answer.responses.length} results`,
        );
      }
      records += batch.length;
      transactions++;
      for (const { value } of batch) bytes += value.length;
    }
  } finally {
    progress.stop();
  }
  return { records, transactions, bytes, seconds: (performance.now() - beganMs) / 1000 };
}
