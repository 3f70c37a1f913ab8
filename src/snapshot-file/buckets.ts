/**
 * etcd's buckets, and where their records are in Quoin's tables. Keys, leases, alarms, users and roles are stored in
 * etcd's own bytes, so they are copied as they are; what is written in another shape is listed in `etcd-records.ts`.
 */
import type { Table } from '../mvcc/index.js';

/** A bucket whose records are those of a table, of all whose keys begin with `prefix` if there is one. */
export interface CopiedBucket {
  readonly name: string;
  readonly table: Table;
  /** The table's keys have this letter before the bucket's. */
  readonly prefix: string;
}

/** etcd keeps users, roles and the switch in buckets of their own, Quoin in one table. */
export const COPIED_BUCKETS: readonly CopiedBucket[] = [
  { name: 'alarm', table: 'alarm', prefix: '' },
  { name: 'auth', table: 'auth', prefix: 'e' },
  { name: 'authRoles', table: 'auth', prefix: 'r' },
  { name: 'authUsers', table: 'auth', prefix: 'u' },
  { name: 'key', table: 'key', prefix: '' },
  { name: 'lease', table: 'lease', prefix: '' },
];

/** Kept in the table `meta` as etcd keeps them in the bucket. */
export const SCHEDULED_COMPACTION = 'scheduledCompactRev';
export const FINISHED_COMPACTION = 'finishedCompactRev';

/** Buckets of etcd's that say nothing of keys or users, or that every member writes for itself. */
export const OTHER_BUCKETS: readonly string[] = ['cluster', 'members', 'members_removed', 'meta'];
