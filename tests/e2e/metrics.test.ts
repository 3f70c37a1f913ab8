/** What etcd's dashboards and alerts look at is there on every member of a cluster, and moves when it should. */
import assert from 'node:assert/strict';
import { get as httpsGet } from 'node:https';
import { after, before, describe, test } from 'node:test';
import {
  ClusterProcess,
  call,
  encode,
  freePort,
  httpGet,
  MemberProcess,
  type MetricFamily,
  metricSum,
  parseMetrics,
  put,
  RawClient,
  remove,
  removeDir,
  skipWithoutServer,
  sleep,
  waitUntil,
} from '../harness/index.js';

const PUTS = 200;
/** Long enough for an election, a lease and a commit of the backend, on a busy machine too. */
const PATIENCE_MS = 30_000;

type Metrics = ReadonlyMap<string, MetricFamily>;

async function eventually(condition: () => Promise<boolean>, problem: () => string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, problem());
    await sleep(50);
  }
}

async function scrape(member: MemberProcess): Promise<Metrics> {
  const { status, headers, body } = await httpGet(`${member.clientUrl}/metrics`);
  assert.equal(status, 200);
  assert.match(String(headers['content-type']), /^text\/plain; version=0\.0\.4; charset=utf-8/);
  return parseMetrics(body);
}

/** Metrics of which the sum is greater after a load, on the member that the load went to; it leads. */
const MOVED_ON_LEADER = [
  'etcd_server_proposals_committed_total',
  'etcd_server_proposals_applied_total',
  'etcd_server_apply_duration_seconds_count',
  'etcd_server_client_requests_total',
  'etcd_disk_wal_fsync_duration_seconds_count',
  'etcd_disk_wal_fsync_duration_seconds_sum',
  'etcd_disk_wal_write_bytes_total',
  'etcd_disk_backend_commit_duration_seconds_count',
  'etcd_mvcc_db_total_size_in_use_in_bytes',
  'etcd_mvcc_put_total',
  'etcd_mvcc_range_total',
  'etcd_mvcc_delete_total',
  'etcd_mvcc_txn_total',
  'etcd_debugging_mvcc_keys_total',
  'etcd_debugging_mvcc_current_revision',
  'etcd_debugging_mvcc_compact_revision',
  'etcd_debugging_mvcc_db_compaction_keys_total',
  'etcd_debugging_mvcc_total_put_size_in_bytes',
  'etcd_debugging_mvcc_watcher_total',
  'etcd_debugging_mvcc_watch_stream_total',
  'etcd_debugging_mvcc_events_total',
  'etcd_debugging_lease_granted_total',
  'etcd_debugging_lease_revoked_total',
  'etcd_debugging_server_lease_expired_total',
  'etcd_network_client_grpc_received_bytes_total',
  'etcd_network_client_grpc_sent_bytes_total',
  'etcd_network_peer_sent_bytes_total',
  'etcd_network_peer_received_bytes_total',
  'grpc_server_started_total',
  'grpc_server_handled_total',
  'grpc_server_msg_received_total',
  'grpc_server_msg_sent_total',
  'grpc_server_handling_seconds_count',
  'process_cpu_seconds_total',
];

const MOVED_ON_FOLLOWERS = [
  'etcd_server_proposals_committed_total',
  'etcd_server_proposals_applied_total',
  'etcd_disk_wal_fsync_duration_seconds_count',
  'etcd_mvcc_put_total',
  'etcd_debugging_mvcc_current_revision',
  'etcd_network_peer_sent_bytes_total',
  'etcd_network_peer_received_bytes_total',
  'etcd_network_peer_round_trip_time_seconds_count',
];

