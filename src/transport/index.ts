export type {
  MethodHandler,
  ServerCall,
  ServiceTable,
  StreamCall,
  StreamHandler,
  UnaryHandler,
} from './grpc/call.js';
export { CallCounters, type ClientCounter, type MethodCounters } from './grpc/call-counters.js';
export type { ClientCall, ClientStream, UnaryDone } from './grpc/client-call.js';
export { ClientConnection } from './grpc/client-connection.js';
export type { ClientOptions } from './grpc/client-options.js';
export type { HttpCall, HttpCallHandler } from './grpc/http-call.js';
export { RECV_MESSAGE_BYTES_DEFAULT } from './grpc/limits.js';
export type { Metadata } from './grpc/metadata.js';
export { ServerConnection } from './grpc/server-connection.js';
export type { ServerKeepaliveOptions, ServerOptions } from './grpc/server-options.js';
export { SlowCalls } from './grpc/slow-calls.js';
export { Status } from './grpc/status.js';
export { TIMEOUT_UNIT_MS } from './grpc/timeout.js';
export { FlushQueue } from './http2/flush-queue.js';
export type { KeepaliveOptions } from './http2/keepalive.js';
export { GrpcPeerNetwork, type PeerNetworkOptions } from './peer/grpc-peer-network.js';
export type { Self } from './peer/handshake.js';
export { PeerCounters, PeerCounterTable, SnapshotCounters } from './peer/peer-counters.js';
export type {
  Peer,
  PeerConnector,
  PeerReceiver,
  SnapshotChecksum,
  SnapshotReader,
  SnapshotWriter,
} from './peer/ports.js';
