/**
 * A configuration that cannot be started with. `exitCode` is etcd's: 2 for syntax, 1 for meaning. `isPlain` is one that
 * etcd prints as it is, rather than in a line of the log.
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly exitCode: number;
  readonly isPlain: boolean;

  constructor(message: string, exitCode: number, isPlain = exitCode === 2) {
    super(message);
    this.exitCode = exitCode;
    this.isPlain = isPlain;
  }
}
