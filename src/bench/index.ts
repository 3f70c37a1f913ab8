export { Histogram, type HistogramRow } from './histogram.js';
export { COMPACT, call, type Method, PUT, RANGE, STATUS, TXN } from './kv-calls.js';
export { ProgressBar, type ProgressOutput } from './progress-bar.js';
export type { JsonReport } from './report.js';
export { encodePut, encodeRange, PUT_PATH, RANGE_PATH } from './requests.js';
export {
  CallError,
  type Connect,
  callUnary,
  type Endpoint,
  type LoadConnection,
  type LoadStream,
  type LoadTls,
  type Metadata,
  parseEndpoint,
  type UnaryDone,
} from './rpc.js';
export { type BenchPorts, runBench } from './run.js';
export { prefixEnd } from './workloads.js';
