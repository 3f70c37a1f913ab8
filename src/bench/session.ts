/** The connections of a run: opened together, spread over the endpoints, authenticated once. */
import { AUTHENTICATE_PATH, decodeToken, encodeAuthenticate } from './requests.js';
import {
  type Connect,
  callUnary,
  type Endpoint,
  type LoadConnection,
  type LoadTls,
  type Metadata,
  parseEndpoint,
} from './rpc.js';

export interface Session {
  readonly connections: readonly LoadConnection[];
  /** The token of an authenticated user. */
  readonly metadata: Metadata | undefined;
  close(): void;
}

export interface SessionOptions {
  /** `host:port`, separated by commas. */
  readonly endpoints: string;
  readonly conns: number;
  /** `name:password`; empty: none. */
  readonly user: string;
  /** For endpoints with `https:`, and for all if a file of it is given. */
  readonly tls: LoadTls;
  /** 0: no limit. */
  readonly dialTimeoutMs: number;
}

export async function openSession(connect: Connect, options: SessionOptions): Promise<Session> {
  const endpoints = parseEndpoints(options.endpoints);
  const attempts = Array.from({ length: options.conns }, (_, i) =>
    dial(connect, endpoints[i % endpoints.length]!, options),
  );
  const settled = await Promise.allSettled(attempts);
  const connections: LoadConnection[] = [];
  let failure: unknown;
  for (const attempt of settled) {
    if (attempt.status === 'fulfilled') connections.push(attempt.value);
    else failure = attempt.reason;
  }
  const close = (): void => {
    for (const connection of connections) connection.close();
  };
  try {
    if (failure !== undefined) throw failure;
    return { connections, metadata: await authenticate(connections[0]!, options.user), close };
  } catch (error) {
    close();
    throw error;
  }
}

/** Connects; a connection that stands too late is closed. */
function dial(connect: Connect, endpoint: Endpoint, options: SessionOptions): Promise<LoadConnection> {
  const { dialTimeoutMs: timeoutMs, tls: given } = options;
  const isSecure =
    endpoint.isSecure === true || given.caFile !== '' || given.certFile !== '' || given.skipVerify;
  const tls = isSecure ? given : undefined;
  if (timeoutMs === 0) return connect(endpoint, tls);
  return new Promise((resolve, reject) => {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      reject(new Error(`no connection to ${endpoint.host}:${endpoint.port} after ${timeoutMs} ms`));
    }, timeoutMs);
    connect(endpoint, tls).then(
      (connection) => {
        clearTimeout(timer);
        if (late) connection.close();
        else resolve(connection);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}

function parseEndpoints(list: string): readonly Endpoint[] {
  return list.split(',').map((text) => {
    const endpoint = parseEndpoint(text);
    if (endpoint === undefined) {
      throw new Error(`endpoint "${text}": want HOST:PORT, http://HOST:PORT or https://HOST:PORT`);
    }
    return endpoint;
  });
}

async function authenticate(connection: LoadConnection, user: string): Promise<Metadata | undefined> {
  if (user === '') return undefined;
  const colon = user.indexOf(':');
  const request = encodeAuthenticate(user.slice(0, colon), user.slice(colon + 1));
  return [['token', decodeToken(await callUnary(connection, AUTHENTICATE_PATH, request))]];
}
