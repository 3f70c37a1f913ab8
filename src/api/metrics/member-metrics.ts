/** All that a member shows of itself on `/metrics`, under etcd's names. */
import type { Member } from '../../server/index.js';
import type { HealthCounters } from '../http/health-counters.js';
import { writeAbsentMetrics } from './absent-metrics.js';
import type { CallMetrics } from './call-metrics.js';
import type { Exposition } from './exposition.js';
import { type MeasuredNetwork, writeNetworkMetrics } from './network-metrics.js';
import {
  type FeatureGates,
  writeFeatureMetrics,
  writeHealthMetrics,
  writeServerMetrics,
} from './server-metrics.js';
import { type MeasuredStorage, writeStorageMetrics, writeWatchMetrics } from './storage-metrics.js';

export interface MeasuredMember {
  readonly member: Member;
  readonly storage: MeasuredStorage;
  readonly network: MeasuredNetwork;
  readonly calls: CallMetrics;
  readonly health: HealthCounters;
  /** `X.Y.Z`. */
  readonly version: string;
  readonly featureGates: FeatureGates;
}

export function writeMemberMetrics(out: Exposition, measured: MeasuredMember): void {
  const { member, storage, network, calls, health, version } = measured;
  writeServerMetrics(out, member, version);
  writeFeatureMetrics(out, measured.featureGates);
  writeHealthMetrics(out, health);
  writeStorageMetrics(out, member, storage);
  writeWatchMetrics(out, storage.watchable, calls.openCount('/etcdserverpb.Watch/Watch'));
  const self = member.options.memberId;
  const peers = member.machine.cluster.list().map(({ id }) => id);
  writeNetworkMetrics(
    out,
    network,
    self,
    peers.filter((id) => id !== self),
  );
  calls.write(out);
  writeAbsentMetrics(out);
}
