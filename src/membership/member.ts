/** A member of the cluster as all members know it (etcd's `Member`). */
export interface Member {
  readonly id: bigint;
  /** Empty until the member has started once and published itself; members of the first start have theirs from then on. */
  readonly name: string;
  /** Sorted. */
  readonly peerUrls: readonly string[];
  readonly clientUrls: readonly string[];
  readonly isLearner: boolean;
}

/** etcd calls a member started once its name is known. */
export const isStarted = (member: Member): boolean => member.name !== '';
