/** `/health`, `/livez` and `/readyz` with etcd's texts. */
import { alarmName } from '../../state-machine/index.js';
import { AlarmType } from '../../wire/index.js';
import type { ApiContext } from '../v3/context.js';
import {
  type Endpoint,
  type HttpRequest,
  type HttpResponse,
  METHOD_NOT_ALLOWED,
  NOT_FOUND,
  type Respond,
  TEXT_HEADERS,
} from './exchange.js';

/** etcd sets none, and what Go guesses from the body is this. */
const HEALTH_HEADERS = { 'Content-Type': 'text/plain; charset=utf-8' };

function healthAnswer(reason: string): HttpResponse {
  if (reason === '') return { status: 200, headers: HEALTH_HEADERS, body: '{"health":"true","reason":""}' };
  const body = `${JSON.stringify({ health: 'false', reason })}\n`;
  return { status: 503, headers: HEALTH_HEADERS, body };
}

/** The first alarm that nobody excluded. */
function alarmReason({ machine }: ApiContext, excluded: ReadonlySet<string>): string | undefined {
  const names = machine.alarms.list().map(({ alarm }) => alarmName(alarm));
  const name = names.find((each) => !excluded.has(each));
  return name === undefined ? undefined : `ALARM ${name}`;
}

/** `/health`: no alarm is raised (but those of `exclude`), a leader is known and a read succeeds; with `serializable=true` a local read is enough. */
function answerHealth(context: ApiContext, request: HttpRequest, respond: Respond): void {
  if (request.method !== 'GET') return respond(METHOD_NOT_ALLOWED);
  const alarm = alarmReason(context, new Set(request.query.getAll('exclude')));
  if (alarm !== undefined) return respond(healthAnswer(alarm));
  if (request.query.get('serializable') === 'true') return respond(healthAnswer(''));
  if (!context.member.hasLeader) return respond(healthAnswer('RAFT NO LEADER'));
  context.member.readBarrier((refusal) => {
    respond(healthAnswer(refusal === undefined ? '' : `RANGE ERROR:${refusal.message}`));
  });
}

/** Calls back with undefined when healthy, else with what is wrong. */
type Check = (context: ApiContext, done: (failure: string | undefined) => void) => void;

const CHECKS: Readonly<Record<string, Check>> = {
  data_corruption: ({ machine }, done) =>
    done(machine.alarms.list(AlarmType.CORRUPT).length > 0 ? 'alarm activated: CORRUPT' : undefined),
  serializable_read: (_context, done) => done(undefined),
  linearizable_read: (context, done) => context.member.readBarrier((refusal) => done(refusal?.message)),
  non_learner: ({ member, machine }, done) =>
    done(machine.cluster.get(member.options.memberId)?.isLearner ? 'not supported for learner' : undefined),
};

const LIVEZ = ['serializable_read'];
const READYZ = ['data_corruption', 'serializable_read', 'linearizable_read', 'non_learner'];

function answerChecks(
  context: ApiContext,
  names: readonly string[],
  request: HttpRequest,
  respond: Respond,
): void {
  if (request.method !== 'GET') return respond(METHOD_NOT_ALLOWED);
  const excluded = new Set(request.query.getAll('exclude'));
  const wanted = names.filter((name) => !excluded.has(name));
  const lines: string[] = [];
  let failed = false;
  const next = (at: number): void => {
    const name = wanted[at];
    if (name !== undefined) {
      CHECKS[name]!(context, (failure) => {
        failed ||= failure !== undefined;
        lines.push(failure === undefined ? `[+]${name} ok\n` : `[-]${name} failed: ${failure}\n`);
        next(at + 1);
      });
      return;
    }
    const details = lines.join('');
    if (failed) respond({ status: 503, headers: TEXT_HEADERS, body: details });
    else
      respond({
        status: 200,
        headers: TEXT_HEADERS,
        body: `${request.query.has('verbose') ? details : ''}ok\n`,
      });
  };
  next(0);
}

/** `/livez` with all its checks, `/livez/<check>` with one. */
function checkEndpoints(context: ApiContext, root: string, names: readonly string[]): Endpoint[] {
  return [
    [root, (request, respond) => answerChecks(context, names, request, respond)],
    [
      `${root}/`,
      (request, respond) => {
        const name = request.path.slice(root.length + 1);
        if (names.includes(name)) answerChecks(context, [name], request, respond);
        else respond(NOT_FOUND);
      },
    ],
  ];
}

export function healthEndpoints(context: ApiContext): Endpoint[] {
  return [
    ['/health', (request, respond) => answerHealth(context, request, respond)],
    ...checkEndpoints(context, '/livez', LIVEZ),
    ...checkEndpoints(context, '/readyz', READYZ),
  ];
}
