/**
 * A gRPC client for tests: typed by the product's records, but with the codec and the transport of @grpc/grpc-js, so
 * that a mistake of ours cannot hide by being made on both sides.
 *
 *     const client = connect('127.0.0.1:2379');
 *     const { header } = await client.kv.put({ key: 'a', value: '1' });
 *     const watch = client.watch();
 *     watch.send({ createRequest: { key: 'a' } });
 *     const created = await watch.must();
 */
import { type ChannelCredentials, Client, type ClientOptions, credentials, Metadata } from '@grpc/grpc-js';
import * as wire from '../../src/wire/index.js';
import { loadMethods, type Method } from './methods.js';
import { fromPlain, type Init, toPlain } from './record.js';
import { type LibraryStream, RpcStream } from './stream.js';

export interface CallOptions {
  /** Extra metadata, as `{ hasleader: 'true' }`. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

export type Unary<Req, Res> = (request?: Init<Req>, options?: CallOptions) => Promise<Res>;
export type Streaming<Req, Res> = (options?: CallOptions) => RpcStream<Init<Req>, Res>;
export type ServerStreaming<Req, Res> = (request?: Init<Req>, options?: CallOptions) => RpcStream<never, Res>;

export interface ConnectOptions {
  /** Plain text if absent. */
  readonly credentials?: ChannelCredentials;
  /** Sent with every call once set; see {@link TestClient.token}. */
  readonly token?: string;
  readonly channel?: ClientOptions;
}

const TIMEOUT_MS = 15_000;

const methods = loadMethods({ longs: String, defaults: true });

function methodOf(path: string): Method {
  const method = methods.get(path);
  if (method === undefined) throw new Error(`${path} is not in proto/`);
  return method;
}

/** The calls of one endpoint, one property per service. */
export class TestClient {
  readonly endpoint: string;
  /** Sent as `token` with every call while it is not empty. */
  token: string;
  readonly #client: Client;

