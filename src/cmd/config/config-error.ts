/** A configuration that cannot be started with. `exitCode` is etcd's: 2 for syntax, 1 for meaning. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}
