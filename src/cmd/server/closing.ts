/** What has been opened so far, to be closed in reverse, once, at whatever point of the start the end comes. */
export class Closing {
  readonly #steps: (() => void | Promise<void>)[] = [];
  #running: Promise<void> | undefined;

  /** Whether the end has begun: nothing may be opened any more. */
  get hasBegun(): boolean {
    return this.#running !== undefined;
  }

  /** `close` runs before what was added earlier. */
  add(close: () => void | Promise<void>): void {
    this.#steps.push(close);
  }

  /** Closes everything, one after the other. */
  run(): Promise<void> {
    this.#running ??= this.#closeAll();
    return this.#running;
  }

  async #closeAll(): Promise<void> {
    while (this.#steps.length > 0) await this.#steps.pop()!();
  }
}
