/**
 * Bytes that were durable have changed or are gone. The member must not start: it could have voted for, or
 * acknowledged, what it no longer knows.
 */
export class CorruptWalError extends Error {
  override readonly name = 'CorruptWalError';
  readonly file: string;
  /** Byte offset in `file` where the first damaged or missing frame begins. */
  readonly offset: number;

  constructor(file: string, offset: number, reason: string) {
    super(`write-ahead log is damaged: ${file}, offset ${offset}: ${reason}`);
    this.file = file;
    this.offset = offset;
  }
}

/** A write or sync failed before: what is on the medium is unknown, so nothing is written or acknowledged any more. */
export class WalBrokenError extends Error {
  override readonly name = 'WalBrokenError';

  constructor(cause: Error) {
    super(`write-ahead log has failed: ${cause.message}`, { cause });
  }
}
