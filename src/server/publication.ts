/**
 * A member that starts tells the cluster its name and client URLs, through the log. When it has applied that, it knows
 * all that was committed before it started, and serves.
 */
import { MemberAttributes, RequestKind } from '../wire/index.js';
import type { Proposals } from './proposals.js';

export class Publication {
  readonly #proposals: Proposals;
  readonly #attributes: Uint8Array;
  #isDone = false;
  #isGivenUp = false;
  #isUnderWay = false;
  #onDone: (() => void) | undefined;

  constructor(proposals: Proposals, attributes: MemberAttributes) {
    this.#proposals = proposals;
    this.#attributes = MemberAttributes.toBytes(attributes);
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  /** Resolves once it is applied. */
  done(): Promise<void> {
    return new Promise((resolve) => {
      this.#onDone = resolve;
    });
  }

  /** Queues the request, and again whenever it fails. Not a client's request: what limits those must not keep it away. */
  begin(): void {
    if (this.#isDone || this.#isUnderWay || this.#isGivenUp) return;
    this.#isUnderWay = true;
    const { length } = this.#attributes;
    this.#proposals.add(RequestKind.MEMBER_ATTRIBUTES, this.#attributes, 0, length, {
      reply: () => {
        this.#isDone = true;
        this.#onDone?.();
        this.#onDone = undefined;
      },
      finish: () => {
        this.#isUnderWay = false;
        this.begin();
      },
    });
  }

  /** The member stops: it need not become ready any more. */
  giveUp(): void {
    this.#isGivenUp = true;
  }
}
