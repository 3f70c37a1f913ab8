/**
 * One client's calls in one case, written down as they are answered. What is *done* to prepare a case is not written
 * down and must succeed; what is *called* may come out as it likes.
 */
import type { MessageType } from '../../../src/wire/index.js';
import type { CallOptions, Channel, ChannelStream, Outcome } from './channel.js';
import type { Cluster, Role } from './cluster.js';
import type { Coverage } from './coverage.js';
import { GatewayChannel } from './gateway-channel.js';
import { GrpcChannel } from './grpc-channel.js';
import type { NormalForm } from './normal-form.js';
import { type Fields, methodOf, toJson } from './rpc.js';
import type { Target } from './target.js';

export interface Line {
  /** What was asked. */
  readonly what: string;
  /** What came of it, in a form that can be compared. */
  readonly text: string;
}

export interface How extends CallOptions {
  /** The member that is asked; default: a follower, where there is one. */
  readonly at?: Role;
  /** Sent as `token`; default: {@link Conversation.token}. */
  readonly token?: string;
  /** In place of the method's name in what is written down. */
  readonly label?: string;
}

/** A message that is late is a difference; one that comes is waited for no longer than it takes. */
const PATIENCE_MS = 15_000;
const DEADLINE_EXCEEDED = 4;
const CANCELLED = 1;

export class Conversation {
  readonly lines: Line[] = [];
  readonly target: Target;
  readonly cluster: Cluster;
  readonly normal: NormalForm;
  /** Sent with every call while it is not empty. */
  token = '';
  /** The case's. */
  readonly #name: string;
  readonly #coverage: Coverage;
  readonly #streams: Stream[] = [];

  constructor(name: string, target: Target, cluster: Cluster, normal: NormalForm, coverage: Coverage) {
    this.#name = name;
    this.target = target;
    this.cluster = cluster;
    this.normal = normal;
    this.#coverage = coverage;
  }

  /** The store's revision `n` changes after the beginning of the case. */
  rev(n: number): number {
    return this.normal.revision + n;
  }

  note(what: string, value: unknown): void {
    this.lines.push({ what, text: JSON.stringify(value) });
  }

  /** Makes a call and writes down what came of it. */
  async call(name: string, request: Fields = {}, how: How = {}): Promise<Outcome> {
    const at = this.lines.push({ what: '', text: 'open' }) - 1;
    const outcome = await this.#make(name, request, how);
    const { response } = methodOf(name);
    const label = how.label ?? (how.at === undefined ? name : `${name} at ${how.at}`);
    // Who is first to tell that the time is up, client or server, and whether it ends or cancels the call, is chance.
    const isGivenUp =
      how.timeoutMs !== undefined && (outcome.code === DEADLINE_EXCEEDED || outcome.code === CANCELLED);
    const text = isGivenUp ? 'given up' : this.#outcome(response, outcome);
    this.lines[at] = { what: `${label} ${shown(request)}`, text };
    return outcome;
  }

  /** Makes a call that prepares something: it is not written down, and must succeed. */
  async do(name: string, request: Fields = {}, how: How = {}): Promise<Fields> {
    const outcome = await this.#make(name, request, how);
    if (outcome.code !== 0)
      throw new Error(`${name} ${shown(request)}: code ${outcome.code} ${this.normal.text(outcome.message)}`);
    return outcome.answer!;
  }

  /** Makes a call of which only the outcome matters to the case itself. */
  attempt(name: string, request: Fields = {}, how: How = {}): Promise<Outcome> {
    return this.#make(name, request, how);
  }

