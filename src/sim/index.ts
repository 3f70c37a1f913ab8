export type { FaultCounts } from './fault-counts.js';
export type { PortWrappers } from './sim-host.js';
export { type SimulationInput, type SimulationResult, simulate } from './simulation.js';
