export { Histogram, type HistogramRow } from './histogram.js';
export { ProgressBar, type ProgressOutput } from './progress-bar.js';
export {
  CallError,
  type Connect,
  callUnary,
  type Endpoint,
  type LoadConnection,
  type LoadStream,
  type Metadata,
  parseEndpoint,
  type UnaryDone,
} from './rpc.js';
export { type BenchPorts, runBench } from './run.js';
