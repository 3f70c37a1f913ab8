export type { ByteStream, ByteStreamHandlers } from './byte-stream.js';
export type { Clock, Timer } from './clock.js';
export type { LogLevel, LogSink } from './log-sink.js';
export type { Random } from './random.js';
