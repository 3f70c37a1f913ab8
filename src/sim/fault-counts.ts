/** What really happened in a run: a simulation that injects nothing proves nothing. */
export interface FaultCounts {
  powerFailures: number;
  kills: number;
  gracefulStops: number;
  /** All machines at once. */
  clusterCrashes: number;
  leaderCrashes: number;
  /** Lives that ended because a write, a sync or a commit failed. */
  memberStops: number;
  failedStarts: number;
  /** Lives that ended because the member was removed. */
  removedStops: number;
  /** Starts that found an unfinished write at the end of the log. */
  tornTails: number;
  diskErrors: number;
  backendErrors: number;
  diskFullPeriods: number;
  diskFullRetries: number;
  slowDiskPeriods: number;
  pauses: number;
  clockChanges: number;
  membersAdded: number;
  membersPromoted: number;
  membersRemoved: number;
  leaderMoves: number;
  partitions: number;
  clogs: number;
  flaps: number;
  messages: number;
  messagesLost: number;
  messagesDoubled: number;
  snapshotsSent: number;
  snapshotsBroken: number;
  snapshotsDelivered: number;
}

export function noFaults(): FaultCounts {
  return {
    powerFailures: 0,
    kills: 0,
    gracefulStops: 0,
    clusterCrashes: 0,
    leaderCrashes: 0,
    memberStops: 0,
    failedStarts: 0,
    removedStops: 0,
    tornTails: 0,
    diskErrors: 0,
    backendErrors: 0,
    diskFullPeriods: 0,
    diskFullRetries: 0,
    slowDiskPeriods: 0,
    pauses: 0,
    clockChanges: 0,
    membersAdded: 0,
    membersPromoted: 0,
    membersRemoved: 0,
    leaderMoves: 0,
    partitions: 0,
    clogs: 0,
    flaps: 0,
    messages: 0,
    messagesLost: 0,
    messagesDoubled: 0,
    snapshotsSent: 0,
    snapshotsBroken: 0,
    snapshotsDelivered: 0,
  };
}
