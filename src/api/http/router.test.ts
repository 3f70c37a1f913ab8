import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Member, ReadContinuation } from '../../server/index.js';
import { Reason } from '../../state-machine/index.js';
import { ByteWriter } from '../../stdx/index.js';
import type { ApiContext } from '../v3/context.js';
import type { HttpOptions } from './cross-origin.js';
import type { HttpRequest, HttpResponse } from './exchange.js';
import { healthEndpoints } from './health.js';
import { HttpRouter } from './router.js';
import { versionEndpoint } from './version.js';

const OPEN: HttpOptions = { cors: ['*'], hostWhitelist: ['*'] };

/** A member of which the tests say how it is. */
class FakeMember {
  hasLeader = true;
  isLearner = false;
  alarms: readonly { alarm: number }[] = [];
  readonly reads: ReadContinuation[] = [];
  readonly options = { memberId: 1n };

  readBarrier(read: ReadContinuation): void {
    this.reads.push(read);
  }
}

interface Asked {
  readonly member: FakeMember;
  readonly answers: HttpResponse[];
}

function ask(
  target: string,
  {
    method = 'GET',
    headers = {} as Record<string, string>,
    options = OPEN,
    member = new FakeMember(),
    isSecure = false,
  } = {},
): Asked {
  const machine = {
    cluster: { get: () => ({ isLearner: member.isLearner }) },
    alarms: { list: (of = 0) => member.alarms.filter(({ alarm }) => of === 0 || alarm === of) },
  };
  const context = {
    member: member as unknown as Member,
    machine,
    options: { maxTxnOps: 128, version: '3.6.0' },
    scratch: new ByteWriter(),
  } as unknown as ApiContext;
  const [path, query] = target.split('?');
  const answers: HttpResponse[] = [];
  const request: HttpRequest = {
    method,
    path: path!,
    query: new URLSearchParams(query ?? ''),
    header: (name) => headers[name],
    headers: Object.entries(headers),
    remoteAddress: 'test',
    isSecure,
    certificateName: '',
    readBody: () => assert.fail('nobody asks for the body'),
    onGone: undefined,
  };
  const endpoints = [versionEndpoint('3.6.0'), ...healthEndpoints(context)];
  new HttpRouter(options, endpoints).handle(request, (answer) => answers.push(answer));
  return { member, answers };
}

/** Status and body, reads being answered with `refusal`. */
function answered({ member, answers }: Asked, refusal?: typeof Reason.TIMEOUT): [number, string] {
  for (const read of member.reads) read(refusal);
  assert.equal(answers.length, 1);
  return [answers[0]!.status, answers[0]!.body as string];
}

test('/version tells the API version', () => {
  const { answers } = ask('/version');
  assert.equal(answers[0]!.body, '{"etcdserver":"3.6.0","etcdcluster":"3.6.0","storage":"3.6.0"}');
  assert.equal(answers[0]!.headers['Content-Type'], 'application/json');
});

describe('/health', () => {
  test('tells of alarms first, unless they are excluded', () => {
    const member = new FakeMember();
    member.hasLeader = false;
    member.alarms = [{ alarm: 1 }, { alarm: 2 }];
    const reason = (query: string): unknown =>
      (JSON.parse(answered(ask(`/health?serializable=true&${query}`, { member }))[1]) as { reason: string })
        .reason;
    assert.equal(reason(''), 'ALARM NOSPACE');
    assert.equal(reason('exclude=NOSPACE'), 'ALARM CORRUPT');
    assert.equal(reason('exclude=CORRUPT&exclude=NOSPACE'), '');
    assert.deepEqual(answered(ask('/readyz/data_corruption', { member })), [
      503,
      '[-]data_corruption failed: alarm activated: CORRUPT\n',
    ]);
  });

  test('needs a leader and a read', () => {
    assert.deepEqual(answered(ask('/health')), [200, '{"health":"true","reason":""}']);
    const timedOut = ask('/health');
    assert.deepEqual(timedOut.answers, [], 'it waits for the read');
    assert.deepEqual(answered(timedOut, Reason.TIMEOUT), [
      503,
      '{"health":"false","reason":"RANGE ERROR:etcdserver: request timed out"}\n',
    ]);
    const member = new FakeMember();
    member.hasLeader = false;
    assert.deepEqual(answered(ask('/health', { member })), [
      503,
      '{"health":"false","reason":"RAFT NO LEADER"}\n',
    ]);
  });

  test('needs neither when serializable', () => {
    const member = new FakeMember();
    member.hasLeader = false;
    assert.deepEqual(answered(ask('/health?serializable=true', { member })), [
      200,
      '{"health":"true","reason":""}',
    ]);
    assert.equal(answered(ask('/health?serializable=false', { member }))[0], 503);
  });
});

