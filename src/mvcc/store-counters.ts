/** What a store has been asked to do since it was made; survives the replacement of its content. */
export class StoreCounters {
  puts = 0;
  /** Bytes of their keys and values. */
  putBytes = 0;
  /** Of intervals, not of keys. */
  deletes = 0;
  ranges = 0;
  /** Write transactions of more or less than one operation. */
  txns = 0;
  /** Records that compactions have taken away. */
  compactedRecords = 0;
}
