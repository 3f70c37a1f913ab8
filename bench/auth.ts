/**
 * What auth costs: the same puts and ranges on one server, with auth off and on in turn (h2load, 100 connections with 10
 * calls each). With auth on they are made by a user who has the role for them among others, by a simple token.
 *
 * usage: npm run bench:auth -- [--rounds 5] [--seconds 2] [--share-min 0.85] [--json FILE]
 *
 * Throughput is what the clients saw; processor time is the server's, which depends less on who else uses the machine.
 * With `--share-min` it fails if the median throughput with auth is less than that share of the one without.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  callUnary,
  encodePut,
  encodeRange,
  type LoadConnection,
  type Metadata,
  PUT_PATH,
  parseEndpoint,
  RANGE_PATH,
} from '../src/bench/index.js';
import { connectForLoad } from '../src/cmd/bench-connect.js';
import { EMPTY_BYTES, encodeUtf8 } from '../src/stdx/index.js';
import {
  AuthDisableRequest,
  AuthEnableRequest,
  AuthenticateRequest,
  AuthenticateResponse,
  AuthRoleAddRequest,
  AuthRoleGrantPermissionRequest,
  AuthUserAddRequest,
  AuthUserGrantRoleRequest,
  type MessageType,
  Permission,
  PermissionType,
} from '../src/wire/index.js';
import { MemberProcess, removeDir } from '../tests/harness/index.js';
import { runH2load } from './h2load.js';
import { cpuSeconds } from './process-usage.js';
import { formatColumns, formatRatio, median, pairedRatio } from './samples.js';

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    'share-min': { type: 'string' },
    json: { type: 'string' },
  },
});

const CONNECTIONS = 100;
const STREAMS = 10;
/** Prefix and header of any answer. */
const ANSWER_BYTES_MIN = 20;
const ROLES = 10;
const PASSWORD = 'a password';
/** The lowest cost there is: passwords are not what is measured. */
const SERVER_FLAGS = ['--bcrypt-cost=4'];

interface Load {
  readonly name: string;
  readonly path: string;
  readonly request: Uint8Array;
}

const KEY = encodeUtf8('role3/key');
const ONE_KEY = { key: KEY, rangeEnd: EMPTY_BYTES, limit: 0, keysOnly: false, countOnly: false };
const LOADS: readonly Load[] = [
  { name: 'put', path: PUT_PATH, request: encodePut(KEY, new Uint8Array(256)) },
  { name: 'linearizable range', path: RANGE_PATH, request: encodeRange({ ...ONE_KEY, serializable: false }) },
  { name: 'serializable range', path: RANGE_PATH, request: encodeRange({ ...ONE_KEY, serializable: true }) },
];

interface Sample {
  readonly perSecond: number;
  readonly cpuMicroseconds: number;
}

/** One load by h2load, which costs the same whatever headers it sends. */
async function drive(
  member: MemberProcess,
  { name, path, request }: Load,
  token: string | undefined,
): Promise<Sample> {
  const bodyPath = join(member.dataDir, `${name.replace(' ', '-')}.bin`);
  const frame = new Uint8Array(5 + request.length);
  new DataView(frame.buffer).setUint32(1, request.length);
  frame.set(request, 5);
  writeFileSync(bodyPath, frame);
  const before = cpuSeconds([member.pid]);
  const { perSecond, done, failed, answerBytes } = await runH2load({
    url: `${member.clientUrl}${path}`,
    bodyPath,
    connections: CONNECTIONS,
    streams: STREAMS,
    seconds: Number(flags.seconds),
    headers: token === undefined ? [] : [`token: ${token}`],
  });
  // A refusal is an answer without a message.
  if (failed > 0 || answerBytes < done * ANSWER_BYTES_MIN)
    throw new Error(`${name}: not all answers are OK (${failed} of ${done} failed, ${answerBytes} bytes)`);
  return { perSecond, cpuMicroseconds: ((cpuSeconds([member.pid]) - before) * 1e6) / done };
}

/** Users and roles, and auth on and off. */
class AuthSwitch {
  readonly #connection: LoadConnection;

  constructor(connection: LoadConnection) {
    this.#connection = connection;
  }

