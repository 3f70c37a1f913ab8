export type { BoltCursor } from './bolt-cursor.js';
export { BoltFile, isBucket } from './bolt-file.js';
export { BoltLayout } from './bolt-layout.js';
export { BoltWriter } from './bolt-writer.js';
export { CorruptBoltError } from './errors.js';
export type { BoltSource } from './source.js';
export { bytesSource } from './source.js';
export type { PageSink } from './tree-writer.js';
