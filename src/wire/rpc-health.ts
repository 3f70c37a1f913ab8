/** grpc.health.v1.Health: the health checking protocol of gRPC. */

import type { Empty } from './empty.js';
import { type EnumType, enumeration, message, repeated, string } from './field.js';
import { MessageType } from './message.js';

export interface HealthCheckRequest {
  /** Empty: the server as a whole. */
  readonly service: string;
}
export const HealthCheckRequest: MessageType<HealthCheckRequest> = new MessageType(
  'grpc.health.v1.HealthCheckRequest',
  {
    service: string(1),
  },
);

export const ServingStatus = { UNKNOWN: 0, SERVING: 1, NOT_SERVING: 2, SERVICE_UNKNOWN: 3 } as const;
export type ServingStatus = (typeof ServingStatus)[keyof typeof ServingStatus];
const SERVING_STATUS: EnumType = {
  protoName: 'grpc.health.v1.HealthCheckResponse.ServingStatus',
  values: ServingStatus,
};

export interface HealthCheckResponse {
  /** A {@link ServingStatus}. */
  readonly status: number;
}
export const HealthCheckResponse: MessageType<HealthCheckResponse> = new MessageType(
  'grpc.health.v1.HealthCheckResponse',
  {
    status: enumeration(1, SERVING_STATUS),
  },
);

export type HealthListRequest = Empty;
export const HealthListRequest: MessageType<HealthListRequest> = new MessageType(
  'grpc.health.v1.HealthListRequest',
  {},
);

/** One entry of a map, which protobuf writes as a repeated message. */
export interface StatusesEntry {
  readonly key: string;
  readonly value: HealthCheckResponse | undefined;
}
export const StatusesEntry: MessageType<StatusesEntry> = new MessageType(
  'grpc.health.v1.HealthListResponse.StatusesEntry',
  {
    key: string(1),
    value: message(2, () => HealthCheckResponse),
  },
);

export interface HealthListResponse {
  readonly statuses: readonly StatusesEntry[];
}
export const HealthListResponse: MessageType<HealthListResponse> = new MessageType(
  'grpc.health.v1.HealthListResponse',
  {
    statuses: repeated(message(1, () => StatusesEntry)),
  },
);
