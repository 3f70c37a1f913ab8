/** The member cannot start with these settings or this data; the message is for the operator. */
export class BootstrapError extends Error {
  override readonly name = 'BootstrapError';
}
