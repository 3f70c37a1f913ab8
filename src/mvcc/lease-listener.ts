/** Hears which keys belong to which lease. The store keeps the number with the KeyValue and knows nothing else of it. */
export interface LeaseChangeListener {
  /**
   * A live key has another lease than before; 0 is none, and what a key has before it lives and after. `keyId` is the
   * key's number for as long as it lives. Called within a write transaction; must not call the store.
   */
  onLeaseChange(keyId: number, from: bigint, to: bigint): void;
}
