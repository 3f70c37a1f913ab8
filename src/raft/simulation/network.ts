import type { Prng } from '../../stdx/index.js';
import type { NodeId } from '../entry.js';
import type { Message } from '../message.js';
import type { SimulationOptions } from './options.js';

/** Beyond this the oldest are lost: a cut-off node's heartbeats must not fill the memory. */
const UNDER_WAY_MAX = 400;

/** Messages on their way: they may be lost, doubled, late, out of order, or cut off in one direction. */
export class Network {
  readonly #prng: Prng;
  readonly #options: SimulationOptions;
  readonly #onSnapshotLost: (from: NodeId, to: NodeId) => void;
  #underWay: Message[] = [];
  readonly #cut = new Set<string>();
  reliable = false;

  constructor(prng: Prng, options: SimulationOptions, onSnapshotLost: (from: NodeId, to: NodeId) => void) {
    this.#prng = prng;
    this.#options = options;
    this.#onSnapshotLost = onSnapshotLost;
  }

  get count(): number {
    return this.#underWay.length;
  }

  send(message: Message): void {
    this.#underWay.push(message);
    if (this.reliable) return;
    if (this.#prng.chance(this.#options.duplicationProbability)) this.#underWay.push(message);
    if (this.#underWay.length > UNDER_WAY_MAX) this.#lose(this.#underWay.shift()!);
  }

  #lose(message: Message): void {
    if (message.kind === 'snapshot') this.#onSnapshotLost(message.from, message.to);
  }

  cut(from: NodeId, to: NodeId): void {
    this.#cut.add(`${from}>${to}`);
  }

  heal(): void {
    this.#cut.clear();
  }

  /** The next message to arrive, or null if there is none or it was lost. */
  next(): Message | null {
    if (this.#underWay.length === 0) return null;
    const at = this.#options.reorder && !this.reliable ? this.#prng.below(this.#underWay.length) : 0;
    const message = this.#underWay[at]!;
    this.#underWay.splice(at, 1);
    const lost =
      this.#cut.has(`${message.from}>${message.to}`) ||
      (!this.reliable && this.#prng.chance(this.#options.lossProbability));
    if (!lost) return message;
    this.#lose(message);
    return null;
  }
}
