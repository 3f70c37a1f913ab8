/**
 * A case of the suite: a name, and what a client does. Whatever it calls is written down by the {@link Conversation}; the
 * case itself asserts nothing, because what is right is what real etcd answers to the same calls.
 */
import type { Conversation } from './conversation.js';
import type { FixtureName } from './fixtures.js';
import type { Protocol } from './target.js';

export interface Needs {
  /** The cluster it is played on; default: the one that all cases share. */
  readonly fixture?: FixtureName;
  /** The only protocol that it makes sense in. */
  readonly protocol?: Protocol;
  /** The only size of cluster that it makes sense with. */
  readonly members?: 1 | 3;
}

export interface Case extends Needs {
  /** `group: what it is about`. */
  readonly name: string;
  readonly play: (conversation: Conversation) => Promise<void>;
}

/** The cases of one group, in the order in which they are played. */
export class CaseList {
  readonly cases: Case[] = [];
  readonly #group: string;
  readonly #needs: Needs;

  constructor(group: string, needs: Needs = {}) {
    this.#group = group;
    this.#needs = needs;
  }

  add(name: string, play: Case['play'], needs: Needs = {}): void {
    this.cases.push({ name: `${this.#group}: ${name}`, play, ...this.#needs, ...needs });
  }
}