  async #make(name: string, request: Fields, how: How): Promise<Outcome> {
    const method = methodOf(name);
    this.#coverage.note(method, request);
    const outcome = await this.channel(how).unary(
      method,
      toJson(method.request, request),
      this.#options(how),
    );
    if (outcome.code !== 0) this.#coverage.failed(this.#name, outcome.code, outcome.message);
    return outcome;
  }

  /** Any bytes to any path, by gRPC. */
  async raw(what: string, path: string, body: Buffer, how: How = {}): Promise<void> {
    const channel = this.channel(how);
    if (!(channel instanceof GrpcChannel)) throw new Error('bytes are sent by gRPC only');
    const outcome = await channel.raw(path, body, this.#options(how));
    this.lines.push({ what, text: this.#failure(outcome) });
  }

  /** Any body to any path, by HTTP; what the answer is, as far as it is the protocol's. */
  async post(path: string, body: string, type?: MessageType<unknown>, how: How = {}): Promise<void> {
    const outcome = await this.gateway(how).post(path, body, this.#options(how));
    const text = type === undefined ? this.#failure(outcome) : this.#outcome(type, outcome);
    this.lines.push({ what: `POST ${path} ${body}`, text });
  }

  gateway(how: How = {}): GatewayChannel {
    const channel = this.channel(how);
    if (!(channel instanceof GatewayChannel)) throw new Error('this is a case of the gateway');
    return channel;
  }

  channel(how: How): Channel {
    return this.cluster.channel(this.target.protocol, how.at ?? 'follower');
  }

  #options({ metadata, timeoutMs, token = this.token }: How): CallOptions {
    const all = token === '' ? metadata : { ...metadata, token };
    return {
      ...(all === undefined ? {} : { metadata: all }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    };
  }

  /** Opens a stream; with a request where only the server streams. */
  open(name: string, request?: Fields, how: How = {}): Stream {
    const method = methodOf(name);
    if (request !== undefined) this.#coverage.note(method, request);
    const json = request === undefined ? undefined : toJson(method.request, request);
    const stream = new Stream(this.channel(how).stream(method, json, this.#options(how)), {
      encode: (fields) => {
        this.#coverage.note(method, fields);
        return toJson(method.request, fields);
      },
      write: (what, text) => this.lines.push({ what: `${name} ${what}`, text }),
      answer: (fields) => this.normal.answer(method.response, fields),
      end: (outcome) => this.#failure(outcome),
    });
    this.#streams.push(stream);
    return stream;
  }

  #outcome(type: MessageType<unknown>, outcome: Outcome): string {
    if (outcome.code !== 0 || outcome.answer === undefined) return this.#failure(outcome);
    return `OK ${this.normal.answer(type, outcome.answer)}`;
  }

  /** What a deadline, or the own cancellation, is called is partly the client's choice of words. */
  #failure({ code, message, http }: Outcome): string {
    const isOwn = http === undefined && (code === DEADLINE_EXCEEDED || code === CANCELLED);
    const text = `${code} ${isOwn ? '' : this.normal.text(message)}`.trimEnd();
    return http === undefined ? text : `${text} [HTTP ${http}]`;
  }

  /** Ends what is still open. */
  close(): void {
    for (const stream of this.#streams) stream.cancel();
  }
}

interface StreamPort {
  readonly encode: (request: Fields) => Fields;
  readonly write: (what: string, text: string) => void;
  readonly answer: (fields: Fields) => string;
  readonly end: (outcome: Outcome) => string;
}

export class Stream {
  readonly #stream: ChannelStream;
  readonly #port: StreamPort;

  constructor(stream: ChannelStream, port: StreamPort) {
    this.#stream = stream;
    this.#port = port;
  }

  send(request: Fields): void {
    this.#stream.send(this.#port.encode(request));
  }

  /** Writes down the next message, or the stream's end; gives back the message. */
  async next(what: string, timeoutMs = PATIENCE_MS): Promise<Fields | undefined> {
    const arrival = await this.#stream.next(timeoutMs);
    if (arrival === 'silence') {
      this.#port.write(what, 'silence');
      return undefined;
    }
    if ('end' in arrival) {
      this.#port.write(what, `end: ${this.#port.end(arrival.end)}`);
      return undefined;
    }
    this.#port.write(what, this.#port.answer(arrival.answer));
    return arrival.answer;
  }

  /** The next message without a word about it; undefined for an end or silence. */
  async take(timeoutMs = PATIENCE_MS): Promise<Fields | undefined> {
    const arrival = await this.#stream.next(timeoutMs);
    return arrival === 'silence' || 'end' in arrival ? undefined : arrival.answer;
  }

  halfClose(): void {
    this.#stream.halfClose();
  }

  cancel(): void {
    this.#stream.cancel();
  }
}

/** A request as one line; long values are cut. */
function shown(request: Fields): string {
  return JSON.stringify(request, (_, value: unknown) => {
    if (typeof value === 'bigint') return value.toString();
    if (typeof value === 'string' && value.length > 80) return `${value.slice(0, 20)}... (${value.length})`;
    return value;
  });
}
