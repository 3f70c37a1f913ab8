/** A member of three that is told to stop while calls are open that would never end by themselves. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from '../clients/client.js';
import { LineStream, post } from '../clients/gateway.js';
import { ClusterProcess, programUnderTest, skipWithoutServer, sleep } from '../harness/index.js';

const program = programUnderTest();
const skip = skipWithoutServer(program);
/** etcd lets such calls run for the 7 s that a request may take. */
const STOP_MS_MAX = program === 'quoin' ? 3000 : 15_000;
const UNAVAILABLE = 14;

const codeOf = (call: Promise<unknown>): Promise<number> =>
  call.then(
    () => 0,
    (error: { code: number }) => error.code,
  );

test('a stop ends what would wait without end, and clients go on elsewhere', { skip }, async (t) => {
  const cluster = await ClusterProcess.launch(program, { size: 3 });
  const leader = await cluster.leader();
  const other = connect(cluster.members.find((member) => member !== leader)!.endpoint);
  const client = connect(leader.endpoint);
  try {
    for (const id of [1n, 2n, 3n]) await other.lease.grant({ id, ttl: 600 });
    await other.lock.lock({ name: 'taken', lease: 1n });
    await other.election.campaign({ name: 'won', lease: 1n, value: 'a' });

    const watch = client.watch();
    watch.send({ createRequest: { key: 'a' } });
    assert.ok((await watch.must()).created);
    const keepAlive = client.lease.keepAlive();
    keepAlive.send({ id: 1n });
    assert.equal((await keepAlive.must()).id, 1n);
    const observer = client.election.observe({ name: 'won' });
    await observer.must();
    const endless = { timeoutMs: 60_000 };
    const lock = codeOf(client.lock.lock({ name: 'taken', lease: 2n }, endless));
    const campaign = codeOf(client.election.campaign({ name: 'won', lease: 2n, value: 'b' }, endless));
    const url = leader.clientUrl;
    const name = Buffer.from('taken').toString('base64');
    const lockByGateway = post(url, '/v3/lock/lock', { name, lease: '3' }).then(
      ({ status }) => status,
      (error: NodeJS.ErrnoException) => error.code,
    );
    const watchByGateway = new LineStream(url, '/v3/watch');
    watchByGateway.send({ create_request: { key: name } });
    await watchByGateway.read();
    const waiters = async (): Promise<number> =>
      (await other.kv.range({ key: 'taken/', rangeEnd: 'taken0' })).kvs.length +
      (await other.kv.range({ key: 'won/', rangeEnd: 'won0' })).kvs.length;
    for (let tries = 0; (await waiters()) < 5 && tries < 500; tries++) await sleep(10);
    assert.equal(await waiters(), 5, 'not all wait');

    const began = performance.now();
    const stopped = leader.stop('SIGTERM');
    const ends = [watch.next(15_000), keepAlive.next(15_000), observer.next(15_000)].map(codeOf);
    assert.deepEqual(await Promise.all([...ends, lock, campaign]), Array(5).fill(UNAVAILABLE));
    assert.equal(await lockByGateway, 503);
    assert.deepEqual(await stopped, { code: null, signal: 'SIGTERM' });
    const took = performance.now() - began;
    t.diagnostic(`stopped in ${took.toFixed(0)} ms`);
    assert.ok(took < STOP_MS_MAX, `the stop took ${took.toFixed(0)} ms`);

    await other.kv.put({ key: 'a', value: 'elsewhere' });
    const next = other.watch();
    next.send({ createRequest: { key: 'a', startRevision: 1 } });
    assert.ok((await next.must()).created);
    assert.equal(Buffer.from((await next.must()).events[0]!.kv!.value).toString(), 'elsewhere');
    next.cancel();
    watchByGateway.close();
  } finally {
    client.close();
    other.close();
    await cluster.stop();
  }
});
