export { type DueLeases, LeaseDeadlines, type RenewStatus } from './deadlines.js';
export type { Lease, LeaseState } from './lease.js';
export { LeaseClock } from './lease-clock.js';
export { LeaseIds } from './lease-ids.js';
export { type GrantStatus, type LeaseListener, Lessor } from './lessor.js';
