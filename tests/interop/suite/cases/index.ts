/** All cases, in the order in which they are played. */
import type { Case } from '../case.js';
import { AUTH_CASES } from './auth.js';
import { CLUSTER_CASES } from './cluster.js';
import { LEASE_CASES } from './lease.js';
import { LOCK_CASES } from './locks.js';
import { MAINTENANCE_CASES } from './maintenance.js';
import { PERMISSION_CASES } from './permissions.js';
import { PROTOCOL_CASES } from './protocol.js';
import { PUT_CASES } from './put.js';
import { RANGE_CASES } from './range.js';
import { TXN_CASES } from './txn.js';
import { WATCH_CASES } from './watch.js';

export const CASES: readonly Case[] = [
  ...RANGE_CASES,
  ...[...PUT_CASES, ...TXN_CASES].flatMap(({ cases }) => cases),
  ...WATCH_CASES,
  ...LEASE_CASES,
  ...LOCK_CASES.flatMap(({ cases }) => cases),
  ...AUTH_CASES,
  ...[...PERMISSION_CASES, ...MAINTENANCE_CASES, ...PROTOCOL_CASES, ...CLUSTER_CASES].flatMap(
    ({ cases }) => cases,
  ),
];
