export type {
  MethodHandler,
  ServerCall,
  ServiceTable,
  StreamCall,
  StreamHandler,
  UnaryHandler,
} from './grpc/call.js';
export { RECV_MESSAGE_BYTES_DEFAULT } from './grpc/limits.js';
export { ServerConnection } from './grpc/server-connection.js';
export type { ServerKeepaliveOptions, ServerOptions } from './grpc/server-options.js';
export { Status } from './grpc/status.js';
export { FlushQueue } from './http2/flush-queue.js';
