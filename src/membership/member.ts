/** A member of the cluster as all members know it (etcd's `Member`). */
export interface Member {
  readonly id: bigint;
  /** Empty until the member has started once and published itself. */
  readonly name: string;
  /** Sorted. */
  readonly peerUrls: readonly string[];
  readonly clientUrls: readonly string[];
  readonly isLearner: boolean;
}
