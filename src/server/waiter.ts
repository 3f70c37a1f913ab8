/**
 * Somebody who waits for a request to be applied on this member. A call of the transport is one as it stands. Bytes given
 * to `reply` are valid during the call only.
 */
export interface Waiter {
  reply(message: Uint8Array, start: number, end: number): void;
  finish(code: number, message: string): void;
  /** Whether he has gone meanwhile: what he asked for need not be begun any more. */
  readonly finished?: boolean;
}
