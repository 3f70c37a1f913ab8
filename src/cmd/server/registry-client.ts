/** The registry of v3 discovery over gRPC: one of several endpoints, tried again and again until one answers. */
import { systemClock } from '../../node/clock.js';
import { connected, connectedByTls } from '../../node/connector.js';
import { ReloadingFiles } from '../../node/tls/reloading-files.js';
import { settingsToConnect } from '../../node/tls/settings.js';
import type { ByteStream, LogSink } from '../../platform/index.js';
import { decodeUtf8, encodeUtf8, must } from '../../stdx/index.js';
import { ClientConnection, type Metadata, Status } from '../../transport/index.js';
import {
  AuthenticateRequest,
  AuthenticateResponse,
  Compare,
  CompareTarget,
  PutRequest,
  RangeRequest,
  RangeResponse,
  RequestOp,
  TxnRequest,
  TxnResponse,
} from '../../wire/index.js';
import type { RegistryDiscovery } from '../config/discovery.js';
import { isSecure, parseMemberUrl } from '../config/urls.js';
import type { Registry, RegistryKey } from './discover-by-registry.js';
import { DiscoveryError } from './discover-cluster.js';

/** Between two looks at who has registered. */
const POLL_MS = 500;
/** etcd's: the pause doubles with each failure, eight times. */
const BACK_OFF_MS = 1000;
const BACK_OFF_DOUBLINGS_MAX = 8;

interface Message<T> {
  toBytes(message: T): Uint8Array;
}
interface Answer<T> {
  decode(bytes: Uint8Array): T;
}

/** A call that another endpoint, or a later moment, may answer. */
class Unanswered extends Error {
  override readonly name = 'Unanswered';
}

export class RegistryClient implements Registry {
  readonly #options: RegistryDiscovery;
  readonly #log: LogSink;
  /** Undefined if no endpoint is reached by TLS. */
  readonly #files: ReloadingFiles | undefined;
  #connection: ClientConnection | undefined;
  #token: string | undefined;
  #attempt = 0;

  /** Throws if a file that is needed cannot be used: no later attempt would do better. */
  constructor(options: RegistryDiscovery, log: LogSink) {
    this.#options = options;
    this.#log = log;
    const isNeeded = options.endpoints.some((endpoint) => isSecure(parseMemberUrl(endpoint)));
    this.#files = isNeeded ? new ReloadingFiles(settingsToConnect(options.files), log) : undefined;
  }

  async read(key: string, isPrefix: boolean): Promise<readonly RegistryKey[]> {
    const from = encodeUtf8(key);
    const rangeEnd = isPrefix ? from.slice() : new Uint8Array(0);
    // Keys end in a slash or a letter, never in the last byte there is.
    if (isPrefix) rangeEnd[rangeEnd.length - 1]!++;
    const request = RangeRequest.create({ key: from, rangeEnd });
    const { kvs } = await this.#call('/etcdserverpb.KV/Range', RangeRequest, request, RangeResponse);
    return kvs.map((kv) => ({
      key: decodeUtf8(kv.key),
      value: decodeUtf8(kv.value),
      createRevision: kv.createRevision,
    }));
  }

  async create(key: string, value: string): Promise<boolean> {
    const name = encodeUtf8(key);
    const request = TxnRequest.create({
      compare: [Compare.create({ key: name, target: CompareTarget.CREATE, createRevision: 0 })],
      success: [RequestOp.create({ requestPut: PutRequest.create({ key: name, value: encodeUtf8(value) }) })],
    });
    const { succeeded } = await this.#call('/etcdserverpb.KV/Txn', TxnRequest, request, TxnResponse);
    return succeeded;
  }

  pause(): Promise<void> {
    return rest(POLL_MS);
  }

  close(): void {
    this.#connection?.close();
  }

  async #call<Q, A>(path: string, type: Message<Q>, request: Q, answer: Answer<A>): Promise<A> {
    for (let failures = 0; ; failures++) {
      try {
        const connection = await this.#connect();
        return answer.decode(await this.#unary(connection, path, type.toBytes(request)));
      } catch (error) {
        if (error instanceof DiscoveryError) throw error;
        this.#connection?.close();
        this.#connection = undefined;
        this.#log.log('warn', 'failed to get from discovery server', { error: (error as Error).message });
        await rest(BACK_OFF_MS * 2 ** Math.min(failures, BACK_OFF_DOUBLINGS_MAX));
      }
    }
  }

  /** The connection there is, or one to the next endpoint. */
  async #connect(): Promise<ClientConnection> {
    if (this.#connection?.usable === true) return this.#connection;
    const { endpoints, user, password } = this.#options;
    const url = parseMemberUrl(endpoints[this.#attempt++ % endpoints.length]!);
    const address = url.path === '' ? { host: url.host, port: url.port } : { path: url.path };
    const dialled = isSecure(url)
      ? connectedByTls({ address, serverName: url.host }, must(this.#files, 'some endpoint is secure'))
      : connected(address);
    const stream = await within(dialled, this.#options.dialTimeoutMs, `dial ${url.text}: no answer`);
    const connection = new ClientConnection(stream, {
      clock: systemClock,
      authority: url.path === '' ? `${url.host}:${url.port}` : 'localhost',
    });
    this.#connection = connection;
    this.#token = undefined;
    if (user === '') return connection;
    const login = AuthenticateRequest.toBytes({ name: user, password });
    const answer = await this.#unary(connection, '/etcdserverpb.Auth/Authenticate', login);
    this.#token = AuthenticateResponse.decode(answer).token;
    return connection;
  }

  #unary(connection: ClientConnection, path: string, message: Uint8Array): Promise<Uint8Array> {
    const metadata: Metadata | undefined = this.#token === undefined ? undefined : [['token', this.#token]];
    return new Promise((resolve, reject) => {
      connection.unary(
        path,
        message,
        metadata,
        (code, text, answer, start, end) => {
          if (code === Status.OK) resolve(answer.slice(start, end));
          else if (code === Status.UNAVAILABLE || code === Status.DEADLINE_EXCEEDED) {
            reject(new Unanswered(`${path}: ${text}`));
          } else reject(new DiscoveryError(`discovery: ${text}`));
        },
        this.#options.requestTimeoutMs,
      );
    });
  }
}

function rest(ms: number): Promise<void> {
  return new Promise((resolve) => void systemClock.setTimer(ms, resolve));
}

/** A connection that comes too late is closed. */
function within(dialled: Promise<ByteStream>, ms: number, problem: string): Promise<ByteStream> {
  return new Promise((resolve, reject) => {
    const late = systemClock.setTimer(ms, () => {
      reject(new Unanswered(problem));
      dialled.then(
        (stream) => stream.destroy(),
        () => {},
      );
    });
    dialled.then(resolve, reject).finally(() => late.cancel());
  });
}
