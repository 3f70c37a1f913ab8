/** v3lockpb.Lock: mutual exclusion among clients. */
import { bytes, int64Id, message } from './field.js';
import { ResponseHeader } from './header.js';
import { MessageType } from './message.js';

export interface LockRequest {
  readonly name: Uint8Array;
  readonly lease: bigint;
}
export const LockRequest: MessageType<LockRequest> = new MessageType('v3lockpb.LockRequest', {
  name: bytes(1),
  lease: int64Id(2),
});

export interface LockResponse {
  readonly header: ResponseHeader | undefined;
  /** Exists as long as the caller holds the lock. */
  readonly key: Uint8Array;
}
export const LockResponse: MessageType<LockResponse> = new MessageType('v3lockpb.LockResponse', {
  header: message(1, () => ResponseHeader),
  key: bytes(2),
});

export interface UnlockRequest {
  readonly key: Uint8Array;
}
export const UnlockRequest: MessageType<UnlockRequest> = new MessageType('v3lockpb.UnlockRequest', {
  key: bytes(1),
});

export interface UnlockResponse {
  readonly header: ResponseHeader | undefined;
}
export const UnlockResponse: MessageType<UnlockResponse> = new MessageType('v3lockpb.UnlockResponse', {
  header: message(1, () => ResponseHeader),
});
