import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MethodHandler, ServerCall, ServiceTable } from '../../transport/index.js';
import { OPEN_ENDED_METHODS, OpenEndedCalls } from './open-ended-calls.js';
import { FakeCall } from './service-fixture.conformance.js';

const STOPPED = '14 etcdserver: server stopped';
const NOTHING = new Uint8Array(0);
const PUT = '/etcdserverpb.KV/Put';

/** Services that take calls and do nothing with them. */
function idleServices(taken: ServerCall[]): ServiceTable {
  const services = new Map<string, MethodHandler>();
  for (const [i, path] of [...OPEN_ENDED_METHODS, PUT].entries()) {
    const kind = i % 2 === 0 ? 'unary' : 'stream';
    services.set(path, { kind, handle: (call: ServerCall) => taken.push(call) });
  }
  return services;
}

function begin(services: ServiceTable, path: string): FakeCall {
  const call = new FakeCall();
  services.get(path)!.handle(call, NOTHING, 0, 0);
  return call;
}

test('calls that may last are ended, their services told once, and others left alone', () => {
  const taken: ServerCall[] = [];
  const openEnded = new OpenEndedCalls();
  const services = openEnded.follow(idleServices(taken));
  const told: string[] = [];
  const calls = OPEN_ENDED_METHODS.map((path) => {
    const call = begin(services, path);
    call.onCancel = () => told.push(path);
    return call;
  });
  const done = begin(services, OPEN_ENDED_METHODS[0]!);
  done.onCancel = () => told.push('of a call that has ended');
  done.finish(0, '');
  const put = begin(services, PUT);
  openEnded.end();
  assert.deepEqual([...new Set(calls.map(({ status }) => status))], [STOPPED]);
  assert.deepEqual(told, OPEN_ENDED_METHODS);
  assert.deepEqual([done.status, put.status, put.finished], ['0', undefined, false]);
  openEnded.end();
  assert.equal(told.length, OPEN_ENDED_METHODS.length);
});

test('what is begun later is refused, and does not reach its service', () => {
  const taken: ServerCall[] = [];
  const openEnded = new OpenEndedCalls();
  const services = openEnded.follow(idleServices(taken));
  openEnded.end();
  for (const path of OPEN_ENDED_METHODS) assert.equal(begin(services, path).status, STOPPED);
  assert.equal(taken.length, 0);
  assert.equal(begin(services, PUT).status, undefined);
});

test('a thousand calls one after the other are forgotten as they end, those that last are not', () => {
  const openEnded = new OpenEndedCalls();
  const services = openEnded.follow(idleServices([]));
  const lasting: FakeCall[] = [];
  let told = 0;
  for (let i = 0; i < 1000; i++) {
    const call = begin(services, OPEN_ENDED_METHODS[i % 6]!);
    call.onCancel = () => told++;
    if (i % 5 === 0) lasting.push(call);
    else call.finish(0, '');
  }
  assert.ok(
    openEnded.rememberedCount <= 2 * lasting.length + 1,
    `${openEnded.rememberedCount} are remembered`,
  );
  openEnded.end();
  assert.deepEqual([told, new Set(lasting.map(({ status }) => status))], [200, new Set([STOPPED])]);
});
