/** A command that ends with `Error: message` and a code: etcd's 1 for what went wrong, 128 for bad arguments. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}