  #call<T>(
    method: string,
    type: MessageType<T>,
    request: Partial<T>,
    metadata?: Metadata,
  ): Promise<Uint8Array> {
    const bytes = type.toBytes(type.create(request));
    return callUnary(this.#connection, `/etcdserverpb.Auth/${method}`, bytes, metadata);
  }

  async prepare(): Promise<void> {
    for (const name of ['root', 'user'])
      await this.#call('UserAdd', AuthUserAddRequest, { name, password: PASSWORD });
    await this.#call('UserGrantRole', AuthUserGrantRoleRequest, { user: 'root', role: 'root' });
    for (let i = 0; i < ROLES; i++) {
      const name = `role${i}`;
      await this.#call('RoleAdd', AuthRoleAddRequest, { name });
      const perm = Permission.create({
        permType: PermissionType.READWRITE,
        key: encodeUtf8(`${name}/`),
        rangeEnd: encodeUtf8(`${name}0`),
      });
      await this.#call('RoleGrantPermission', AuthRoleGrantPermissionRequest, { name, perm });
      await this.#call('UserGrantRole', AuthUserGrantRoleRequest, { user: 'user', role: name });
    }
  }

  async on(): Promise<string> {
    await this.#call('AuthEnable', AuthEnableRequest, {});
    return this.#tokenOf('user');
  }

  async off(): Promise<void> {
    await this.#call('AuthDisable', AuthDisableRequest, {}, [['token', await this.#tokenOf('root')]]);
  }

  async #tokenOf(name: string): Promise<string> {
    const bytes = await this.#call('Authenticate', AuthenticateRequest, { name, password: PASSWORD });
    return AuthenticateResponse.decode(bytes, 0, bytes.length).token;
  }
}

interface Figures {
  readonly load: string;
  readonly off: readonly Sample[];
  readonly on: readonly Sample[];
}

async function measure(): Promise<Figures[]> {
  const member = await MemberProcess.launch('quoin', { flags: SERVER_FLAGS });
  const endpoint = parseEndpoint(member.endpoint)!;
  const connection = await connectForLoad(endpoint);
  try {
    const auth = new AuthSwitch(connection);
    await auth.prepare();
    const figures = LOADS.map(({ name }) => ({ load: name, off: [] as Sample[], on: [] as Sample[] }));
    // The first round warms up.
    for (let round = 0; round <= Number(flags.rounds); round++) {
      for (const [i, load] of LOADS.entries()) {
        const off = await drive(member, load, undefined);
        const token = await auth.on();
        const on = await drive(member, load, token);
        await auth.off();
        if (round === 0) continue;
        figures[i]!.off.push(off);
        figures[i]!.on.push(on);
      }
    }
    return figures;
  } finally {
    connection.close();
    await member.stop('SIGTERM');
    removeDir(member.dataDir);
  }
}

const rates = (samples: readonly Sample[]): number[] => samples.map(({ perSecond }) => perSecond);
const costs = (samples: readonly Sample[]): number[] => samples.map(({ cpuMicroseconds }) => cpuMicroseconds);

function report(figures: readonly Figures[]): string {
  const head = ['', 'off /s', 'on /s', 'on/off', 'off µs CPU', 'on µs CPU', 'on/off'];
  const rows = figures.map(({ load, off, on }) => [
    load,
    median(rates(off)).toFixed(0),
    median(rates(on)).toFixed(0),
    formatRatio(pairedRatio(rates(off), rates(on))),
    median(costs(off)).toFixed(2),
    median(costs(on)).toFixed(2),
    formatRatio(pairedRatio(costs(off), costs(on))),
  ]);
  return formatColumns([head, ...rows]);
}

try {
  const figures = await measure();
  console.log(report(figures));
  if (flags.json !== undefined) writeFileSync(flags.json, `${JSON.stringify(figures, undefined, 2)}\n`);
  const shareMin = Number(flags['share-min'] ?? 0);
  for (const { load, off, on } of figures) {
    const share = pairedRatio(rates(off), rates(on)).ofMedians;
    if (share < shareMin) throw new Error(`${load}: ${share.toFixed(3)} of the throughput without auth`);
  }
} catch (error) {
  console.error(`bench:auth: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