describe('metrics of a cluster', { skip: skipWithoutServer('quoin') }, () => {
  let cluster: ClusterProcess;
  let leader: MemberProcess;
  let client: RawClient;
  before(async () => {
    cluster = await ClusterProcess.launch('quoin', { size: 3, flags: ['--metrics=extensive'] });
    leader = await cluster.leader();
    client = new RawClient(leader.endpoint);
  });
  after(async () => {
    client?.close();
    await cluster?.stop();
    for (const { dataDir } of cluster?.members ?? []) removeDir(dataDir);
  });

  /** Something of everything. */
  const load = async (): Promise<void> => {
    let events = 0;
    const watch = client.stream('/etcdserverpb.Watch/Watch', () => events++);
    watch.send(
      encode('WatchRequest', { create_request: { key: Buffer.from('k'), range_end: Buffer.from('l') } }),
    );
    assert.ok(await waitUntil(() => events > 0, PATIENCE_MS), 'the watcher is there');
    await Promise.all(Array.from({ length: PUTS }, (_, i) => put(client, `k${i % 50}`, 'x'.repeat(100))));
    await remove(client, 'k1');
    await call(client, 'Range', 'Range', { key: Buffer.from('k2') });
    const success = [
      { request_put: { key: Buffer.from('a'), value: Buffer.from('1') } },
      { request_put: { key: Buffer.from('b'), value: Buffer.from('2') } },
    ];
    await call(client, 'Txn', 'Txn', { success });
    await call(client, 'Compact', 'Compaction', { revision: 100 });
    const grant = encode('LeaseGrantRequest', { ID: 7, TTL: 1 });
    assert.equal((await client.unary('/etcdserverpb.Lease/LeaseGrant', grant)).code, 0);
    // A refusal, so that other codes than OK move, too.
    await client.unary('/etcdserverpb.KV/Put', new Uint8Array(0));
  };

  test('move under load', async () => {
    const before = new Map<MemberProcess, Metrics>();
    for (const member of cluster.members) before.set(member, await scrape(member));
    await load();
    const stuck = async (member: MemberProcess, names: readonly string[]): Promise<string[]> => {
      const now = await scrape(member);
      return names.filter((name) => metricSum(now, name) <= metricSum(before.get(member)!, name));
    };
    let left: string[] = [];
    const allMoved = async (): Promise<boolean> => {
      left = await stuck(leader, MOVED_ON_LEADER);
      for (const member of cluster.members) left.push(...(await stuck(member, MOVED_ON_FOLLOWERS)));
      return left.length === 0;
    };
    await eventually(allMoved, () => `${left.join(', ')} did not move`);
    const now = await scrape(leader);
    const puts = { grpc_method: 'Put', grpc_service: 'etcdserverpb.KV' };
    assert.equal(metricSum(now, 'grpc_server_handled_total', { ...puts, grpc_code: 'OK' }), PUTS);
    assert.equal(metricSum(now, 'grpc_server_handled_total', { ...puts, grpc_code: 'InvalidArgument' }), 1);
    assert.equal(metricSum(now, 'grpc_server_started_total', puts), PUTS + 1);
    assert.equal(metricSum(now, 'etcd_mvcc_put_total'), PUTS + 2);
  });

  test('say who leads, and who is connected', async () => {
    for (const member of cluster.members) {
      const now = await scrape(member);
      assert.equal(metricSum(now, 'etcd_server_has_leader'), 1);
      assert.equal(metricSum(now, 'etcd_server_is_leader'), member === leader ? 1 : 0);
      assert.ok(metricSum(now, 'etcd_server_leader_changes_seen_total') >= 1);
      assert.equal(metricSum(now, 'etcd_network_active_peers'), 2);
    }
    const others = cluster.members.filter((member) => member !== leader);
    const seen = await Promise.all(others.map(scrape));
    const changes = seen.map((metrics) => metricSum(metrics, 'etcd_server_leader_changes_seen_total'));
    await leader.kill9();
    for (const [i, member] of others.entries()) {
      const isNewer = async (): Promise<boolean> =>
        metricSum(await scrape(member), 'etcd_server_leader_changes_seen_total') > changes[i]!;
      await eventually(isNewer, () => 'no other leader was seen');
      assert.ok(metricSum(await scrape(member), 'etcd_network_disconnected_peers_total') > 0);
    }
  });
});

describe('the metrics port', { skip: skipWithoutServer('quoin') }, () => {
  test('has health and metrics, and nothing else', async () => {
    const port = await freePort();
    const member = await MemberProcess.launch('quoin', {
      flags: [`--listen-metrics-urls=http://127.0.0.1:${port}`],
    });
    try {
      const get = (path: string): ReturnType<typeof httpGet> => httpGet(`http://127.0.0.1:${port}${path}`);
      assert.equal((await get('/health')).body, '{"health":"true","reason":""}');
      assert.equal((await get('/readyz')).body, 'ok\n');
      assert.equal((await get('/livez/serializable_read')).status, 200);
      const families = parseMetrics((await get('/metrics')).body);
      assert.equal(metricSum(families, 'etcd_server_health_success') >= 1, true);
      assert.equal(families.has('grpc_server_handling_seconds'), false, 'not unless --metrics=extensive');
      for (const path of ['/version', '/debug/vars', '/v3/kv/range', '/']) {
        assert.equal((await get(path)).status, 404, path);
      }
    } finally {
      await member.stop();
      removeDir(member.dataDir);
    }
  });
});

test('the metrics port speaks TLS if its URL says so', { skip: skipWithoutServer('quoin') }, async () => {
  const port = await freePort();
  const flags = [`--listen-metrics-urls=https://127.0.0.1:${port}`, '--auto-tls'];
  const member = await MemberProcess.launch('quoin', { flags });
  try {
    const body = await new Promise<string>((resolve, reject) => {
      const url = `https://127.0.0.1:${port}/metrics`;
      const request = httpsGet(url, { agent: false, rejectUnauthorized: false }, (answer) => {
        answer.setEncoding('utf8');
        let text = '';
        answer.on('data', (chunk: string) => (text += chunk));
        answer.on('end', () => resolve(text));
      });
      request.on('error', reject);
    });
    assert.equal(metricSum(parseMetrics(body), 'etcd_server_has_leader'), 1);
  } finally {
    await member.stop();
    removeDir(member.dataDir);
  }
});

test('/debug/vars is what it is in etcd', { skip: skipWithoutServer('quoin') }, async () => {
  const member = await MemberProcess.launch('quoin');
  try {
    const { status, body, headers } = await httpGet(`${member.clientUrl}/debug/vars`);
    assert.equal(status, 200);
    assert.equal(headers['content-type'], 'application/json; charset=utf-8');
    const vars = JSON.parse(body);
    assert.deepEqual(Object.keys(vars), ['cmdline', 'file_descriptor_limit', 'memstats', 'raft.status']);
    const raft = vars['raft.status'];
    assert.equal(raft.raftState, 'StateLeader');
    assert.deepEqual(Object.keys(raft.progress), [raft.id]);
    assert.equal(raft.progress[raft.id].state, 'StateReplicate');
    assert.ok(raft.applied > 0 && vars.memstats.HeapAlloc > 0);
    for (const path of ['/debug/pprof/', '/debug/pprof/heap', '/debug/requests', '/debug/events']) {
      assert.equal((await httpGet(`${member.clientUrl}${path}`)).status, 404, path);
    }
  } finally {
    await member.stop();
    removeDir(member.dataDir);
  }
});
