export { SnapshotError } from './snapshot-error.js';
export { type Imported, type ImportOptions, importSnapshot } from './snapshot-import.js';
export { readSnapshotStatus, type SnapshotStatus } from './snapshot-status.js';
export { SnapshotFileWriter } from './snapshot-writer.js';
