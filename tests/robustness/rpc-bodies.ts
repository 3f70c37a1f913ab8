/**
 * Every RPC, fed with bodies that are noise, cut off, or damaged: what is no message is refused as such, what happens to be
 * one is answered somehow, the member goes on, and another client notices nothing.
 */
import { callUnary, encodePut, type LoadConnection, PUT_PATH, parseEndpoint } from '../../src/bench/index.js';
import { connectForLoad } from '../../src/cmd/bench-connect.js';
import { encodeUtf8, equalBytes, MalformedError, Prng } from '../../src/stdx/index.js';
import { Status } from '../../src/transport/index.js';
import {
  PutResponse,
  RangeRequest,
  RangeResponse,
  RPC_METHODS,
  type RpcMethod,
} from '../../src/wire/index.js';
import { damage, randomRecord } from '../clients/random-record.js';
import { MemberProcess, removeDir, sleep } from '../harness/index.js';

export interface BodiesOptions {
  /** Bodies for each RPC. */
  readonly count: number;
  readonly seed: number;
  /** Only RPCs whose path contains it. */
  readonly only?: string;
  readonly onMethod?: (result: MethodResult) => void;
}

export interface MethodResult {
  readonly path: string;
  /** Refused as what is no message. */
  readonly malformed: number;
  /** Happened to be a message, and were answered. */
  readonly answered: number;
  /** Were messages that would have harmed the cluster itself, and not sent. */
  readonly heldBack: number;
}

export interface BodiesResult {
  readonly methods: readonly MethodResult[];
  readonly faults: readonly string[];
  /** Puts and reads of the other client. */
  readonly bystander: number;
}

/** What noise might do if it happens to be valid: lose the quorum, end all writes, or take history away. */
const HARMFUL = /Member(Add|Remove|Update|Promote)$|MoveLeader$|\/Alarm$|AuthEnable$|Downgrade$|Compact$/;

const CALLS_AT_ONCE = 32;
/** Calls given up count against a connection, so it is changed for a new one after so many. */
const CALLS_PER_CONNECTION = 500;
/** A valid lock or campaign waits for its turn, a valid observation for news. */
const VALID_PATIENCE_MS = 300;
const PATIENCE_MS = 30_000;
const FAULTS_MAX = 20;

function bodyOf(prng: Prng, method: RpcMethod): Uint8Array {
  if (prng.chance(0.3)) return prng.bytes(prng.below(64));
  const whole = method.request.toBytes(randomRecord(prng, method.request, 1));
  if (prng.chance(0.5)) return whole.slice(0, prng.below(whole.length + 1));
  return Uint8Array.from(damage(prng, whole));
}

function isMessage(method: RpcMethod, body: Uint8Array): boolean {
  try {
    method.request.decode(body);
    return true;
  } catch (error) {
    if (error instanceof MalformedError) return false;
    throw error;
  }
}

/** The status of a call; −1 if a valid one has answered or waits. */
function send(
  connection: LoadConnection,
  method: RpcMethod,
  body: Uint8Array,
  isValid: boolean,
): Promise<number> {
  if (method.kind === 'unary') {
    const timeoutMs = isValid ? VALID_PATIENCE_MS : PATIENCE_MS;
    return new Promise((resolve) =>
      connection.unary(method.path, body, undefined, (status) => resolve(status), timeoutMs),
    );
  }
  return new Promise((resolve) => {
    const stream = connection.stream(method.path);
    const timer = setTimeout(() => end(-1), isValid ? VALID_PATIENCE_MS : PATIENCE_MS);
    const end = (status: number): void => {
      clearTimeout(timer);
      stream.onStatus = undefined;
      stream.onMessage = undefined;
      stream.cancel();
      resolve(status);
    };
    stream.onStatus = (status) => end(status);
    stream.onMessage = () => end(-1);
    stream.send(body, 0, body.length);
  });
}

/** Puts, and reads each put back at its revision, one after the other. */
class Bystander {
  readonly #connection: LoadConnection;
  readonly #done: Promise<void>;
  readonly faults: string[] = [];
  count = 0;
  #stopped = false;

