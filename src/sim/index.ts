export { backendWith, collect, splitCommit, writeChanges } from './broken/broken-backend.js';
export { ackBeforeDurable, diskWith, fileWith, volatileCache } from './broken/broken-disk.js';
export { AppliedLog } from './check/applied-log.js';
export { RaftTraffic } from './check/raft-traffic.js';
export { EventHash } from './event-hash.js';
export { EventQueue } from './event-queue.js';
export { type FaultCounts, noFaults } from './fault-counts.js';
export type { MemberProcess } from './member-process.js';
export { type Flight, type FlightObserver, SimNetwork } from './network/sim-network.js';
export type { MemberTuning } from './options.js';
export { settle } from './settle.js';
export type { SimCall, SimCallListener } from './sim-call.js';
export {
  type Death,
  type FirstStart,
  type HostObserver,
  type HostParts,
  type PortWrappers,
  SimHost,
} from './sim-host.js';
export { type ObservedWorld, type SimulationInput, type SimulationResult, simulate } from './simulation.js';
export { type SafetyRule, Violation } from './violation.js';
export { foundingStart, joiningStart } from './workload/first-start.js';
