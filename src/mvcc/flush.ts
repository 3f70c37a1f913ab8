import { assert } from '../stdx/index.js';
import type { BackendTransaction } from './backend.js';
import type { Compaction } from './compaction.js';
import { keyFieldBytes } from './key-value.js';
import { putRevisionKey, TOMBSTONE_KEY_BYTES } from './revision-key.js';
import type { StoreState } from './state.js';

/**
 * Hands everything that the backend does not have yet to one transaction. Values go by reference into the ring, which
 * keeps the slabs until the transaction has committed.
 */
export async function flushPending(
  state: StoreState,
  compaction: Compaction,
  extra: (tx: BackendTransaction) => void,
): Promise<void> {
  assert(!state.isTxnOpen, 'a flush takes whole revisions');
  const end = state.log.end;
  let onCommitted: () => void = () => {};
  const committing = state.backend.commit((tx) => {
    putRecords(state, tx, end);
    onCommitted = compaction.flush(tx);
    extra(tx);
  });
  state.flushedSeq = end;
  state.pendingRecords = 0;
  state.pendingBytes = 0;
  await committing;
  // Transactions commit in call order, but their promises need not be heard in it.
  if (end > state.committedSeq) state.committedSeq = end;
  onCommitted();
  state.ring.release(state.committedSeq);
}

function putRecords(state: StoreState, tx: BackendTransaction, end: number): void {
  const { log, ring, index } = state;
  const keys = new Uint8Array(state.pendingRecords * TOMBSTONE_KEY_BYTES);
  let at = 0;
  for (let seq = log.seekFrom(state.flushedSeq); seq < end; seq = log.seekFrom(seq + 1)) {
    const keyEnd = putRevisionKey(keys, at, log.main, log.sub, log.isDelete);
    const start = log.kvOffset;
    const length = log.isDelete ? keyFieldBytes(index.table.keyLength(log.id)) : log.kvLength;
    tx.put('key', keys.subarray(at, keyEnd), ring.bufOf(log.slab).subarray(start, start + length));
    at = keyEnd;
  }
}