  constructor(connection: LoadConnection) {
    this.#connection = connection;
    this.#done = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }

  async #run(): Promise<void> {
    const key = encodeUtf8('bystander');
    try {
      while (!this.#stopped) {
        const value = encodeUtf8(String(this.count));
        const put = await callUnary(this.#connection, PUT_PATH, encodePut(key, value));
        const revision = PutResponse.decode(put, 0, put.length).header?.revision ?? 0;
        const ask = RangeRequest.toBytes(RangeRequest.create({ key, revision }));
        const answer = await callUnary(this.#connection, '/etcdserverpb.KV/Range', ask);
        const [kv] = RangeResponse.decode(answer, 0, answer.length).kvs;
        if (kv === undefined || !equalBytes(kv.value, value))
          this.faults.push(`bystander: put ${this.count} is not there`);
        this.count++;
        await sleep(2);
      }
    } catch (error) {
      this.faults.push(`bystander: ${(error as Error).message}`);
    }
  }
}

class MethodRun {
  readonly #method: RpcMethod;
  readonly #prng: Prng;
  readonly #endpoint: string;
  readonly #hint: string;
  readonly faults: string[] = [];
  malformed = 0;
  answered = 0;
  heldBack = 0;

  constructor(method: RpcMethod, seed: number, endpoint: string) {
    this.#method = method;
    this.#prng = new Prng(seed);
    this.#endpoint = endpoint;
    this.#hint = `${method.path}, seed ${seed}`;
  }

  async run(count: number): Promise<void> {
    for (let left = count; left > 0 && this.faults.length < FAULTS_MAX; left -= CALLS_PER_CONNECTION) {
      const connection = await connectForLoad(parseEndpoint(this.#endpoint)!);
      let open = Math.min(left, CALLS_PER_CONNECTION);
      const worker = async (): Promise<void> => {
        while (open-- > 0) await this.#one(connection);
      };
      await Promise.all(Array.from({ length: CALLS_AT_ONCE }, worker));
      if (!connection.usable) this.faults.push(`${this.#hint}: the connection was lost`);
      connection.close();
    }
  }

  async #one(connection: LoadConnection): Promise<void> {
    const method = this.#method;
    const body = bodyOf(this.#prng, method);
    const isValid = isMessage(method, body);
    if (isValid && HARMFUL.test(method.path)) {
      this.heldBack++;
      return;
    }
    const status = await send(connection, method, body, isValid);
    if (isValid) this.answered++;
    else this.malformed++;
    const isProper = isValid ? status !== Status.INTERNAL : status === Status.INTERNAL;
    if (isProper || this.faults.length >= FAULTS_MAX) return;
    const bytes = Buffer.from(body).toString('hex');
    this.faults.push(`${this.#hint}: status ${status} for ${isValid ? 'the message' : 'the noise'} ${bytes}`);
  }
}

export async function feedBodies({ count, seed, only = '', onMethod }: BodiesOptions): Promise<BodiesResult> {
  const member = await MemberProcess.launch('quoin', { flags: ['--bcrypt-cost=4'] });
  const { pid } = member;
  const faults: string[] = [];
  const methods: MethodResult[] = [];
  const connection = await connectForLoad(parseEndpoint(member.endpoint)!);
  const bystander = new Bystander(connection);
  try {
    for (const [i, method] of RPC_METHODS.entries()) {
      if (!method.path.includes(only)) continue;
      const run = new MethodRun(method, seed + i, member.endpoint);
      await run.run(count);
      const { malformed, answered, heldBack } = run;
      methods.push({ path: method.path, malformed, answered, heldBack });
      faults.push(...run.faults);
      onMethod?.(methods.at(-1)!);
      if (!member.isRunning) break;
    }
    await bystander.stop();
    faults.push(...bystander.faults);
    if (!member.isRunning || member.pid !== pid) faults.push(`the member died:\n${member.log.slice(-4000)}`);
    if (member.log.includes('request handler failed')) faults.push('a handler failed; see the log');
  } finally {
    connection.close();
    await member.stop('SIGKILL');
    removeDir(member.dataDir);
  }
  return { methods, faults, bystander: bystander.count };
}
