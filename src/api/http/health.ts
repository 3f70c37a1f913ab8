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
import { HealthCounters } from './health-counters.js';

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
function answerHealth(
  context: ApiContext,
  counters: HealthCounters,
  request: HttpRequest,
  respond: Respond,
): void {
  if (request.method !== 'GET') return respond(METHOD_NOT_ALLOWED);
  const tell = (reason: string): void => {
    counters.note(reason === '');
    respond(healthAnswer(reason));
  };
  const alarm = alarmReason(context, new Set(request.query.getAll('exclude')));
  if (alarm !== undefined) return tell(alarm);
  if (request.query.get('serializable') === 'true') return tell('');
  if (!context.member.hasLeader) return tell('RAFT NO LEADER');
  context.member.readBarrier((refusal) => {
    tell(refusal === undefined ? '' : `RANGE ERROR:${refusal.message}`);
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

/** The checks of `/livez` or of `/readyz`, which are told apart as their type. */
interface CheckSet {
  readonly type: string;
  readonly names: readonly string[];
  readonly counters: HealthCounters;
}

function answerChecks(
  context: ApiContext,
  { type, names, counters }: CheckSet,
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
        counters.noteCheck(type, name, failure === undefined);
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
function checkEndpoints(context: ApiContext, set: CheckSet): Endpoint[] {
  const root = `/${set.type}`;
  return [
    [root, (request, respond) => answerChecks(context, set, request, respond)],
    [
      `${root}/`,
      (request, respond) => {
        const name = request.path.slice(root.length + 1);
        if (set.names.includes(name)) answerChecks(context, { ...set, names: [name] }, request, respond);
        else respond(NOT_FOUND);
      },
    ],
  ];
}

export function healthEndpoints(
  context: ApiContext,
  counters: HealthCounters = new HealthCounters(),
): Endpoint[] {
  return [
    ['/health', (request, respond) => answerHealth(context, counters, request, respond)],
    ...checkEndpoints(context, { type: 'livez', names: LIVEZ, counters }),
    ...checkEndpoints(context, { type: 'readyz', names: READYZ, counters }),
  ];
}
