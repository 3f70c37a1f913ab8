/** Metrics of etcd that stay at 0, and why they are shown all the same. */
import { BucketHistogram, exponentialBounds } from '../../stdx/index.js';
import type { Exposition } from './exposition.js';

/** Bounds are those of etcd; nothing is ever counted. */
const nothing = (first: number, factor: number, count: number): BucketHistogram =>
  new BucketHistogram(exponentialBounds(first, factor, count));

/**
 * What etcd shows from its start on and Quoin has no counterpart of, or not as a thing of its own: always 0, so that
 * dashboards and rules find it.
 */
export function writeAbsentMetrics(out: Exposition): void {
  const why = 'Always 0: there is no such thing in Quoin.';
  for (const name of ['rebalance', 'spill', 'write']) {
    const metric = `etcd_debugging_disk_backend_commit_${name}_duration_seconds`;
    out.histogram(metric, why, nothing(0.001, 2, 14));
  }
  out.histogram('etcd_snap_fsync_duration_seconds', why, nothing(0.001, 2, 14));
  out.histogram('etcd_snap_db_fsync_duration_seconds', why, nothing(0.001, 2, 14));
  out.histogram('etcd_snap_db_save_total_duration_seconds', why, nothing(0.1, 2, 10));
  out.histogram('etcd_debugging_snap_save_marshalling_duration_seconds', why, nothing(0.001, 2, 14));
  out.histogram('etcd_debugging_snap_save_total_duration_seconds', why, nothing(0.001, 2, 14));
  out.histogram('etcd_debugging_mvcc_index_compaction_pause_duration_milliseconds', why, nothing(0.5, 2, 14));
  for (const name of ['expires_total', 'watch_requests_total'])
    out.counter(`etcd_debugging_store_${name}`, why, 0);
  out.gauge('etcd_debugging_store_watchers', why, 0);
  for (const name of [
    'cache_hits_total',
    'cache_keys_total',
    'cache_misses_total',
    'watchers_coalescing_total',
  ])
    out.gauge(`etcd_grpc_proxy_${name}`, why, 0);
  out.counter('etcd_grpc_proxy_events_coalescing_total', why, 0);
}
