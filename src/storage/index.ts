export type { DiskFault, MemoryDiskOptions } from './memory-disk.js';
export { MemoryDisk } from './memory-disk.js';
export type { Checksum } from './wal/checksum.js';
export { CRC32C } from './wal/checksum.js';
export { CorruptWalError, WalBrokenError } from './wal/errors.js';
export type { SnapshotMarker, WalMetadata } from './wal/record.js';
export type { RecoveredWal, WalCreateOptions, WalOptions } from './wal/wal.js';
export { Wal } from './wal/wal.js';