describe('/livez and /readyz', () => {
  const learner = new FakeMember();
  learner.isLearner = true;
  const everything =
    '[+]data_corruption ok\n[+]serializable_read ok\n[+]linearizable_read ok\n[+]non_learner ok\nok\n';
  const cases: [string, Asked, typeof Reason.TIMEOUT | undefined, number, string][] = [
    ['live', ask('/livez'), undefined, 200, 'ok\n'],
    ['live without quorum', ask('/livez'), Reason.TIMEOUT, 200, 'ok\n'],
    ['live, one check', ask('/livez/serializable_read'), undefined, 200, 'ok\n'],
    ['live, verbose', ask('/livez?verbose'), undefined, 200, '[+]serializable_read ok\nok\n'],
    ['live, all excluded', ask('/livez?exclude=serializable_read&verbose'), undefined, 200, 'ok\n'],
    ['ready', ask('/readyz'), undefined, 200, 'ok\n'],
    ['ready, verbose', ask('/readyz?verbose='), undefined, 200, everything],
    ['ready, one check', ask('/readyz/non_learner?verbose'), undefined, 200, '[+]non_learner ok\nok\n'],
    [
      'excluded twice',
      ask('/readyz?verbose&exclude=data_corruption&exclude=linearizable_read&exclude=x'),
      undefined,
      200,
      '[+]serializable_read ok\n[+]non_learner ok\nok\n',
    ],
    [
      'not ready without quorum',
      ask('/readyz'),
      Reason.TIMEOUT,
      503,
      '[+]data_corruption ok\n[+]serializable_read ok\n[-]linearizable_read failed: etcdserver: request timed out\n[+]non_learner ok\n',
    ],
    ['ready but for the quorum', ask('/readyz?exclude=linearizable_read'), Reason.TIMEOUT, 200, 'ok\n'],
    [
      'a learner',
      ask('/readyz/non_learner', { member: learner }),
      undefined,
      503,
      '[-]non_learner failed: not supported for learner\n',
    ],
    ['a check of the other', ask('/livez/linearizable_read'), undefined, 404, '404 page not found\n'],
    ['no such check', ask('/readyz/unknown'), undefined, 404, '404 page not found\n'],
    ['a slash too much', ask('/livez/'), undefined, 404, '404 page not found\n'],
  ];
  for (const [name, asked, refusal, status, body] of cases) {
    test(name, () => assert.deepEqual(answered(asked, refusal), [status, body]));
  }
});

test('only GET, told as etcd does', () => {
  for (const path of ['/version', '/health', '/livez', '/readyz/non_learner']) {
    for (const method of ['POST', 'HEAD', 'PUT']) {
      const { answers } = ask(path, { method });
      assert.equal(answers.length, 1);
      assert.deepEqual([answers[0]!.status, answers[0]!.body], [405, 'Method Not Allowed\n']);
      assert.equal(answers[0]!.headers['Allow'], 'GET');
      assert.equal(answers[0]!.headers['X-Content-Type-Options'], 'nosniff');
    }
  }
});

