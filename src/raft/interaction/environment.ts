/** What a script acts on: nodes, one queue of messages on their way, and the text it prints. */
import { must, Prng } from '../../stdx/index.js';
import type { NodeId } from '../entry.js';
import type { StepResult } from '../event.js';
import type { Message } from '../message.js';
import type { TraceEvent } from '../trace.js';
import type { Update } from '../update.js';
import { describeParts, describeUpdate } from './describe.js';
import type { LogLevel } from './etcd-log.js';
import { etcdLogLines, LOG_LEVELS } from './etcd-log.js';
import type { Queued, ScriptNode } from './script-node.js';
import { queuedMessage } from './script-node.js';

/** Expectations do not depend on the election jitter, which stays the same from run to run all the same. */
const JITTER_SEED = 1;

/** What etcd-io/raft says for a refused event. */
export function errorText(result: StepResult): string | null {
  if (result === 'ok') return null;
  return result === 'unknown-peer' ? 'raft: cannot step as peer not found' : 'raft proposal dropped';
}

/**
 * In etcd-io/raft, with storage threads, requests for votes need not wait for the write by which the candidate remembers that
 * it asked; here they do. Scripts show and deliver them where they stand there.
 */
function askingAtOnce(update: Update): Update {
  if (update.append === null) return update;
  const asks: Message[] = [];
  const responses: Message[] = [];
  for (const message of update.append.responses) (message.kind === 'vote' ? asks : responses).push(message);
  return { ...update, messages: [...update.messages, ...asks], append: { ...update.append, responses } };
}

export class Environment {
  readonly nodes: ScriptNode[] = [];
  queue: Queued[] = [];
  level: LogLevel = 'DEBUG';
  readonly random: () => number;
  #out = '';

  constructor() {
    const prng = new Prng(JITTER_SEED);
    this.random = () => prng.float();
  }

  node(id: NodeId): ScriptNode {
    return must(this.nodes[Number(id) - 1], 'the node was added');
  }

  write(text: string): void {
    if (this.level !== 'NONE') this.#out += text;
  }

  writeLine(text: string): void {
    this.write(`${text}\n`);
  }

  trace(event: TraceEvent): void {
    for (const { level, text } of etcdLogLines(event)) {
      if (LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(this.level)) this.writeLine(`${level} ${text}`);
    }
  }

  takeOutput(): string {
    const out = this.#out;
    this.#out = '';
    return out;
  }

  /** Prints a header line, and what `body` prints below it, indented. */
  section(header: string, body: () => void): void {
    this.writeLine(header);
    const outer = this.#out;
    this.#out = '';
    body();
    const inner = this.#out;
    this.#out = outer;
    if (inner === '') return;
    const lines = (inner.endsWith('\n') ? inner.slice(0, -1) : inner).split('\n');
    for (const line of lines) this.writeLine(`  ${line}`);
  }

  /** Takes the node's update and does, or queues, what it says. */
  processUpdate(node: ScriptNode): void {
    if (node.asyncStorageWrites) {
      const update = askingAtOnce(node.raft.takeUpdate());
      const append = node.appendItem(update);
      const apply = node.applyItem(update);
      const parts = update.messages.map((message) => queuedMessage(message).parts);
      if (append !== null) {
        parts.push({ ...append.parts, responses: append.responses.map((response) => response.parts) });
        node.appendWork.push(append);
      }
      if (apply !== null) {
        parts.push({ ...apply.parts, responses: [apply.response.parts] });
        node.applyWork.push(apply);
      }
      this.write(describeUpdate(update, parts));
      this.queue.push(...update.messages.map(queuedMessage));
      return;
    }
    const update = node.raft.takeUpdate();
    const messages = update.messages.map(queuedMessage);
    const parts = messages.map((message) => message.parts);
    this.write(describeUpdate(update, parts));
    node.write(update.hardState, update.entries, update.snapshot);
    node.apply(update.committedEntries);
    this.queue.push(...messages);
    node.raft.advance();
  }

  processAppendThread(node: ScriptNode): void {
    const item = node.appendWork.shift();
    if (item === undefined) {
      this.write('no append work to perform');
      return;
    }
    this.writeLine('Processing:');
    this.writeLine(describeParts(item.parts));
    node.write(item.hardState, item.entries, item.snapshot);
    this.writeLine('Responses:');
    for (const response of item.responses) this.writeLine(describeParts(response.parts));
    this.queue.push(...item.responses);
  }

  processApplyThread(node: ScriptNode): void {
    const item = node.applyWork.shift();
    if (item === undefined) {
      this.write('no apply work to perform');
      return;
    }
    this.writeLine('Processing:');
    this.writeLine(describeParts(item.parts));
    node.apply(item.entries);
    this.writeLine('Responses:');
    this.writeLine(describeParts(item.response.parts));
    this.queue.push(item.response);
  }

  /** Delivers, or drops, what is queued for `to`, in order. Returns how many messages that were. */
  deliver(to: NodeId, name: string | null, drop: boolean): number {
    const taken: Queued[] = [];
    const left: Queued[] = [];
    for (const queued of this.queue) {
      const matches = queued.to === to && (name === null || queued.name === name) && !(drop && queued.local);
      (matches ? taken : left).push(queued);
    }
    this.queue = left;
    for (const queued of taken) {
      this.writeLine(`${drop ? 'dropped: ' : ''}${describeParts(queued.parts)}`);
      if (drop) continue;
      const error = errorText(this.node(to).raft.step(queued.event));
      if (error !== null) this.writeLine(error);
    }
    return taken.length;
  }
}
