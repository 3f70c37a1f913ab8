/** @grpc/grpc-js with the published .proto files: what a Node.js program without any etcd library would do. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import {
  MemberProcess,
  programUnderTest,
  REPOSITORY_ROOT,
  skipWithoutServer,
  waitUntil,
} from '../harness/index.js';

const program = programUnderTest();

// biome-ignore lint/suspicious/noExplicitAny: proto-loader makes messages and services at run time, without types.
type Untyped = any;

interface Answer {
  readonly [field: string]: Untyped;
}
type Call = (request: object) => Promise<Answer>;

/** The fields of a loaded package are services by name; the loader gives them no types. */
interface LoadedService {
  new (address: string, credentials: grpc.ChannelCredentials): grpc.Client & Record<string, Untyped>;
}

describe('@grpc/grpc-js with proto/', { skip: skipWithoutServer(program) }, () => {
  let member: MemberProcess;
  const open: grpc.Client[] = [];
  let services: Record<string, LoadedService>;
  let health: Record<string, LoadedService>;

  before(async () => {
    member = await MemberProcess.launch(program);
    const folder = join(REPOSITORY_ROOT, 'proto');
    const options = {
      keepCase: true,
      longs: Number,
      enums: String,
      defaults: true,
      oneofs: true,
      includeDirs: [folder],
    };
    const loaded = grpc.loadPackageDefinition(loadSync(['rpc.proto', 'health.proto'], options)) as Untyped;
    services = loaded.etcdserverpb;
    health = loaded.grpc.health.v1;
  });
  after(async () => {
    for (const client of open) client.close();
    await member.stop();
  });

  function connect(service: LoadedService): grpc.Client & Record<string, Untyped> {
    const client = new service(member.endpoint, grpc.credentials.createInsecure());
    open.push(client);
    return client;
  }

  function unary(client: Record<string, Untyped>, method: string): Call {
    return (request) =>
      new Promise((resolve, reject) => {
        client[method](request, (error: grpc.ServiceError | null, answer: Answer) =>
          error === null ? resolve(answer) : reject(error),
        );
      });
  }

  const key = (text: string): Buffer => Buffer.from(text);

  test('KV: put, range, delete, txn, compact', async () => {
    const kv = connect(services['KV']!);
    const put = await unary(kv, 'Put')({ key: key('a'), value: key('1') });
    const revision = put['header'].revision as number;
    assert.ok(revision >= 2);
    const range = await unary(kv, 'Range')({ key: key('a') });
    assert.deepEqual(
      range['kvs'].map((item: Answer) => [
        String(item['key']),
        String(item['value']),
        item['version'],
        item['mod_revision'],
      ]),
      [['a', '1', 1, revision]],
    );
    const txn = await unary(
      kv,
      'Txn',
    )({
      compare: [{ key: key('a'), target: 'VALUE', result: 'EQUAL', value: key('1') }],
      success: [
        { request_put: { key: key('b'), value: key('2') } },
        { request_range: { key: key('a'), range_end: key('c') } },
      ],
      failure: [{ request_delete_range: { key: key('a') } }],
    });
    assert.equal(txn['succeeded'], true);
    assert.equal(txn['responses'][1].response_range.count, 2);
    const deleted = await unary(kv, 'DeleteRange')({ key: key('a'), range_end: key('c'), prev_kv: true });
    assert.deepEqual(
      deleted['prev_kvs'].map((item: Answer) => String(item['key'])),
      ['a', 'b'],
    );
    await unary(kv, 'Compact')({ revision: revision + 1, physical: true });
    await assert.rejects(unary(kv, 'Range')({ key: key('a'), revision }), {
      code: grpc.status.OUT_OF_RANGE,
      details: 'etcdserver: mvcc: required revision has been compacted',
    });
  });

  test('Watch: created, events, cancel', async () => {
    const kv = connect(services['KV']!);
    const stream = connect(services['Watch']!)['Watch']();
    const answers: Answer[] = [];
    stream.on('data', (answer: Answer) => answers.push(answer));
    stream.on('error', () => {});
    stream.write({ create_request: { key: key('w'), range_end: key('x'), prev_kv: true } });
    assert.ok(await waitUntil(() => answers.length === 1, 5000));
    assert.equal(answers[0]!['created'], true);
    await unary(kv, 'Put')({ key: key('w1'), value: key('1') });
    await unary(kv, 'Put')({ key: key('w1'), value: key('2') });
    await unary(kv, 'DeleteRange')({ key: key('w1') });
    assert.ok(await waitUntil(() => answers.length === 4, 5000), `${answers.length} answers`);
    const events = answers.slice(1).flatMap((answer) => answer['events'] as Answer[]);
    assert.deepEqual(
      events.map((event) => [
        event['type'],
        String(event['kv'].value),
        event['prev_kv'] && String(event['prev_kv'].value),
      ]),
      [
        ['PUT', '1', null],
        ['PUT', '2', '1'],
        ['DELETE', '', '2'],
      ],
    );
    stream.write({ cancel_request: { watch_id: answers[0]!['watch_id'] } });
    assert.ok(await waitUntil(() => answers.length === 5, 5000));
    assert.equal(answers[4]!['canceled'], true);
    stream.cancel();
  });

  test('many calls at once on one connection', async () => {
    const kv = connect(services['KV']!);
    const put = unary(kv, 'Put');
    const answers = await Promise.all(
      Array.from({ length: 500 }, (_, i) => put({ key: key(`many/${i}`), value: key(`${i}`) })),
    );
    const revisions = new Set(answers.map((answer) => answer['header'].revision));
    assert.equal(revisions.size, 500, 'two puts share a revision');
    const range = await unary(kv, 'Range')({ key: key('many/'), range_end: key('many0'), count_only: true });
    assert.equal(range['count'], 500);
  });

  test('Maintenance.Status, Cluster.MemberList and Health', async () => {
    const status = await unary(connect(services['Maintenance']!), 'Status')({});
    assert.match(status['version'], /^\d+\.\d+\.\d+/);
    assert.ok(status['leader'] !== 0 && status['raftAppliedIndex'] > 0 && status['dbSize'] > 0);
    const members = await unary(connect(services['Cluster']!), 'MemberList')({ linearizable: true });
    assert.deepEqual(
      members['members'].map((item: Answer) => [item['name'], item['clientURLs'], item['isLearner']]),
      [[member.name, [member.clientUrl], false]],
    );
    assert.equal(members['header'].revision, 0);
    const check = await unary(connect(health['Health']!), 'Check')({ service: '' });
    assert.equal(check['status'], 'SERVING');
    await assert.rejects(unary(connect(health['Health']!), 'Check')({ service: 'nope' }), {
      code: grpc.status.NOT_FOUND,
      details: 'unknown service',
    });
  });

  test('a deadline in the past and a cancelled call leave the connection working', async () => {
    const kv = connect(services['KV']!);
    await new Promise<void>((resolve) => {
      kv['Range']({ key: key('a') }, { deadline: Date.now() - 1 }, (error: grpc.ServiceError | null) => {
        assert.equal(error?.code, grpc.status.DEADLINE_EXCEEDED);
        resolve();
      });
    });
    await new Promise<void>((resolve) => {
      const call = kv['Range']({ key: key('a') }, (error: grpc.ServiceError | null) => {
        assert.ok(error === null || error.code === grpc.status.CANCELLED);
        resolve();
      });
      call.cancel();
    });
    assert.equal((await unary(kv, 'Range')({ key: key('many/7') }))['count'], 1);
  });
});