  constructor(endpoint: string, options: ConnectOptions = {}) {
    this.endpoint = endpoint;
    this.token = options.token ?? '';
    this.#client = new Client(endpoint, options.credentials ?? credentials.createInsecure(), {
      // Every test has a connection of its own, and large answers are part of the tests.
      'grpc.use_local_subchannel_pool': 1,
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': -1,
      ...options.channel,
    });
  }

  readonly kv = {
    range: this.#unary('/etcdserverpb.KV/Range', wire.RangeRequest, wire.RangeResponse),
    rangeStream: this.#serverStream(
      '/etcdserverpb.KV/RangeStream',
      wire.RangeRequest,
      wire.RangeStreamResponse,
    ),
    put: this.#unary('/etcdserverpb.KV/Put', wire.PutRequest, wire.PutResponse),
    deleteRange: this.#unary(
      '/etcdserverpb.KV/DeleteRange',
      wire.DeleteRangeRequest,
      wire.DeleteRangeResponse,
    ),
    txn: this.#unary('/etcdserverpb.KV/Txn', wire.TxnRequest, wire.TxnResponse),
    compact: this.#unary('/etcdserverpb.KV/Compact', wire.CompactionRequest, wire.CompactionResponse),
  };

  readonly watch = this.#stream('/etcdserverpb.Watch/Watch', wire.WatchRequest, wire.WatchResponse);

  readonly lease = {
    grant: this.#unary('/etcdserverpb.Lease/LeaseGrant', wire.LeaseGrantRequest, wire.LeaseGrantResponse),
    revoke: this.#unary('/etcdserverpb.Lease/LeaseRevoke', wire.LeaseRevokeRequest, wire.LeaseRevokeResponse),
    keepAlive: this.#stream(
      '/etcdserverpb.Lease/LeaseKeepAlive',
      wire.LeaseKeepAliveRequest,
      wire.LeaseKeepAliveResponse,
    ),
    timeToLive: this.#unary(
      '/etcdserverpb.Lease/LeaseTimeToLive',
      wire.LeaseTimeToLiveRequest,
      wire.LeaseTimeToLiveResponse,
    ),
    leases: this.#unary('/etcdserverpb.Lease/LeaseLeases', wire.LeaseLeasesRequest, wire.LeaseLeasesResponse),
  };

  readonly cluster = {
    memberAdd: this.#unary('/etcdserverpb.Cluster/MemberAdd', wire.MemberAddRequest, wire.MemberAddResponse),
    memberRemove: this.#unary(
      '/etcdserverpb.Cluster/MemberRemove',
      wire.MemberRemoveRequest,
      wire.MemberRemoveResponse,
    ),
    memberUpdate: this.#unary(
      '/etcdserverpb.Cluster/MemberUpdate',
      wire.MemberUpdateRequest,
      wire.MemberUpdateResponse,
    ),
    memberList: this.#unary(
      '/etcdserverpb.Cluster/MemberList',
      wire.MemberListRequest,
      wire.MemberListResponse,
    ),
    memberPromote: this.#unary(
      '/etcdserverpb.Cluster/MemberPromote',
      wire.MemberPromoteRequest,
      wire.MemberPromoteResponse,
    ),
  };

  readonly maintenance = {
    alarm: this.#unary('/etcdserverpb.Maintenance/Alarm', wire.AlarmRequest, wire.AlarmResponse),
    status: this.#unary('/etcdserverpb.Maintenance/Status', wire.StatusRequest, wire.StatusResponse),
    defragment: this.#unary(
      '/etcdserverpb.Maintenance/Defragment',
      wire.DefragmentRequest,
      wire.DefragmentResponse,
    ),
    hash: this.#unary('/etcdserverpb.Maintenance/Hash', wire.HashRequest, wire.HashResponse),
    hashKV: this.#unary('/etcdserverpb.Maintenance/HashKV', wire.HashKVRequest, wire.HashKVResponse),
    snapshot: this.#serverStream(
      '/etcdserverpb.Maintenance/Snapshot',
      wire.SnapshotRequest,
      wire.SnapshotResponse,
    ),
    moveLeader: this.#unary(
      '/etcdserverpb.Maintenance/MoveLeader',
      wire.MoveLeaderRequest,
      wire.MoveLeaderResponse,
    ),
    downgrade: this.#unary(
      '/etcdserverpb.Maintenance/Downgrade',
      wire.DowngradeRequest,
      wire.DowngradeResponse,
    ),
  };

  readonly auth = {
    enable: this.#unary('/etcdserverpb.Auth/AuthEnable', wire.AuthEnableRequest, wire.AuthEnableResponse),
    disable: this.#unary('/etcdserverpb.Auth/AuthDisable', wire.AuthDisableRequest, wire.AuthDisableResponse),
    status: this.#unary('/etcdserverpb.Auth/AuthStatus', wire.AuthStatusRequest, wire.AuthStatusResponse),
    authenticate: this.#unary(
      '/etcdserverpb.Auth/Authenticate',
      wire.AuthenticateRequest,
      wire.AuthenticateResponse,
    ),
    userAdd: this.#unary('/etcdserverpb.Auth/UserAdd', wire.AuthUserAddRequest, wire.AuthUserAddResponse),
    userGet: this.#unary('/etcdserverpb.Auth/UserGet', wire.AuthUserGetRequest, wire.AuthUserGetResponse),
    userList: this.#unary('/etcdserverpb.Auth/UserList', wire.AuthUserListRequest, wire.AuthUserListResponse),
    userDelete: this.#unary(
      '/etcdserverpb.Auth/UserDelete',
      wire.AuthUserDeleteRequest,
      wire.AuthUserDeleteResponse,
    ),
    userChangePassword: this.#unary(
      '/etcdserverpb.Auth/UserChangePassword',
      wire.AuthUserChangePasswordRequest,
      wire.AuthUserChangePasswordResponse,
    ),
    userGrantRole: this.#unary(
      '/etcdserverpb.Auth/UserGrantRole',
      wire.AuthUserGrantRoleRequest,
      wire.AuthUserGrantRoleResponse,
    ),
    userRevokeRole: this.#unary(
      '/etcdserverpb.Auth/UserRevokeRole',
      wire.AuthUserRevokeRoleRequest,
      wire.AuthUserRevokeRoleResponse,
    ),
    roleAdd: this.#unary('/etcdserverpb.Auth/RoleAdd', wire.AuthRoleAddRequest, wire.AuthRoleAddResponse),
    roleGet: this.#unary('/etcdserverpb.Auth/RoleGet', wire.AuthRoleGetRequest, wire.AuthRoleGetResponse),
    roleList: this.#unary('/etcdserverpb.Auth/RoleList', wire.AuthRoleListRequest, wire.AuthRoleListResponse),
    roleDelete: this.#unary(
      '/etcdserverpb.Auth/RoleDelete',
      wire.AuthRoleDeleteRequest,
      wire.AuthRoleDeleteResponse,
    ),
    roleGrantPermission: this.#unary(
      '/etcdserverpb.Auth/RoleGrantPermission',
      wire.AuthRoleGrantPermissionRequest,
      wire.AuthRoleGrantPermissionResponse,
    ),
    roleRevokePermission: this.#unary(
      '/etcdserverpb.Auth/RoleRevokePermission',
      wire.AuthRoleRevokePermissionRequest,
      wire.AuthRoleRevokePermissionResponse,
    ),
  };

  readonly election = {
    campaign: this.#unary('/v3electionpb.Election/Campaign', wire.CampaignRequest, wire.CampaignResponse),
    proclaim: this.#unary('/v3electionpb.Election/Proclaim', wire.ProclaimRequest, wire.ProclaimResponse),
    leader: this.#unary('/v3electionpb.Election/Leader', wire.LeaderRequest, wire.LeaderResponse),
    observe: this.#serverStream('/v3electionpb.Election/Observe', wire.LeaderRequest, wire.LeaderResponse),
    resign: this.#unary('/v3electionpb.Election/Resign', wire.ResignRequest, wire.ResignResponse),
  };

  readonly lock = {
    lock: this.#unary('/v3lockpb.Lock/Lock', wire.LockRequest, wire.LockResponse),
    unlock: this.#unary('/v3lockpb.Lock/Unlock', wire.UnlockRequest, wire.UnlockResponse),
  };

  readonly health = {
    check: this.#unary('/grpc.health.v1.Health/Check', wire.HealthCheckRequest, wire.HealthCheckResponse),
    watch: this.#serverStream(
      '/grpc.health.v1.Health/Watch',
      wire.HealthCheckRequest,
      wire.HealthCheckResponse,
    ),
    list: this.#unary('/grpc.health.v1.Health/List', wire.HealthListRequest, wire.HealthListResponse),
  };

  /** Bytes in, bytes out: for what no well-behaved client sends. */
  raw(path: string, request: Uint8Array, options?: CallOptions): Promise<Uint8Array> {
    return this.#call(
      path,
      () => Buffer.from(request),
      (bytes) => bytes,
      options,
    );
  }

  close(): void {
    this.#client.close();
  }

  #metadata(options: CallOptions | undefined): Metadata {
    const metadata = new Metadata();
    if (this.token !== '') metadata.set('token', this.token);
    for (const [name, value] of Object.entries(options?.metadata ?? {})) metadata.set(name, value);
    return metadata;
  }

  #call<Res>(
    path: string,
    serialize: () => Buffer,
    deserialize: (bytes: Buffer) => Res,
    options: CallOptions | undefined,
  ): Promise<Res> {
    const deadline = Date.now() + (options?.timeoutMs ?? TIMEOUT_MS);
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        path,
        serialize,
        deserialize,
        undefined,
        this.#metadata(options),
        { deadline },
        (error, response) => (error === null ? resolve(response as Res) : reject(error)),
      );
    });
  }

  #unary<Req, Res>(
    path: string,
    request: wire.MessageType<Req>,
    response: wire.MessageType<Res>,
  ): Unary<Req, Res> {
    const { requestSerialize, responseDeserialize } = methodOf(path);
    return (init, options) =>
      this.#call(
        path,
        () => requestSerialize(toPlain(request as wire.MessageType<unknown>, init ?? {})),
        (bytes) => fromPlain(response, responseDeserialize(bytes)),
        options,
      );
  }

  #stream<Req, Res>(
    path: string,
    request: wire.MessageType<Req>,
    response: wire.MessageType<Res>,
  ): Streaming<Req, Res> {
    const { requestSerialize, responseDeserialize } = methodOf(path);
    return (options) => {
      const call = this.#client.makeBidiStreamRequest(
        path,
        requestSerialize,
        responseDeserialize,
        this.#metadata(options),
        options?.timeoutMs === undefined ? {} : { deadline: Date.now() + options.timeoutMs },
      );
      return new RpcStream<Init<Req>, Res>(
        call as LibraryStream,
        (init) => toPlain(request as wire.MessageType<unknown>, init),
        (plain) => fromPlain(response, plain),
      );
    };
  }

  #serverStream<Req, Res>(
    path: string,
    request: wire.MessageType<Req>,
    response: wire.MessageType<Res>,
  ): ServerStreaming<Req, Res> {
    const { requestSerialize, responseDeserialize } = methodOf(path);
    return (init, options) => {
      const call = this.#client.makeServerStreamRequest(
        path,
        requestSerialize,
        responseDeserialize,
        toPlain(request as wire.MessageType<unknown>, init ?? {}),
        this.#metadata(options),
        options?.timeoutMs === undefined ? {} : { deadline: Date.now() + options.timeoutMs },
      );
      return new RpcStream<never, Res>(
        call as LibraryStream,
        () => undefined,
        (plain) => fromPlain(response, plain),
      );
    };
  }
}

/** A client of `host:port`. Close it after the test. */
export function connect(endpoint: string, options?: ConnectOptions): TestClient {
  return new TestClient(endpoint, options);
}
