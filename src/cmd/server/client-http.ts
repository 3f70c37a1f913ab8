/** The client port's HTTP: which endpoints there are, and the server that takes the connections. */
import type { Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import {
  bridgeWebSocket,
  type Endpoint,
  type GatewayOptions,
  gatewayEndpoints,
  HttpRouter,
  JSON_BYTES_PER_MESSAGE_BYTE,
  labEndpoint,
  versionEndpoint,
} from '../../api/index.js';
import { readAssetFolder } from '../../node/asset-folder.js';
import { createHttpServer } from '../../node/http-server.js';
import type { HttpCallHandler } from '../../transport/index.js';
import type { ServerConfig } from '../config/server-config.js';
import { API_VERSION } from '../version.js';
import { answerHttp2 } from './http2-exchange.js';

export interface ClientHttpParts {
  readonly gateway: GatewayOptions;
  /** Health, metrics and the like. */
  readonly monitoring: readonly Endpoint[];
  readonly lab: LabFiles;
}

/** Undefined if the Lab was not built, or is not wanted. */
export type LabFiles = ReadonlyMap<string, Uint8Array> | undefined;

/** Beside the compiled program. */
const LAB_FOLDER = fileURLToPath(new URL('../../../lab', import.meta.url));

export async function readLab(config: ServerConfig): Promise<LabFiles> {
  return config.enableLab ? await readAssetFolder(LAB_FOLDER) : undefined;
}

export interface ClientHttp {
  /** Answers HTTP/1.1. */
  readonly server: Server;
  /** Answers the same by HTTP/2. */
  readonly onHttpCall: HttpCallHandler;
}

export function clientHttp(config: ServerConfig, parts: ClientHttpParts): ClientHttp {
  const endpoints = [versionEndpoint(API_VERSION), ...parts.monitoring];
  if (config.enableGrpcGateway) endpoints.push(...gatewayEndpoints(parts.gateway));
  if (config.enableLab) endpoints.push(labEndpoint(parts.lab));
  const router = new HttpRouter({ cors: config.cors, hostWhitelist: config.hostWhitelist }, endpoints);
  const messageBytesMax = parts.gateway.maxRecvMessageBytes * JSON_BYTES_PER_MESSAGE_BYTE;
  const server = createHttpServer(
    (request, respond) => router.handle(request, respond),
    config.enableGrpcGateway
      ? { upgrade: { handler: (request) => bridgeWebSocket(router, request), messageBytesMax } }
      : {},
  );
  return { server, onHttpCall: answerHttp2((request, respond) => router.handle(request, respond)) };
}