test('a path with steps that lead nowhere is told the one that is meant', () => {
  for (const [path, meant] of [
    ['//version', '/version'],
    ['/a/../version', '/version'],
    ['/./a//b/', '/a/b/'],
    ['/..', '/'],
    ['/a/.', '/a'],
  ] as const) {
    const { answers } = ask(path);
    assert.deepEqual([answers[0]!.status, answers[0]!.headers['Location']], [301, meant], path);
  }
  assert.equal(ask('/a..b/.c').answers[0]!.status, 404);
});

test('a path that lacks its last slash is told so', () => {
  const answers: HttpResponse[] = [];
  const router = new HttpRouter(OPEN, [['/tree/', () => assert.fail('the path is another')]]);
  const request = { path: '/tree', method: 'GET', header: () => undefined } as unknown as HttpRequest;
  router.handle(request, (answer) => answers.push(answer));
  assert.deepEqual([answers[0]!.status, answers[0]!.headers['Location']], [301, '/tree/']);
});

test('everything else is not found', () => {
  for (const path of [
    '/',
    '/v2/keys',
    '/healthz',
    '/version/',
    '/livezz',
    '/constructor',
    '/readyz/constructor',
  ]) {
    assert.deepEqual(answered(ask(path)), [404, '404 page not found\n']);
  }
});

describe('origins', () => {
  const origin = (asked: Asked): string | undefined =>
    asked.answers[0]!.headers['Access-Control-Allow-Origin'];
  const options = { ...OPEN, cors: ['http://a:1'] };

  test('any origin is allowed by default, on every answer', () => {
    for (const path of ['/version', '/nothing', '/livez']) assert.equal(origin(ask(path)), '*');
    assert.equal(origin(ask('/version', { method: 'POST' })), '*');
    assert.equal(origin(ask('/version', { options: { ...OPEN, cors: [] } })), '*');
  });

  test('only those listed, if there is a list', () => {
    assert.equal(origin(ask('/version', { options, headers: { origin: 'http://a:1' } })), 'http://a:1');
    assert.equal(origin(ask('/version', { options, headers: { origin: 'http://b:1' } })), undefined);
    assert.equal(origin(ask('/version', { options })), undefined);
  });

  test('OPTIONS is answered for any path', () => {
    const { answers } = ask('/any', { method: 'OPTIONS' });
    assert.deepEqual([answers[0]!.status, answers[0]!.body], [200, '']);
    assert.equal(answers[0]!.headers['Access-Control-Allow-Headers'], 'accept, content-type, authorization');
    assert.equal(answers[0]!.headers['Access-Control-Allow-Methods'], 'POST, GET, OPTIONS, PUT, DELETE');
  });
});

describe('hosts', () => {
  const options = { ...OPEN, hostWhitelist: ['good.example', '::1', '127.0.0.1'] };
  const statusFor = (host: string | undefined): number =>
    ask('/version', { options, headers: host === undefined ? {} : { host } }).answers[0]!.status;

  test('only listed ones, with and without a port', () => {
    for (const host of ['good.example', 'good.example:2379', '127.0.0.1:1', '[::1]:2379', '::1']) {
      assert.equal(statusFor(host), 200, host);
    }
    for (const host of ['bad.example', 'bad.example:2379', 'good.example.bad', '[::1]', '', undefined]) {
      assert.equal(statusFor(host), 421, String(host));
    }
  });

  test('a refusal says why and allows no origin', () => {
    const { answers } = ask('/version', { options, method: 'OPTIONS', headers: { host: 'evil:1' } });
    assert.equal(answers[0]!.status, 421);
    assert.match(String(answers[0]!.body), /--host-whitelist "evil:1"/);
    assert.match(String(answers[0]!.body), /CVE-2018-5702/);
    assert.equal(answers[0]!.headers['Access-Control-Allow-Origin'], undefined);
  });

  test('any host by TLS', () => {
    const { answers } = ask('/version', { options, headers: { host: 'evil:1' }, isSecure: true });
    assert.equal(answers[0]!.status, 200);
  });

  test('an empty list allows all', () => {
    const all = { ...OPEN, hostWhitelist: [] };
    assert.equal(ask('/version', { options: all, headers: { host: 'x' } }).answers[0]!.status, 200);
  });
});
