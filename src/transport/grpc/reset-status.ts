/** The status of a call whose stream was reset (gRPC over HTTP/2, "HTTP2 Transport Mapping", Errors). */
import { ErrorCode } from '../http2/frame.js';
import { Status } from './status.js';

export function statusOfReset(errorCode: number): number {
  switch (errorCode) {
    case ErrorCode.REFUSED_STREAM:
      return Status.UNAVAILABLE;
    case ErrorCode.CANCEL:
      return Status.CANCELLED;
    case ErrorCode.ENHANCE_YOUR_CALM:
      return Status.RESOURCE_EXHAUSTED;
    case ErrorCode.INADEQUATE_SECURITY:
      return Status.PERMISSION_DENIED;
    default:
      return Status.INTERNAL;
  }
}
