/** Log, backend, store, leases and watchers. */
import type { StoreCounters, WatchableStore } from '../../mvcc/index.js';
import type { Member, MemberCounters } from '../../server/index.js';
import type { Exposition } from './exposition.js';

/** What is behind a member's state, and not reached through it. */
export interface MeasuredStorage {
  readonly backend: {
    size(): { readonly allocatedBytes: number; readonly inUseBytes: number };
    /** Views that are open. */
    readonly snapshotCount: number;
  };
  readonly wal: { readonly writtenBytes: number };
  readonly watchable: WatchableStore;
}

export function writeStorageMetrics(out: Exposition, member: Member, storage: MeasuredStorage): void {
  writeDiskMetrics(out, member.counters, storage);
  writeStoreMetrics(out, member, member.machine.store.counters);
  writeCompactionMetrics(out, member);
  writeLeaseMetrics(out, member);
}

function writeDiskMetrics(out: Exposition, counters: MemberCounters, storage: MeasuredStorage): void {
  out.histogram(
    'etcd_disk_wal_fsync_duration_seconds',
    'Time until a write of the log was durable, in seconds.',
    counters.logWriteSeconds,
  );
  // One write on a descriptor that syncs is both.
  out.histogram(
    'etcd_disk_wal_write_duration_seconds',
    'The same as for fsync: Quoin writes and syncs in one step.',
    counters.logWriteSeconds,
  );
  out.gauge(
    'etcd_disk_wal_write_bytes_total',
    'Bytes written to the log since the start.',
    storage.wal.writtenBytes,
  );
  out.histogram(
    'etcd_disk_backend_commit_duration_seconds',
    'Time until a transaction of the backend was durable, in seconds.',
    counters.commitSeconds,
  );
  out.histogram(
    'etcd_disk_backend_snapshot_duration_seconds',
    'Time to send a snapshot to a client, in seconds.',
    counters.snapshotSeconds,
  );
  out.histogram(
    'etcd_disk_backend_defrag_duration_seconds',
    'Time of a defragmentation, in seconds.',
    counters.defragmentSeconds,
  );
  out.gauge('etcd_disk_defrag_inflight', 'Defragmentations under way.', counters.defragmentsUnderWay);
  out.histogram(
    'etcd_mvcc_hash_duration_seconds',
    'Time to hash the backend, in seconds.',
    counters.hashSeconds,
  );
  out.histogram(
    'etcd_mvcc_hash_rev_duration_seconds',
    'Time to hash the keys up to a revision, in seconds.',
    counters.hashKvSeconds,
  );
  const { allocatedBytes, inUseBytes } = storage.backend.size();
  out.gauge('etcd_mvcc_db_total_size_in_bytes', "Size of the backend's file.", allocatedBytes);
  out.gauge(
    'etcd_mvcc_db_total_size_in_use_in_bytes',
    'Bytes of it that are in use: what the quota counts.',
    inUseBytes,
  );
  out.gauge(
    'etcd_mvcc_db_open_read_transactions',
    'Views of the backend that are open.',
    storage.backend.snapshotCount,
  );
}

function writeStoreMetrics(out: Exposition, member: Member, counters: StoreCounters): void {
  const { store } = member.machine;
  out.counter('etcd_mvcc_put_total', 'Puts.', counters.puts);
  out.counter('etcd_mvcc_delete_total', 'Deletions of a key or a range.', counters.deletes);
  out.counter('etcd_mvcc_range_total', 'Reads of a key or a range.', counters.ranges);
  out.counter(
    'etcd_mvcc_txn_total',
    'Transactions of more or less than one operation that may write.',
    counters.txns,
  );
  out.counter(
    'etcd_debugging_mvcc_range_total',
    'The same as etcd_mvcc_range_total, under an older name.',
    counters.ranges,
  );
  out.gauge(
    'etcd_debugging_mvcc_total_put_size_in_bytes',
    'Bytes of keys and values that were put.',
    counters.putBytes,
  );
  out.gauge('etcd_debugging_mvcc_keys_total', 'Keys that live.', store.keyCount);
  out.gauge('etcd_debugging_mvcc_current_revision', 'Revision of the store.', store.revision);
  out.gauge('etcd_debugging_mvcc_compact_revision', 'Lowest readable revision.', store.compactedRevision);
}

function writeCompactionMetrics(out: Exposition, member: Member): void {
  const { counters, machine } = member;
  out.counter(
    'etcd_debugging_mvcc_db_compaction_keys_total',
    'Records that compactions have removed.',
    machine.store.counters.compactedRecords,
  );
  out.gauge(
    'etcd_debugging_mvcc_db_compaction_last',
    'When the last compaction was through, in seconds since 1970; 0 if there was none since the start.',
    Math.floor(counters.compactedAt / 1000),
  );
  out.histogram(
    'etcd_debugging_mvcc_db_compaction_pause_duration_milliseconds',
    'Time of one slice of a compaction, in which requests wait.',
    counters.compactionPauseMs,
  );
  out.histogram(
    'etcd_debugging_mvcc_db_compaction_total_duration_milliseconds',
    'Time from the first slice of a compaction to the last.',
    counters.compactionTotalMs,
  );
}

function writeLeaseMetrics(out: Exposition, member: Member): void {
  const { lessor } = member.machine;
  const { deadlines } = member.leases;
  out.counter('etcd_debugging_lease_granted_total', 'Leases granted.', lessor.grantedTtls.count);
  out.counter('etcd_debugging_lease_revoked_total', 'Leases revoked or ended.', lessor.revokedCount);
  out.counter(
    'etcd_debugging_lease_renewed_total',
    'Renewals of leases by this member as the leader.',
    deadlines.renewedCount,
  );
  out.histogram(
    'etcd_debugging_lease_ttl_total',
    'Times to live of the leases that were granted, in seconds.',
    lessor.grantedTtls,
  );
  out.counter(
    'etcd_debugging_server_lease_expired_total',
    'Leases that this member has found ended as the leader.',
    deadlines.endedCount,
  );
}

/** `streamCount`: Watch calls that are open. */
export function writeWatchMetrics(out: Exposition, watchable: WatchableStore, streamCount: number): void {
  out.gauge('etcd_debugging_mvcc_watch_stream_total', 'Open streams of watchers.', streamCount);
  out.gauge('etcd_debugging_mvcc_watcher_total', 'Watchers.', watchable.watcherCount);
  out.gauge(
    'etcd_debugging_mvcc_slow_watcher_total',
    'Watchers that catch up or wait for their reader.',
    watchable.slowWatcherCount,
  );
  out.gauge(
    'etcd_debugging_mvcc_pending_events_total',
    'Revisions that are not handed out yet to the watchers that have caught up.',
    watchable.pendingRevisionCount,
  );
  out.counter(
    'etcd_debugging_mvcc_events_total',
    'Events handed to watchers, each as often as it was.',
    watchable.deliveredEventCount,
  );
}
