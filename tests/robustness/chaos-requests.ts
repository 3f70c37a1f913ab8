/** Which requests etcd's members themselves agree on. */
import type { KvRequest } from '../../src/sim/check/model.js';
import type { TxnRequest } from '../../src/wire/index.js';

function readsThePast({ success, failure }: TxnRequest): boolean {
  return [...success, ...failure].some(
    ({ requestRange, requestTxn }) =>
      (requestRange !== undefined && requestRange.revision > 0) ||
      (requestTxn !== undefined && readsThePast(requestTxn)),
  );
}

/**
 * Whether etcd 3.5 does the same with it on all members. A transaction that writes and also reads at a revision which is
 * compacted or still to come is refused by the member that was asked; the others, and that one when it starts again
 * after a crash, leave the reads out because nobody waits for their answers, find nothing to refuse, and write.
 */
export function agreesInEtcd(request: KvRequest): boolean {
  return request.kind !== 'txn' || !readsThePast(request.txn);
}
