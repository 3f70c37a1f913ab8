export type { ByteStream, ByteStreamHandlers } from './byte-stream.js';
export type { Clock, Timer } from './clock.js';
export type { Disk, DiskErrorCode, DiskFile, DiskFileMode, DiskOperation } from './disk.js';
export { DISK_ERROR_CODES, DiskError } from './disk.js';
export type { HttpClient, HttpClientAnswer } from './http-client.js';
export type { LogLevel, LogSink } from './log-sink.js';
export type { PasswordHasher } from './password-hasher.js';
export type { Random } from './random.js';
export type { SignedLogin, TokenSigner } from './token-signer.js';
